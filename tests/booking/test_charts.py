"""The bars of the statistics."""

from __future__ import annotations

from booking.charts import bar


def test_bar_is_as_long_as_its_share_of_the_most() -> None:
    assert '<rect width="25"' in bar(3, 12)
    assert '<rect width="100"' in bar(12, 12)
    assert "<rect" not in bar(0, 12) + bar(0, 0)

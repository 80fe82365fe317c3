"""The bars of the statistics."""

from __future__ import annotations

from booking.charts import bar
from booking.statistics import Table
from booking.views.statistics import drawn


def test_bar_is_as_long_as_its_share_of_the_most() -> None:
    assert '<rect width="25"' in bar(3, 12)
    assert '<rect width="100"' in bar(12, 12)
    assert "<rect" not in bar(0, 12) + bar(0, 0)


def test_bar_of_a_part_is_as_long_as_its_share_of_the_whole() -> None:
    rows = [["Box", 3, 9, 12]]
    table = Table(key="box", title="", head=["", "occupied", "free", "all"], rows=rows, whole=3)
    assert '<rect width="25"' in drawn(table)[0][1][1]

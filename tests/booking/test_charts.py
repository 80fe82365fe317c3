"""The charts of the statistics."""

from __future__ import annotations

from booking.charts import bars


def test_chart_says_what_it_counts() -> None:
    chart = bars([("<b>", 3), ("offer", 0)], title="Letters: promised")
    assert "<figcaption>Letters: promised</figcaption>" in chart
    assert 'aria-label="Letters: promised"' in chart
    assert "<b>" not in chart

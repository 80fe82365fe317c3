"""Charts as bars within a table: no script, no third party, and no figure but the cell's."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString


def bar(value: int, most: int) -> SafeString:
    """One bar in a row of a table whose figure stands beside it; nothing for nothing."""
    share = round(100 * value / (most or 1))
    drawn = format_html('<rect width="{}" height="10"></rect>', share) if value else ""
    # without anything in it, it still takes its room: all columns are on one scale
    return format_html(
        '<svg class="row-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        "{}</svg>",
        drawn,
    )

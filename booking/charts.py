"""Charts as SVG made here: no script, no third party, readable without colour."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_WIDTH, _LABEL, _ROW, _BAR = 640, 220, 26, 16
_LONGEST_LABEL = 34
_MOST_ROWS = 40


def bars(rows: Sequence[tuple[str, int]], *, title: str) -> SafeString:
    """Horizontal bars with their figures under a line that says what they count (`title`)."""
    rows = rows[-_MOST_ROWS:]
    most = max((value for _label, value in rows), default=0) or 1
    room = _WIDTH - _LABEL - 60
    lines = format_html_join(
        "\n",
        '<g transform="translate(0 {})"><title>{}: {}</title>'
        '<text x="{}" y="13" text-anchor="end">{}</text>'
        '<rect class="bar" x="{}" y="1" width="{}" height="{}" rx="2"></rect>'
        '<text x="{}" y="13">{}</text></g>',
        (
            (
                *(at * _ROW, label, value, _LABEL - 8, _short(label), _LABEL),
                *(round(room * value / most), _BAR, _LABEL + round(room * value / most) + 6),
                value,
            )
            for at, (label, value) in enumerate(rows)
        ),
    )
    return format_html(
        '<figure class="chart-of"><figcaption>{}</figcaption>'
        '<svg class="chart" role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg></figure>',
        title,
        title,
        _WIDTH,
        max(len(rows), 1) * _ROW,
        lines,
    )


def bar(value: int, most: int) -> SafeString:
    """One bar in a row of a table whose figure stands beside it."""
    return format_html(
        '<svg class="row-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="10"></rect></svg>',
        round(100 * value / (most or 1)),
    )


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"

"""The figures of a bench beside their bars, as an SVG file that needs nothing else."""

from __future__ import annotations

from html import escape
from typing import Any

WIDTH, ROW, LABEL, ROOM, TOP = 760, 34, 330, 300, 40
# what, how to find it, the bar, and whether more is better
LINES = (
    ("first page / constant 20 kB", ("start_page_vs_constant",), 0.3, True),
    ("times page / constant 20 kB (aim)", ("times_page_vs_constant",), 0.2, True),
    ("times page / smallest booking page", ("times_page_vs_smallest",), 1.5, True),
    ("bookings per second / smallest booking", ("flow_vs_smallest",), 0.6, True),
    ("500 people: all answered / smallest", ("race_500", "answered_vs_smallest"), 2, False),
    ("5,000 people: p95 in seconds", ("race_5000", "p95_s"), 3, False),
    ("100,000 past appointments: slowest growth", ("growth_worst",), 1.1, False),
    ("10,000 people waiting: slowest growth", ("growth_worst_waiting",), 1.1, False),
    ("memory / smallest booking", ("memory_vs_smallest",), 2.5, False),
    ("heaviest page in kB", ("page_kb_max",), 30, False),
)


def draw(figures: dict[str, Any]) -> str:
    """Each figure as a part of its bar: filled where it is kept, hatched where it falls short."""
    rows = [
        (text, value, bar, more)
        for text, path, bar, more in LINES
        if (value := _at(figures, path)) is not None
    ]
    height = TOP + ROW * len(rows) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        f' viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif" font-size="14">',
        "<title>What the bench measured, beside what was asked</title>",
        '<defs><pattern id="short" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect width="6" height="6" fill="#f3c6c0"/>'
        '<path d="M0 0V6" stroke="#a32a1c" stroke-width="3"/></pattern></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        '<text x="10" y="24">What was measured; the line is what was asked. Filled: kept.</text>',
    ]
    parts += [_row(number, *row) for number, row in enumerate(rows)]
    return "\n".join([*parts, "</svg>\n"])


def _at(figures: dict[str, Any], path: tuple[str, ...]) -> float | None:
    found: Any = figures
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, int | float) else None


def _row(number: int, text: str, value: float, bar: float, more: bool) -> str:
    y = TOP + ROW * number
    asked = ROOM / 2
    length = min(asked * value / bar, ROOM)
    kept = value >= bar if more else value <= bar
    sign = "≥" if more else "≤"
    return (
        f'<text x="{LABEL - 10}" y="{y + 16}" text-anchor="end">{escape(text)}</text>'
        f'<rect x="{LABEL}" y="{y}" width="{length:.0f}" height="22"'
        f' fill="{"#2c6e8f" if kept else "url(#short)"}"/>'
        f'<path d="M{LABEL + asked:.0f} {y - 4}v30" stroke="#000" stroke-width="2"/>'
        f'<text x="{LABEL + ROOM + 10}" y="{y + 16}">{value:g} ({sign} {bar:g})</text>'
    )

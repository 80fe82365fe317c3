"""Which figures of a table may be published: small ones are masked, and so is what tells them.

8 booked and 6 served make 2 who did not come. So another figure of the same sum is left out as well
(secondary suppression), until no hidden figure can be computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

LEAST_SHOWN = 5  # a smaller figure could point to a person
MASKED = "<5"
LEFT_OUT = "–"
Range = tuple[float, float]


@dataclass(frozen=True)
class Total:
    """A figure that others add up to; what none of them counts is taken to be known."""

    name: str
    parts: Sequence[str]


def suppress(figures: Mapping[str, int], sums: Sequence[Total]) -> dict[str, int | str]:
    """The figures as they may be published: none that is hidden follows from the others."""
    shown: dict[str, int | str] = {
        name: MASKED if 0 < value < LEAST_SHOWN else value for name, value in figures.items()
    }
    while (name := _next_to_leave_out(figures, shown, sums)) is not None:
        shown[name] = LEFT_OUT
    return shown


def _next_to_leave_out(
    figures: Mapping[str, int], shown: Mapping[str, int | str], sums: Sequence[Total]
) -> str | None:
    """The smallest figure beside one that is hidden and can be computed all the same."""
    found = _ranges(figures, shown, sums)
    told = {name for name, (low, high) in found.items() if low == high} - _shown(shown)
    beside = {
        name
        for row in sums
        if told & {row.name, *row.parts}
        for name in (row.name, *row.parts)
        if shown[name] != LEFT_OUT
    }
    # nothing helps less than to leave out what is masked already, or nobody
    return min(
        beside,
        key=lambda name: (not figures[name], shown[name] == MASKED, figures[name]),
        default=None,
    )


def _shown(shown: Mapping[str, int | str]) -> set[str]:
    return {name for name, value in shown.items() if isinstance(value, int)}


def _ranges(
    figures: Mapping[str, int], shown: Mapping[str, int | str], sums: Sequence[Total]
) -> dict[str, Range]:
    """What a reader who knows the sums can tell about each figure: the least and the most."""
    found = {name: _told_by(value, figures[name]) for name, value in shown.items()}
    before: dict[str, Range] = {}
    while found != before:
        before = dict(found)
        for row in sums:
            rest = figures[row.name] - sum(figures[part] for part in row.parts)
            _narrow(found, row, rest)
    return found


def _told_by(shown: int | str, value: int) -> Range:
    if isinstance(shown, int):
        return shown, shown
    if shown == MASKED:
        return 1, LEAST_SHOWN - 1
    # a reader can guess that what is left out was not small, for that would be masked
    return min(value, LEAST_SHOWN), inf


def _narrow(found: dict[str, Range], row: Total, rest: int) -> None:
    low, high = _added(found, row.parts)
    total = _within(found[row.name], (low + rest, high + rest))
    found[row.name] = total
    for part in row.parts:
        low, high = _added(found, [other for other in row.parts if other != part])
        found[part] = _within(found[part], (total[0] - rest - high, total[1] - rest - low))


def _added(found: Mapping[str, Range], names: Sequence[str]) -> Range:
    return sum(found[name][0] for name in names), sum(found[name][1] for name in names)


def _within(one: Range, other: Range) -> Range:
    return max(one[0], other[0]), min(one[1], other[1])

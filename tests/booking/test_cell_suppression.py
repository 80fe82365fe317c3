"""No small figure can be computed from the figures that are published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.cell_suppression import LEAST_SHOWN, LEFT_OUT, MASKED, Total, suppress

SUMS = [Total("booked", ["served", "missed"]), Total("booked", ["short", "middle", "long"])]
MOST = 40
count = st.integers(0, 9)


@st.composite
def figures(draw: st.DrawFn) -> dict[str, int]:
    """Two ways to divide the same people, the first with a rest that no row counts."""
    served, missed, rest = draw(count), draw(count), draw(st.integers(0, 3))
    booked = served + missed + rest
    short = draw(st.integers(0, booked))
    middle = draw(st.integers(0, booked - short))
    return {
        **{"booked": booked, "served": served, "missed": missed},
        **{"short": short, "middle": middle, "long": booked - short - middle},
    }


def _may_be(shown: int | str, value: int) -> Sequence[int]:
    if isinstance(shown, int):
        return [shown]
    if shown == MASKED:
        return range(1, LEAST_SHOWN)
    return range(min(value, LEAST_SHOWN), MOST)


def _readings(
    found: Mapping[str, int], shown: Mapping[str, int | str], row: Total
) -> Iterator[dict[str, int]]:
    """Every way in which a reader can fill in one sum."""
    rest = found[row.name] - sum(found[part] for part in row.parts)
    total = set(_may_be(shown[row.name], found[row.name]))
    for values in product(*(_may_be(shown[part], found[part]) for part in row.parts)):
        if sum(values) + rest in total:
            yield {row.name: sum(values) + rest, **dict(zip(row.parts, values, strict=True))}


@given(figures())
def test_no_hidden_figure_can_be_computed(found: dict[str, int]) -> None:
    shown = suppress(found, SUMS)
    readings = [list(_readings(found, shown, row)) for row in SUMS]
    totals = [{one["booked"] for one in each} for each in readings]
    both = set.intersection(*totals)
    for each in readings:
        for name in each[0]:
            values = {one[name] for one in each if one["booked"] in both}
            assert found[name] in values
            if isinstance(shown[name], str):
                assert len(values) > 1, (found, shown, name)


@given(figures())
def test_what_is_shown_is_true(found: dict[str, int]) -> None:
    for name, value in suppress(found, SUMS).items():
        assert value in (found[name], MASKED, LEFT_OUT)
        assert value != MASKED or 0 < found[name] < LEAST_SHOWN
        assert value != 0 or not found[name]


@pytest.mark.parametrize(
    ("booked", "served", "missed", "shown"),
    [
        (30, 20, 10, (30, 20, 10)),
        (8, 8, 0, (8, 8, 0)),
        (8, 6, 2, (8, LEFT_OUT, MASKED)),
        (8, 2, 6, (8, MASKED, LEFT_OUT)),
        (3, 2, 1, (MASKED, MASKED, MASKED)),
        # 4 and 4 are all that two small figures can make of 8
        (8, 4, 4, (LEFT_OUT, MASKED, MASKED)),
        # what is not small is 5 at least
        (6, 5, 1, (LEFT_OUT, LEFT_OUT, MASKED)),
    ],
)
def test_leaves_out_as_little_as_it_must(
    booked: int, served: int, missed: int, shown: tuple[int | str, ...]
) -> None:
    found = {"booked": booked, "served": served, "missed": missed}
    assert tuple(suppress(found, [SUMS[0]]).values()) == shown

"""Numbers in what a browser sends."""

from __future__ import annotations

import pytest

from config.foundation.numbers import whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("17", 17), ("9" * 18, 10**18 - 1)])
def test_digits_are_a_number(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", "-1", "1.0", " 1", "١٢", "²", "1e9", "9" * 19, "9" * 5000])
def test_anything_else_is_none(text: str) -> None:
    assert whole_number(text) is None


def test_fewer_digits_may_be_asked_for() -> None:
    assert (whole_number("999", digits=3), whole_number("1000", digits=3)) == (999, None)

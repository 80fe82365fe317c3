"""Working days of Saxony-Anhalt."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.foundation.workdays import add_workdays, holiday_name, is_workday

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    "day",
    [
        date(2027, 5, 6),
        date(2028, 1, 6),
        date(2028, 5, 25),
        date(2028, 10, 3),
        date(2028, 10, 31),
        date(2028, 12, 26),
    ],
)
def test_holiday_is_no_workday_on_days_of_the_counter(day: date) -> None:
    assert holiday_name(day, state="ST")
    assert not is_workday(day, state="ST")


@pytest.mark.parametrize("day", [date(2026, 12, 24), date(2026, 12, 31)])
def test_eves_are_workdays_that_need_a_closure(day: date) -> None:
    assert holiday_name(day, state="ST") is None
    assert is_workday(day, state="ST")


def test_holiday_depends_on_the_state() -> None:
    assert holiday_name(date(2028, 1, 6), state="ST")
    assert holiday_name(date(2028, 1, 6), state="BE") is None


@pytest.mark.parametrize(
    ("told_on", "last_day"),
    [(date(2026, 11, 24), date(2026, 12, 3)), (date(2026, 12, 23), date(2027, 1, 5))],
)
def test_add_workdays_counts_seven_from_the_next_day(told_on: date, last_day: date) -> None:
    # 24 and 31 December 2026 are closures of the counters; the box knows holidays alone
    assert add_workdays(told_on, 7, state="ST") == last_day


@given(day=DAYS, count=st.integers(1, 40))
def test_add_workdays_lands_on_the_counted_workday(day: date, count: int) -> None:
    end = add_workdays(day, count, state="ST")
    between = (day + timedelta(days=n) for n in range(1, (end - day).days + 1))
    assert is_workday(end, state="ST")
    assert sum(is_workday(each, state="ST") for each in between) == count


@given(day=DAYS)
def test_add_no_workdays_stays(day: date) -> None:
    assert add_workdays(day, 0, state="ST") == day

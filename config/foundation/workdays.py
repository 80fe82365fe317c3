"""Public holidays and working days of a federal state; plain Python over local dates."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays

STATES: tuple[str, ...] = tuple(holidays.country_holidays("DE").subdivisions)


@cache
def _calendar(state: str) -> holidays.HolidayBase:
    return holidays.country_holidays("DE", subdiv=state, language="de")


def holiday_name(day: date, *, state: str) -> str | None:
    """The German name of the public holiday on `day` in `state` ("ST"), or None."""
    name = _calendar(state).get(day)
    return str(name) if name else None


def is_workday(day: date, *, state: str) -> bool:
    """Whether `day` is Monday to Friday and no public holiday in `state`."""
    return day.weekday() < 5 and holiday_name(day, state=state) is None


def add_workdays(day: date, count: int, *, state: str) -> date:
    """The `count`-th working day after `day`; `day` itself does not count (BGB §187(1))."""
    while count > 0:
        day += timedelta(days=1)
        if is_workday(day, state=state):
            count -= 1
    return day

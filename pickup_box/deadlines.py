"""How long a document waits in the box: plain Python over local days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from config.foundation.workdays import holiday_name


def _counts(day: date, *, state: str, weekdays: Iterable[int]) -> bool:
    return day.weekday() in weekdays and holiday_name(day, state=state) is None


def last_day(told_on: date, *, days: int, state: str, weekdays: Iterable[int]) -> date:
    """The last day to collect: the `days`-th counted day after the message of `told_on`.

    The day of the message does not count (BGB §187(1)). `weekdays` are those that count,
    Monday 0; public holidays of `state` never do. Closures of the counters do not matter here.
    """
    counted = list(weekdays)
    day = told_on
    while days > 0:
        day += timedelta(days=1)
        days -= _counts(day, state=state, weekdays=counted)
    return day


def reminder_day(last: date, *, before: int, state: str, weekdays: Iterable[int]) -> date:
    """The day of the reminder: `before` counted days before the `last` one."""
    counted = list(weekdays)
    while before > 0:
        last -= timedelta(days=1)
        before -= _counts(last, state=state, weekdays=counted)
    return last

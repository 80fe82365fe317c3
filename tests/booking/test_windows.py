"""The grid of slots, the horizon and the nights when the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.windows import (
    NoSuchTime,
    Release,
    day_bounds,
    grid,
    instant,
    local_day,
    open_before,
    opened_at,
)

BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = Release(zone=BERLIN, days=7, at=time(0))
MORNING = Release(zone=BERLIN, days=7, at=time(7))
MINUTE = Release(zone=BERLIN, days=7, at=None)
WINDOWS = {1: [(time(9), time(11)), (time(14), time(16))], 3: [(time(9), time(11))]}


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def week_of_slots() -> list[datetime]:
    days = [date(2026, 11, 16) + timedelta(days=n) for n in range(40)]
    return [
        start
        for day in days
        for opens, closes in WINDOWS.get(day.weekday(), [])
        for start, _end in grid(day, opens=opens, closes=closes, minutes=10, zone=BERLIN)
    ]


@pytest.mark.parametrize(
    ("now", "slots"),
    [
        ("2026-11-23T00:00", 36),
        ("2026-11-24T00:00", 60),
        ("2026-11-25T00:00", 36),
        ("2026-11-26T00:00", 48),
        ("2026-11-27T00:00", 36),
        ("2026-11-28T00:00", 36),
        ("2026-11-29T00:00", 36),
    ],
)
def test_open_before_counts_of_a_week(now: str, slots: int) -> None:
    """The rolling horizon of a week without holidays, at the start of each day."""
    moment = berlin(now)
    before = open_before(moment, release=MIDNIGHT)
    assert sum(moment < start < before for start in week_of_slots()) == slots


@pytest.mark.parametrize(
    ("now", "start", "opened"),
    [
        ("2026-11-24T00:00", "2026-12-01T15:50", True),
        ("2026-11-24T00:00", "2026-12-03T09:00", False),
        ("2026-11-23T23:59", "2026-12-01T09:00", False),
    ],
)
def test_open_before_vectors(now: str, start: str, opened: bool) -> None:
    assert (berlin(start) < open_before(berlin(now), release=MIDNIGHT)) is opened


def test_open_before_waits_for_the_release_time() -> None:
    tuesday = berlin("2026-12-01T09:00")
    assert tuesday >= open_before(berlin("2026-11-24T06:59"), release=MORNING)
    assert tuesday < open_before(berlin("2026-11-24T07:00"), release=MORNING)


def test_open_before_to_the_minute() -> None:
    start = berlin("2026-12-01T09:00")
    assert start >= open_before(berlin("2026-11-24T08:59"), release=MINUTE)
    assert start < open_before(berlin("2026-11-24T09:00"), release=MINUTE)


def test_open_before_keeps_wall_time_over_a_clock_change() -> None:
    """2026-03-24 09:00 +01:00 plus 7 local days is 2026-03-31 09:00 +02:00."""
    before = open_before(berlin("2026-03-24T09:00"), release=MINUTE)
    assert before - timedelta(microseconds=1) == datetime(2026, 3, 31, 7, 0, tzinfo=UTC)


@given(
    now=st.datetimes(
        min_value=datetime(2026, 1, 1), max_value=datetime(2028, 12, 31), timezones=st.just(UTC)
    ),
    ahead=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)),
    release=st.sampled_from([MIDNIGHT, MORNING, MINUTE]),
)
def test_opened_at_agrees_with_open_before(
    now: datetime, ahead: timedelta, release: Release
) -> None:
    start = now + ahead
    if release is MINUTE and abs(opened_at(start, release=release) - now) < timedelta(hours=2):
        return  # within a clock change a wall time may exist twice
    assert (start < open_before(now, release=release)) == (opened_at(start, release=release) <= now)


def test_grid_ends_exclusive() -> None:
    slots = list(grid(date(2026, 11, 24), opens=time(9), closes=time(11), minutes=10, zone=BERLIN))
    assert len(slots) == 12
    assert slots[0][0] == berlin("2026-11-24T09:00")
    assert slots[-1] == (berlin("2026-11-24T10:50"), berlin("2026-11-24T11:00"))


def test_grid_leaves_out_what_does_not_fit() -> None:
    slots = list(
        grid(date(2026, 11, 24), opens=time(9), closes=time(9, 25), minutes=10, zone=BERLIN)
    )
    assert len(slots) == 2


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)])
def test_instant_refuses_a_time_within_a_clock_change(day: date) -> None:
    """F23"""
    with pytest.raises(NoSuchTime):
        instant(day, time(2, 30), zone=BERLIN)
    assert instant(day, time(9), zone=BERLIN).astimezone(BERLIN).time() == time(9)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 10, 25), 25), (date(2027, 3, 28), 23), (date(2026, 11, 24), 24)],
)
def test_day_bounds_know_long_and_short_days(day: date, hours: int) -> None:
    start, end = day_bounds(day, zone=BERLIN)
    assert end - start == timedelta(hours=hours)
    assert local_day(start, zone=BERLIN) == day
    assert local_day(end, zone=BERLIN) == day + timedelta(days=1)

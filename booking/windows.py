"""When times are, and when they open: plain Python over wall clocks and UTC instants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Somebody is reminded at this wall time of the day before, unless they booked later than so.
REMINDER_TIME = time(17)
REMINDED_FROM = timedelta(hours=24)


class NoSuchTime(ValueError):
    """A wall time that does not exist, or exists twice, on a night when the clocks change."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """How far ahead times open: `days`, at `at` local time, or to the minute when `at` is None."""

    zone: ZoneInfo
    days: int
    at: time | None


def instant(day: date, at: time, *, zone: ZoneInfo) -> datetime:
    """The UTC instant of wall time `at` on local `day`.

    Raises NoSuchTime when the clocks skip that time or show it twice.
    """
    first = datetime.combine(day, at, zone)
    if first.utcoffset() != first.replace(fold=1).utcoffset():
        raise NoSuchTime(f"{day} {at}")
    return first.astimezone(UTC)


def grid(
    day: date, *, opens: time, closes: time, minutes: int, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """The (start, end) of each whole slot of `minutes` between two wall times, end exclusive.

    Raises NoSuchTime when the window starts or ends within a change of the clocks.
    """
    start, end = instant(day, opens, zone=zone), instant(day, closes, zone=zone)
    step = timedelta(minutes=minutes)
    while start + step <= end:
        yield start, start + step
        start += step


def local_day(moment: datetime, *, zone: ZoneInfo) -> date:
    """The local day that a UTC instant falls on."""
    return moment.astimezone(zone).date()


def day_bounds(day: date, *, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The UTC instants of the first moment of a local day and of the day after."""
    midnight = datetime.combine(day, time(), zone)
    following = datetime.combine(day + timedelta(days=1), time(), zone)
    return midnight.astimezone(UTC), following.astimezone(UTC)


def open_before(now: datetime, *, release: Release) -> datetime:
    """The UTC instant before which a slot must start to be open at `now`.

    A slot opens `days` calendar days before its own day ("frühestens eine Woche im Voraus"), at the
    release time; or exactly that many days before to the minute.
    """
    local = now.astimezone(release.zone)
    if release.at is None:
        # same wall time: over a change of the clocks a week is not 168 hours
        return (local + timedelta(days=release.days)).astimezone(UTC) + timedelta(microseconds=1)
    days = release.days if local.time() >= release.at else release.days - 1
    return day_bounds(local.date() + timedelta(days=days), zone=release.zone)[1]


def opened_at(starts_at: datetime, *, release: Release) -> datetime:
    """The UTC instant at which a slot that starts at `starts_at` opens."""
    local = starts_at.astimezone(release.zone) - timedelta(days=release.days)
    if release.at is not None:
        local = datetime.combine(local.date(), release.at, release.zone)
    return local.astimezone(UTC)


def reminder_at(starts_at: datetime, *, booked_at: datetime, zone: ZoneInfo) -> datetime | None:
    """The UTC instant of the reminder of a time that somebody booked at `booked_at`.

    17:00 local on the day before; None for what was booked less than 24 hours ahead or later than
    that instant: the confirmation is news enough.
    """
    day_before = local_day(starts_at, zone=zone) - timedelta(days=1)
    at = instant(day_before, REMINDER_TIME, zone=zone)
    return at if starts_at - booked_at >= REMINDED_FROM and at > booked_at else None

"""How far this machine's clock is from the database's: two hosts must agree on what has lapsed."""

from __future__ import annotations

import time as _time
from datetime import UTC, datetime, timedelta

from django.db import connection

TOLERATED = timedelta(minutes=5)
_ASK_EVERY = 60  # seconds
_CLOCK = {
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400",
}
# the database's clock, less the clock of this process that never jumps; and when that was asked
_kept: list[tuple[float, float]] = []


class ClockWrong(Exception):
    """This machine's clock is so far off that it must decide nothing about time."""


def database_clock() -> datetime:
    """What the database takes for now (UTC)."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOCK[connection.vendor])
        return datetime.fromtimestamp(float(cursor.fetchone()[0]), UTC)


def skew(*, now: datetime) -> timedelta:
    """How far `now` (UTC) is ahead of the database.

    The database is asked once a minute; a jump of this machine's clock shows at once all the same.
    """
    ticks = _time.monotonic()
    if not _kept or ticks - _kept[0][1] > _ASK_EVERY:
        _kept[:] = [(database_clock().timestamp() - ticks, ticks)]
    return timedelta(seconds=now.timestamp() - _kept[0][0] - ticks)


def check_clock(*, now: datetime) -> None:
    """Raises ClockWrong when `now` is more than five minutes from the database's clock."""
    if abs(skew(now=now)) > TOLERATED:
        raise ClockWrong

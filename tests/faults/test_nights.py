"""The two nights in which the wall clock jumps (F23)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.actions.holds import end_of_hold
from booking.windows import NoSuchTime, instant
from config.foundation.office import Office

pytestmark = pytest.mark.fault

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = [date(2026, 10, 25), date(2027, 3, 28)]
INSTANTS = [(night, hour, minute) for night in NIGHTS for hour in (1, 2, 3) for minute in (0, 55)]


@pytest.mark.parametrize(("night", "hour", "minute"), INSTANTS)
def test_hold_lasts_ten_minutes_in_any_night(night: date, hour: int, minute: int) -> None:
    """600 s ± 1, also where ten minutes of the wall clock are seventy."""
    for fold in (0, 1):
        wall = datetime(night.year, night.month, night.day, hour, minute, tzinfo=BERLIN, fold=fold)
        now = wall.astimezone(UTC)
        held_until, free_from = end_of_hold(Office(hold_minutes=10), now=now)
        assert held_until.timestamp() - now.timestamp() == pytest.approx(600, abs=1)
        assert 0 <= (free_from - held_until).total_seconds() <= 300


@pytest.mark.parametrize("night", NIGHTS)
def test_opening_hours_keep_their_wall_time(night: date) -> None:
    """Nine stays nine, and nobody can open at half past two."""
    for day in (night - timedelta(days=1), night, night + timedelta(days=1)):
        nine = instant(day, time(9), zone=BERLIN)
        assert f"{nine.astimezone(BERLIN):%H:%M}" == "09:00"
    with pytest.raises(NoSuchTime):
        instant(night, time(2, 30), zone=BERLIN)

"""Until when an offer can be answered: plain Python over wall clocks and UTC instants."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.windows import instant, local_day

# Whose offered slot starts sooner can't be served: what is left then is public.
TOO_LATE_TO_OFFER = timedelta(minutes=60)
# Who was invited is reminded once so long after the letter, and once more so long before the end.
INVITED_AGO = timedelta(days=3)
LAST_CALL = timedelta(days=2)
# How long an offer stays open, by how far ahead its day is; counted while people are awake.
OFFER_TIMES = (
    (timedelta(days=3), timedelta(hours=4)),
    (timedelta(days=1), timedelta(hours=2)),
    (timedelta(0), timedelta(minutes=30)),
)
AWAKE = (time(7), time(21))


def offer_deadline(starts_at: datetime, *, told_at: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant until which an offered slot can be accepted by who learnt of it at `told_at`.

    4 h from three days ahead, 2 h from one day, 30 min on the day, counted from 07:00 to 21:00
    local time; never later than one hour before the start.
    """
    ahead = local_day(starts_at, zone=zone) - local_day(told_at, zone=zone)
    lasting = next(lasting for least, lasting in OFFER_TIMES if ahead >= least)
    return min(awake_for(lasting, since=told_at, zone=zone), starts_at - TOO_LATE_TO_OFFER)


def reminders_of_invitation(
    issued_at: datetime, valid_until: datetime
) -> tuple[datetime | None, datetime | None]:
    """The UTC instants of reminder and last call; None for what would come too soon.

    The last call comes two days before the end if that lies ahead, the reminder three days after
    the letter if that is before the last call.
    """
    last_call = valid_until - LAST_CALL
    if last_call <= issued_at:
        return None, None
    reminder = issued_at + INVITED_AGO
    return (reminder if reminder < last_call else None), last_call


def awake_for(lasting: timedelta, *, since: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant at which people have been awake for `lasting` since `since` (UTC)."""
    morning, night = AWAKE
    at, day = since, local_day(since, zone=zone)
    while True:
        at = max(at, instant(day, morning, zone=zone))
        closing = instant(day, night, zone=zone)
        if at + lasting <= closing:
            return at + lasting
        lasting -= max(closing - at, timedelta(0))
        day += timedelta(days=1)

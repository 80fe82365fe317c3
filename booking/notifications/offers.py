"""Until when an offer can be answered."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from booking.models.slots import TOO_LATE_TO_OFFER
from booking.windows import instant, local_day
from config.foundation.office import Office

# How long an offer stays open, by how far ahead its day is; counted while people are awake.
OFFER_TIMES = (
    (timedelta(days=3), timedelta(hours=4)),
    (timedelta(days=1), timedelta(hours=2)),
    (timedelta(0), timedelta(minutes=30)),
)
AWAKE = (time(7), time(21))


def offer_ends(slot_starts_at: datetime, *, left_at: datetime, office: Office) -> datetime:
    """The UTC instant until which an offer can be answered whose notification left at `left_at`.

    4 h from three days ahead, 2 h from one day, 30 min on the day, counted from 07:00 to 21:00
    local time; never later than one hour before the start.
    """
    ahead = local_day(slot_starts_at, zone=office.zone) - local_day(left_at, zone=office.zone)
    lasting = next(lasting for least, lasting in OFFER_TIMES if ahead >= least)
    return min(awake_for(lasting, since=left_at, office=office), slot_starts_at - TOO_LATE_TO_OFFER)


def awake_for(lasting: timedelta, *, since: datetime, office: Office) -> datetime:
    """The UTC instant at which people have been awake for `lasting` since `since`."""
    morning, night = AWAKE
    at, day = since, local_day(since, zone=office.zone)
    while True:
        at = max(at, instant(day, morning, zone=office.zone))
        closing = instant(day, night, zone=office.zone)
        if at + lasting <= closing:
            return at + lasting
        lasting -= max(closing - at, timedelta(0))
        day += timedelta(days=1)

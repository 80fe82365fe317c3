"""Times of the present day for invented people, whatever day and hour it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from booking.models import Counter, Quota, ServiceWindow, Slot
from booking.windows import NoSuchTime, grid
from config.foundation.office import Office

# before the time, and at the counter
EARLY, LONG = timedelta(minutes=4), timedelta(minutes=7)


def hours_around(
    now: datetime, *, before: timedelta, lasting: timedelta, office: Office
) -> tuple[datetime, datetime]:
    """Local hours on the day of `now` (UTC) that begin `before` it, where the day allows."""
    local = now.astimezone(office.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    # who comes early comes on the same day
    opens = max(
        midnight.replace(minute=10), local.replace(minute=0, second=0, microsecond=0) - before
    )
    return opens, min(opens + lasting, midnight.replace(hour=23, minute=50))


def open_today(
    counter: Counter, *, opens: datetime, closes: datetime, quota: Quota | None, office: Office
) -> list[Slot]:
    """The times of a counter between two local hours of one day, on holidays and weekends, too."""
    day = opens.date()
    ServiceWindow.objects.update_or_create(
        counter=counter,
        weekday=day.weekday(),
        opens=opens.time(),
        valid_from=day,
        defaults={
            "closes": closes.time(),
            "valid_until": day + timedelta(days=1),
            "quota": quota,
        },
    )
    return [
        Slot.objects.get_or_create(
            counter=counter, starts_at=starts_at, defaults={"ends_at": ends_at, "quota": quota}
        )[0]
        for starts_at, ends_at in _times(opens, closes, quota=quota, office=office)
    ]


def _times(
    opens: datetime, closes: datetime, *, quota: Quota | None, office: Office
) -> Iterator[tuple[datetime, datetime]]:
    try:
        yield from grid(
            opens.date(),
            opens=opens.time(),
            closes=closes.time(),
            minutes=quota.slot_minutes if quota else office.slot_minutes,
            zone=office.zone,
        )
    except NoSuchTime:  # the hour that the clocks skip
        return

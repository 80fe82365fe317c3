"""Which times are free, for everybody who looks: asked at most once a second per process."""

from __future__ import annotations

import time as _time
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock

from django.conf import settings
from django.db.models import QuerySet

from booking.models import Appointment, Quota, Slot
from booking.models.slots import booking_horizon
from booking.states import PROVISIONAL
from booking.windows import day_bounds, open_before, opened_at
from config.foundation.office import Office, current_office, service_status
from eligibility.supply import Supply, registers_supply


@dataclass(frozen=True, kw_only=True)
class Availability:
    """What the first page and machines are told; no slot, no person."""

    free: int
    next_opening_at: datetime | None
    state: str


@dataclass(frozen=True)
class FreeTime:
    """A public time with its labels, made once for all who look."""

    pk: int
    starts_at: datetime
    day: date
    clock: str


@dataclass(frozen=True, kw_only=True)
class SlotListing:
    """The public times, and how many more are being booked right now."""

    times: tuple[FreeTime, ...]
    being_booked: int


_kept: tuple[float, Availability] | None = None
_listed: tuple[float, SlotListing] | None = None
_asking, _asked_at = Lock(), 0.0


def availability(*, now: datetime) -> Availability:
    """Free times, the moment at which the next ones open (UTC) and the state of the service."""
    global _kept
    if _kept is None or _kept[0] <= _time.monotonic():
        _kept = (_end_of_memory(), _count(now=now))
    return _kept[1]


def listed(*, now: datetime, fresh: bool = False) -> SlotListing:
    """The public times at `now` (UTC), at most a second old; with `fresh`, asked this moment.

    An empty list is always taken from memory: no time on it could be gone, and in a rush everybody
    after the last time gets it. For showing only: whether a time may be had is decided by the
    action that takes it.
    """
    global _listed, _asked_at
    came_at = _time.monotonic()
    if _listed is not None and _listed[0] > came_at and not (fresh and _listed[1].times):
        return _listed[1]
    with _asking:
        # whoever had to wait here may share what was asked after they came
        if _listed is None or _asked_at < came_at:
            _asked_at = _time.monotonic()
            _listed = (_end_of_memory(), _list(now=now))
        return _listed[1]


def _end_of_memory() -> float:
    # In a rush thousands look: once a second is enough, and no booking is decided by it.
    return _time.monotonic() + min(settings.OFFICE_MEMORY_SECONDS, 1)


def _list(*, now: datetime) -> SlotListing:
    office = current_office()
    rows = Slot.objects.public(now=now, office=office).order_by("starts_at", "pk")
    held = Appointment.objects.emergencies().filter(
        status__in=PROVISIONAL, free_from__gt=now, slot__starts_at__gt=now
    )
    return SlotListing(times=_times(rows, office), being_booked=held.count())


def kept_times(quota: Quota, *, now: datetime) -> SlotListing:
    """The times that somebody invited into `quota` may choose from; of no interest to a crowd."""
    office = current_office()
    rows = Slot.objects.bookable(now=now, office=office, quota=quota).order_by("starts_at", "pk")
    return SlotListing(times=_times(rows, office), being_booked=0)


def _times(rows: QuerySet[Slot], office: Office) -> tuple[FreeTime, ...]:
    times = [(pk, at.astimezone(office.zone)) for pk, at in rows.values_list("pk", "starts_at")]
    return tuple(FreeTime(pk, at, at.date(), f"{at:%H:%M}") for pk, at in times)


@registers_supply
def supply(last_day: date | None, now: datetime) -> Supply:
    """The public times from `now` (UTC) to the end of a local day; without one, whether any are."""
    times = listed(now=now).times
    in_time = [time for time in times if last_day is None or time.day <= last_day]
    if in_time:
        return Supply(exists=True, free_at=in_time[0].starts_at)
    served = Slot.objects.of_quota(None).in_service().filter(starts_at__gt=now)
    if last_day is not None:
        served = served.filter(starts_at__lt=day_bounds(last_day, zone=current_office().zone)[1])
    return Supply(exists=served.exists(), later_at=times[0].starts_at if times else None)


def _count(*, now: datetime) -> Availability:
    office = current_office()
    release = booking_horizon(office)
    published = Slot.objects.of_quota(None).in_service()
    unopened = published.filter(starts_at__gte=open_before(now, release=release))
    following = unopened.order_by("starts_at").values_list("starts_at", flat=True).first()
    return Availability(
        free=len(listed(now=now).times),
        next_opening_at=opened_at(following, release=release) if following else None,
        state=service_status().state_at(now),
    )


def forget_memory() -> None:
    """Lets the next call count again."""
    global _kept, _listed
    _kept = _listed = None

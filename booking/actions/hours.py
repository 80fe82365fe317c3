"""Changing the hours of a counter without losing anybody who is booked outside the new ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet

from booking.actions.moving import action
from booking.actions.refusals import TransitionNotAllowed
from booking.actions.slots import DAYS_AHEAD, open_slots, scheduled
from booking.models import Appointment, AppointmentEvent, Closure, Counter, ServiceWindow, Slot
from booking.states import SETTLED
from booking.windows import day_bounds, local_day
from config.foundation.office import current_office

OUTSIDE = {"de": "Außerhalb der Sprechzeiten", "en": "Outside the hours"}


@dataclass(frozen=True, kw_only=True)
class Hours:
    """From when to when a counter serves on one weekday (0 is Monday), end exclusive."""

    weekday: int
    opens: time
    closes: time


@action
def change_hours(
    *,
    counter: Counter,
    hours: list[Hours],
    valid_from: date,
    valid_until: date | None,
    replace: bool,
    now: datetime,
) -> int:
    """Gives a counter other hours between two local days, the last exclusive (None: for good).

    With `replace` they stand instead of the usual ones, which go on afterwards; without, they come
    on top. Free times outside the hours go; booked ones stay until the office closes them (see
    `booked_outside_hours`). Returns how many times were made. Raises TransitionNotAllowed for a
    day in the past.
    """
    if valid_from < local_day(now, zone=current_office().zone):
        raise TransitionNotAllowed
    if replace:
        _interrupt(counter, valid_from, valid_until)
    for each in hours:
        ServiceWindow.objects.update_or_create(
            counter=counter,
            weekday=each.weekday,
            opens=each.opens,
            valid_from=valid_from,
            defaults={"closes": each.closes, "valid_until": valid_until},
        )
    drop_unscheduled(now=now)
    return open_slots(now=now)


def _interrupt(counter: Counter, since: date, until: date | None) -> None:
    running = Q(valid_until=None) | Q(valid_until__gt=since)
    for window in ServiceWindow.objects.filter(running, counter=counter):
        if until is not None and (window.valid_until is None or window.valid_until > until):
            ServiceWindow.objects.create(
                counter=counter,
                weekday=window.weekday,
                opens=window.opens,
                closes=window.closes,
                valid_from=max(until, window.valid_from),
                valid_until=window.valid_until,
            )
        if window.valid_from >= since:
            window.delete()
        else:
            window.valid_until = since
            window.save(update_fields=["valid_until"])


def outside_hours(*, now: datetime) -> QuerySet[Slot]:
    """Open slots of the coming weeks that no window makes any more."""
    office = current_office()
    kept = {(slot.counter_id, slot.starts_at) for slot in scheduled(office, now=now)}
    last_day = local_day(now, zone=office.zone) + timedelta(days=DAYS_AHEAD)
    end = day_bounds(last_day, zone=office.zone)[1]
    ahead = Slot.objects.filter(starts_at__gt=now, starts_at__lt=end, closure=None)
    rows = ahead.values_list("pk", "counter_id", "starts_at")
    strange = [pk for pk, counter_id, starts_at in rows if (counter_id, starts_at) not in kept]
    return Slot.objects.filter(pk__in=strange)


def booked_outside_hours(*, now: datetime) -> QuerySet[Appointment]:
    """People whose booked time no window makes any more: the office keeps it or closes it."""
    booked = Appointment.objects.filter(status__in=SETTLED, slot__in=outside_hours(now=now))
    return booked.select_related("applicant", "slot__counter").order_by("slot__starts_at")


@action
def drop_unscheduled(*, now: datetime) -> int:
    """Takes the free slots outside the hours away; returns how many.

    Who is booked or holding keeps the slot. One with a past is closed instead of deleted.
    """
    strange = list(outside_hours(now=now))
    closures = Closure.objects.bulk_create(
        Closure(
            counter_id=slot.counter_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            reason=OUTSIDE,
        )
        for slot in strange
    )
    # Closed first, so that nobody can take one from here on; only then look who was quicker.
    for slot, closure in zip(strange, closures, strict=True):
        Slot.objects.filter(pk=slot.pk, closure=None).update(closure=closure)
    ours = Slot.objects.filter(closure__in=closures)
    live = Appointment.objects.live(now=now).filter(slot__in=ours)
    ours.filter(pk__in=list(live.values_list("slot", flat=True))).update(closure=None)
    past = set(AppointmentEvent.objects.filter(slot__in=ours).values_list("slot", flat=True))
    dropped = ours.count()
    ours.exclude(pk__in=past).delete()
    Closure.objects.filter(pk__in=[each.pk for each in closures], slots=None).delete()
    return dropped

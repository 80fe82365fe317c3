"""Changing the hours of a counter without losing anybody who is booked outside the new ones."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from booking.actions.desk_refusals import HoursOverlap
from booking.actions.offers import withdraw_offer
from booking.actions.refusals import TransitionNotAllowed
from booking.actions.slots import DAYS_AHEAD, open_slots, scheduled
from booking.models import Appointment, AppointmentEvent, Counter, Quota, ServiceWindow, Slot
from booking.states import SETTLED, Status
from booking.windows import day_bounds, local_day
from config.foundation.actions import action
from config.foundation.office import current_office


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
    quota: Quota | None,
    valid_from: date,
    valid_until: date | None,
    replace: bool,
    now: datetime,
) -> int:
    """Gives a counter other hours between two local days, the last exclusive (None: for good).

    The hours are kept for `quota` (None: published); those of others are left as they are.
    With `replace` they stand instead of the usual ones, which go on afterwards; without, they come
    on top. Free times outside the hours go; booked ones stay until the office closes them (see
    `booked_outside_hours`). Returns how many times were made. Raises TransitionNotAllowed for a
    day in the past, HoursOverlap for hours that cross those of another quota.
    """
    if valid_from < local_day(now, zone=current_office().zone):
        raise TransitionNotAllowed
    if replace:
        _interrupt(counter, quota, valid_from, valid_until)
    _check_apart(counter, hours, quota, valid_from, valid_until)
    for each in hours:
        ServiceWindow.objects.update_or_create(
            counter=counter,
            quota=quota,
            weekday=each.weekday,
            opens=each.opens,
            valid_from=valid_from,
            defaults={"closes": each.closes, "valid_until": valid_until},
        )
    drop_unscheduled(now=now)
    return open_slots(now=now)


def _check_apart(
    counter: Counter, hours: list[Hours], quota: Quota | None, since: date, until: date | None
) -> None:
    others = ServiceWindow.objects.filter(_running(since), counter=counter)
    if until is not None:
        others = others.filter(valid_from__lt=until)
    others = others.filter(quota__isnull=False) if quota is None else others.exclude(quota=quota)
    for each in hours:
        across = others.filter(weekday=each.weekday, opens__lt=each.closes, closes__gt=each.opens)
        if across.exists():
            raise HoursOverlap


def _running(since: date) -> Q:
    return Q(valid_until=None) | Q(valid_until__gt=since)


def _interrupt(counter: Counter, quota: Quota | None, since: date, until: date | None) -> None:
    for window in ServiceWindow.objects.filter(_running(since), counter=counter, quota=quota):
        if until is not None and (window.valid_until is None or window.valid_until > until):
            ServiceWindow.objects.create(
                counter=counter,
                quota=quota,
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


def booked_outside_hours(*, now: datetime) -> QuerySet[Appointment]:
    """People whose booked time no window makes any more: the office keeps it or closes it."""
    outside = Appointment.objects.filter(slot__in_hours=False, slot__starts_at__gt=now)
    booked = outside.filter(status__in=SETTLED).select_related("applicant", "slot__counter")
    return booked.order_by("slot__starts_at")


@action
def drop_unscheduled(*, now: datetime) -> int:
    """Takes the free slots outside the hours away at `now` (UTC); returns how many.

    Runs in the transaction that changes the hours: no sweeper is trusted with it. Who is booked or
    holding keeps the slot, which nobody can take after them; an open offer is withdrawn. A slot
    that the hours make again can be taken again.
    """
    inside, outside = _by_hours(now=now)
    Slot.objects.filter(pk__in=inside, in_hours=False).update(in_hours=True, free_since=now)
    # Marked first, so that nobody can take one from here on; only then look who was quicker.
    marked = Slot.objects.filter(pk__in=outside, in_hours=True)
    fresh = set(marked.values_list("pk", flat=True))
    marked.update(in_hours=False)
    for offer in Appointment.objects.filter(slot__in=outside, status=Status.OFFERED):
        with suppress(TransitionNotAllowed):  # accepted at this very moment: booked, so kept
            withdraw_offer(offer, now=now)
    live = Appointment.objects.live(now=now).filter(slot__in=fresh)
    taken = set(live.values_list("slot", flat=True))
    unused = Slot.objects.filter(pk__in=outside)
    unused.exclude(Exists(AppointmentEvent.objects.filter(slot=OuterRef("pk")))).delete()
    return len(fresh - taken)


def _by_hours(*, now: datetime) -> tuple[list[int], list[int]]:
    office = current_office()
    made: dict[tuple[int, datetime], int | None] = {}
    for slot in scheduled(office, now=now):
        made.setdefault((slot.counter_id, slot.starts_at), slot.quota_id)
    last_day = local_day(now, zone=office.zone) + timedelta(days=DAYS_AHEAD)
    end = day_bounds(last_day, zone=office.zone)[1]
    ahead = Slot.objects.filter(starts_at__gt=now, starts_at__lt=end).order_by("pk")
    inside: list[int] = []
    outside: list[int] = []
    for slot in ahead.only("counter_id", "starts_at", "quota_id", "handed_over_at"):
        place = slot.counter_id, slot.starts_at
        # what was handed over keeps its place in the hours of the quota
        as_made = slot.handed_over_at is not None or made.get(place) == slot.quota_id
        (inside if place in made and as_made else outside).append(slot.pk)
    return inside, outside

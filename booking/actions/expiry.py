"""Writing down what has lapsed: it is free already, and this only tidies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from booking.actions.refusals import TransitionNotAllowed
from booking.actions.transitions import transition
from booking.models import Appointment, Slot, WaitingEntry
from booking.states import Status
from config.foundation.actions import action


def expire_stale(*, slot_id: int | None, person_key: str, now: datetime) -> int:
    """Tidies up what has lapsed on a slot (None: on all) and of a person; returns how many rows.

    Each row in its own transaction. A partial unique index can't see the clock, so an action that
    takes a slot has this done before its own transaction.
    """
    in_the_way = Q(slot_id=slot_id) if slot_id is not None else Q()
    mine = Q(person_key=person_key, status=Status.HELD)  # of every invitation as well
    lapsed = Appointment.objects.lapsed(now=now)
    rows = lapsed.filter(in_the_way | mine) if in_the_way else lapsed
    return sum(_lapse_quietly(appointment, now=now) for appointment in rows[:100])


def expire_due_holds(*, now: datetime, limit: int = 500) -> int:
    """Tidies up holds and offers that lapsed before `now` (UTC); returns how many.

    What lapsed is free already: this only writes it down. Safe in any number of processes.
    """
    rows = Appointment.objects.lapsed(now=now).order_by("free_from")[:limit]
    return sum(_lapse_quietly(appointment, now=now) for appointment in rows)


def _lapse_quietly(appointment: Appointment, *, now: datetime) -> bool:
    try:
        expire_hold(appointment=appointment, now=now)
    except TransitionNotAllowed:
        return False  # confirmed, extended or tidied up by somebody else
    return True


@action
def expire_hold(*, appointment: Appointment, now: datetime) -> None:
    """Writes down that a hold or an offer was not confirmed in time.

    Who lets an offer lapse keeps a place: after two lapses it is at the end of the list. Nobody
    lets an offer lapse whose letter never left. Raises TransitionNotAllowed when the row is live
    again or has an end already.
    """
    free_from, entry = appointment.free_from, appointment.entry
    untold = appointment.status == Status.OFFERED and appointment.held_until is None
    step: dict[str, Any] = {"now": now, "system": True, "only_if": {"free_from__lte": now}}
    Slot.objects.filter(pk=appointment.slot_id).update(free_since=free_from)
    if untold:
        transition(appointment, Status.EXPIRED, action="undelivered", detail="not sent", **step)
        if entry is not None:
            WaitingEntry.objects.filter(pk=entry.pk).step()
        return
    transition(appointment, Status.EXPIRED, action="expire", **step)
    if entry is not None:
        _count_lapse(entry, now=now)


def _count_lapse(entry: WaitingEntry, *, now: datetime) -> None:
    entry.lapses += 1
    if entry.lapses >= 2 and entry.priority != 0:
        entry.ordered_at = now
    place = WaitingEntry.objects.filter(pk=entry.pk)
    place.step(lapses=entry.lapses, ordered_at=entry.ordered_at)

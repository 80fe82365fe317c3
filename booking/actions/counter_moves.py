"""Another counter for somebody of today, at the same time."""

from __future__ import annotations

from datetime import datetime

from booking import notifications
from booking.actions.desk_refusals import (
    NoSlotBeside,
    SlotBesideClosed,
    SlotBesideHeld,
    SlotBesideTaken,
    VisitNotToday,
)
from booking.actions.expiry import expire_stale
from booking.actions.refusals import TransitionNotAllowed
from booking.actions.transitions import quarantine_slot, transition
from booking.models import Appointment, Counter, Slot
from booking.models.applicants import void_tokens
from booking.states import SETTLED, Status
from booking.windows import local_day
from config.foundation.actions import action
from config.foundation.office import current_office
from config.foundation.staff import Staff


def move_to_counter(
    *, appointment: Appointment, counter: Counter, now: datetime, by: Staff
) -> Appointment:
    """Gives a visit of today the same time at another counter, or leaves it as it was.

    Whoever has not arrived yet gets a letter with the new counter. The same counter again is a
    quiet success. Raises VisitNotToday, NoSlotBeside, SlotBesideClosed, SlotBesideTaken,
    SlotBesideHeld, TransitionNotAllowed, or SlotTaken when somebody was faster.
    """
    beside = slot_beside(appointment, counter)
    if beside is not None:
        expire_stale(slot_id=beside.pk, person_key=appointment.person_key, now=now)
    return _move(appointment=appointment, counter=counter, now=now, by=by)


def slot_beside(appointment: Appointment, counter: Counter) -> Slot | None:
    """The time of `counter`, of the same quota, that begins when this appointment does."""
    beside = Slot.objects.of_quota(appointment.quota)
    return beside.filter(counter=counter, starts_at=appointment.slot.starts_at).first()


@action
def _move(*, appointment: Appointment, counter: Counter, now: datetime, by: Staff) -> Appointment:
    if appointment.slot.counter_id == counter.pk:
        return appointment
    if appointment.status not in SETTLED:
        raise TransitionNotAllowed
    zone = current_office().zone
    today = local_day(now, zone=zone)
    if local_day(appointment.slot.starts_at, zone=zone) != today or appointment.slot.ends_at <= now:
        raise VisitNotToday
    beside = slot_beside(appointment, counter)
    if beside is None:
        raise NoSlotBeside
    _exchange(appointment.slot, beside, now=now)
    _check_unoccupied(beside, now=now)
    # who has arrived is told by whoever sends them on; a letter would come too late
    told = appointment.status == Status.BOOKED
    old_slot = appointment.slot_id
    transition(
        appointment,
        Status(appointment.status),
        action="move_counter",
        now=now,
        by=by,
        only_if={"slot_id": old_slot},
        slot_id=beside.pk,
        revision=appointment.revision + told,
    )
    appointment.slot = beside
    if told:
        void_tokens(subject=appointment.subject)
        notifications.enqueue_confirmation(appointment, now=now)
    return appointment


def _exchange(old: Slot, new: Slot, *, now: datetime) -> None:
    """Claims one slot and lets the other rest, in the order in which everybody claims slots."""
    in_service = Slot.objects.in_service().filter(pk=new.pk, ends_at__gt=now)
    for slot in sorted((old, new), key=lambda each: each.pk):
        if slot == old:
            quarantine_slot(old.pk, office=current_office(), now=now)
        # a quarantine keeps buyers away, not the office
        elif not in_service.update(bookable_from=None):
            raise SlotBesideClosed


def _check_unoccupied(slot: Slot, *, now: datetime) -> None:
    """Says why somebody else has the slot; the index refuses whoever comes at this moment."""
    other = Appointment.objects.live(now=now).filter(slot=slot).first()
    if other is not None:
        raise SlotBesideTaken if other.status in SETTLED else SlotBesideHeld

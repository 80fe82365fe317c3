"""The verbs of a caseworker's day."""

from __future__ import annotations

from datetime import datetime, timedelta

from booking import letters
from booking.actions.moving import action, move
from booking.actions.refusals import SlotTaken, TransitionNotAllowed
from booking.models import Appointment
from booking.states import Status
from booking.windows import local_day
from config.foundation.office import current_office
from config.foundation.staff import Staff

# A mistake can be put back for so long.
SECOND_THOUGHTS = timedelta(minutes=10)


@action
def check_in(*, appointment: Appointment, now: datetime, by: Staff) -> Appointment:
    """Notes that the person has arrived; also after a no-show, on the same local day.

    Raises TransitionNotAllowed on another day, or SlotTaken when a no-show's time went to
    somebody else.
    """
    if appointment.status == Status.CHECKED_IN:
        return appointment
    _check_same_day(appointment, now=now)
    move(appointment, Status.CHECKED_IN, verb="check_in", now=now, by=by, checked_in_at=now)
    return appointment


@action
def complete(
    *,
    appointment: Appointment,
    outcome: Appointment.Outcome,
    missing: list[str],
    now: datetime,
    by: Staff,
) -> Appointment:
    """Closes a visit with its outcome; `missing` are ids of requirements that were not brought."""
    move(
        appointment,
        Status.COMPLETED,
        verb="complete",
        now=now,
        by=by,
        detail=outcome,
        outcome=outcome,
        missing=missing,
    )
    return appointment


@action
def mark_no_show(*, appointment: Appointment, now: datetime, by: Staff) -> Appointment:
    """Notes that the person did not come; raises TransitionNotAllowed before the start."""
    if appointment.status == Status.NO_SHOW:
        return appointment
    if appointment.slot.starts_at > now:
        raise TransitionNotAllowed
    move(appointment, Status.NO_SHOW, verb="no_show", now=now, by=by)
    return appointment


@action
def put_back(*, appointment: Appointment, now: datetime, by: Staff) -> Appointment:
    """Takes back the last step within ten minutes: a completion, an arrival, a cancellation.

    A cancellation by the office can be taken back only while nobody else has the time. Raises
    TransitionNotAllowed or SlotTaken.
    """
    _check_same_day_of_act(appointment, now=now)
    if appointment.status == Status.COMPLETED:
        move(
            appointment, Status.CHECKED_IN, verb="put_back", now=now, by=by, outcome="", missing=[]
        )
    elif appointment.status == Status.CHECKED_IN:
        move(appointment, Status.BOOKED, verb="put_back", now=now, by=by, checked_in_at=None)
    elif appointment.status == Status.CANCELLED:
        _put_back_cancelled(appointment, now=now, by=by)
    else:
        raise TransitionNotAllowed
    return appointment


def _put_back_cancelled(appointment: Appointment, *, now: datetime, by: Staff) -> None:
    by_the_office = appointment.events.filter(verb="cancel", by__isnull=False)  # type: ignore[attr-defined]
    if not by_the_office.exists() or appointment.slot.starts_at <= now:
        raise TransitionNotAllowed
    slot = appointment.slot
    if slot.closure_id is not None or slot.free_since != appointment.ended_at:
        raise SlotTaken
    move(
        appointment,
        Status.BOOKED,
        verb="put_back",
        now=now,
        by=by,
        cancel_reason="",
        revision=appointment.revision + 1,
    )
    letters.promise_confirmation(appointment, now=now)


def _check_same_day(appointment: Appointment, *, now: datetime) -> None:
    zone = current_office().zone
    if local_day(now, zone=zone) != local_day(appointment.slot.starts_at, zone=zone):
        raise TransitionNotAllowed


def _check_same_day_of_act(appointment: Appointment, *, now: datetime) -> None:
    last = appointment.events.order_by("-version").first()  # type: ignore[attr-defined]
    if last is None or now - last.at > SECOND_THOUGHTS:
        raise TransitionNotAllowed

"""Calls to people whom no letter reached in time: those who lost a time, and those untold."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Max, QuerySet

from booking.actions.desk_refusals import CallNoted, CallTimeImpossible
from booking.actions.refusals import TransitionNotAllowed
from booking.actions.transitions import claim_applicant
from booking.models import Appointment, PhoneCall
from booking.states import Status
from config.foundation.actions import action
from config.foundation.staff import Staff

LONGEST_PAUSE = timedelta(days=14)


@action
def note_call(
    *,
    appointment: Appointment,
    result: PhoneCall.Result,
    again_at: datetime | None,
    seen: int,
    now: datetime,
    by: Staff,
) -> PhoneCall:
    """Adds one call; `again_at` (UTC) goes with the result "again" and with no other.

    `seen` is how many calls the page showed. The same press again is a quiet success. Raises
    CallNoted, CallTimeImpossible, TransitionNotAllowed for somebody whom a letter can tell, or
    EntriesChanged when the person is forgotten by now.
    """
    claim_applicant(appointment.applicant)
    if not may_be_called(appointment):
        raise TransitionNotAllowed
    calls = PhoneCall.objects.filter(appointment=appointment)
    last = calls.order_by("-number").first()
    number = last.number if last else 0
    told = (result, again_at, by)
    if last and number == seen + 1 and (last.result, last.again_at, last.called_by) == told:
        return last
    if number != seen:
        raise CallNoted
    again = result == PhoneCall.Result.AGAIN
    if again != (again_at is not None):
        raise CallTimeImpossible
    if again_at is not None and not now < again_at <= now + LONGEST_PAUSE:
        raise CallTimeImpossible
    return PhoneCall.objects.create(
        appointment=appointment,
        number=seen + 1,
        result=result,
        again_at=again_at,
        called_by=by,
        called_at=now,
    )


def may_be_called(appointment: Appointment) -> bool:
    """Whether a call about it is noted: a time lost to a closure, an offer or a time untold."""
    if appointment.status == Status.EXPIRED:
        return appointment.events.filter(action="undelivered").exists()
    return appointment.status in {Status.BOOKED, Status.DISPLACED}


def last_calls(appointments: list[Appointment]) -> dict[int, PhoneCall]:
    """The last call about each of `appointments` that was called at all, by its id."""
    calls = PhoneCall.objects.filter(appointment__in=appointments).select_related("called_by")
    return {call.appointment_id: call for call in calls.order_by("number")}


def calls_due(*, now: datetime) -> QuerySet[PhoneCall]:
    """The calls that somebody promised to make again by `now` (UTC), and that nobody has made."""
    newest = PhoneCall.objects.annotate(newest=Max("appointment__calls__number"))
    return (
        newest.filter(result=PhoneCall.Result.AGAIN, again_at__lte=now, number=F("newest"))
        .select_related("appointment__applicant", "appointment__slot__counter")
        .order_by("again_at")
    )

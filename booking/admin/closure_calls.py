"""Whom a closure leaves to be phoned, and whether everybody has been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from booking.actions.phone_calls import last_calls
from booking.admin.closure_forms import PHONE_WITHIN, Displaced
from booking.models import Appointment, AppointmentEvent, PhoneCall
from config.foundation.outbox import Notification

_WAITING = {"waiting", "offered"}


@dataclass(frozen=True, kw_only=True)
class ToPhone:
    """Somebody whom no letter tells in time, with the last call about it."""

    appointment: Appointment
    call: PhoneCall | None

    @property
    def is_done(self) -> bool:
        """Whether there is a result; a call that was put off is none."""
        return self.call is not None and self.call.result != PhoneCall.Result.AGAIN

    @property
    def is_reached(self) -> bool:
        """Whether the person was spoken to."""
        return self.call is not None and self.call.result == PhoneCall.Result.REACHED


@dataclass(frozen=True, kw_only=True)
class ClosureCalls:
    """Everybody who lost a time to one closure and must be phoned."""

    people: list[ToPhone]

    @property
    def open(self) -> int:
        """How many have no result yet."""
        return sum(not each.is_done for each in self.people)

    @property
    def is_done(self) -> bool:
        """Whether each has a result."""
        return self.open == 0

    @property
    def all_reached(self) -> bool:
        """Whether each was spoken to: only then may the desk say that all are informed."""
        return all(each.is_reached for each in self.people)


def informed(people: Sequence[Displaced], calls: ClosureCalls) -> int:
    """How many of `people` know: settled by now, reached by phone, or a letter was accepted.

    Who must be phoned knows by the call alone: a letter comes too late for them.
    """
    to_phone = {each.appointment.pk for each in calls.people}
    reached = sum(each.is_reached for each in calls.people)
    others = [each for each in people if each.appointment.pk not in to_phone]
    waiting = [each.appointment.subject for each in others if each.fate in _WAITING]
    letters = Notification.objects.filter(
        kind="booking.displacement", subject__in=waiting, sent_at__isnull=False, bounced_at=None
    )
    written = letters.values("subject").distinct().count()
    return reached + written + len(others) - len(waiting)


def closure_calls(people: Sequence[Displaced]) -> ClosureCalls:
    """Of those who lost a time to a closure, those who still wait and that a letter may miss.

    A letter misses whoever has no e-mail address and whose time began within three hours of the
    closing. Whoever has a time again, or has left, need not be phoned.
    """
    waiting = [each.appointment for each in people if each.fate in _WAITING]
    steps = AppointmentEvent.objects.filter(appointment__in=waiting, action="displace")
    lost_at = dict(steps.order_by("version").values_list("appointment_id", "at"))
    late = [
        row
        for row in waiting
        if not row.applicant.email or row.slot.starts_at - lost_at[row.pk] <= PHONE_WITHIN
    ]
    calls = last_calls(late)
    return ClosureCalls(people=[ToPhone(appointment=row, call=calls.get(row.pk)) for row in late])

"""What happened while nobody could enter it, written down afterwards with its real times."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from booking.actions.desk_refusals import LateTimesImpossible
from booking.actions.refusals import PageOutdated, TransitionNotAllowed
from booking.actions.transitions import claim_applicant, transition
from booking.models import Appointment
from booking.states import SETTLED, Status
from booking.windows import local_day
from config.foundation.actions import action
from config.foundation.office import current_office
from config.foundation.staff import Staff

OPEN = frozenset({*SETTLED, Status.NO_SHOW})


class LateReason(models.TextChoices):
    """Why it was not entered when it happened; a code in the step, no free text."""

    OUTAGE = "outage", _("outage of the system")
    NO_WORKPLACE = "no_workplace", _("no workplace at hand")
    FORGOTTEN = "forgotten", _("forgotten on the day")


@action
def enter_late_visit(
    *,
    appointment: Appointment,
    came_at: datetime,
    ended_at: datetime,
    outcome: Appointment.Outcome,
    missing: list[str],
    reason: LateReason,
    version: int,
    now: datetime,
    by: Staff,
) -> Appointment:
    """Closes a past visit with the times (UTC) at which its person came and left.

    The steps say when they were entered, by whom and why so late. An arrival that was entered on
    the day stays. The same entry again is a quiet success. Raises LateTimesImpossible,
    PageOutdated, TransitionNotAllowed, SlotTaken when the time of a no-show went to somebody else,
    or EntriesChanged when the person is forgotten by now.
    """
    claim_applicant(appointment.applicant)
    if (appointment.status, appointment.outcome, appointment.ended_at) == (
        Status.COMPLETED,
        outcome,
        ended_at,
    ):
        return appointment
    _check_open(appointment, version=version)
    if appointment.status == Status.CHECKED_IN and appointment.checked_in_at is not None:
        came_at = appointment.checked_in_at
    _check_times(appointment, came_at, ended_at, now=now)
    if appointment.status != Status.CHECKED_IN:
        transition(
            appointment,
            Status.CHECKED_IN,
            action="late_check_in",
            now=now,
            by=by,
            detail=reason,
            checked_in_at=came_at,
        )
    transition(
        appointment,
        Status.COMPLETED,
        action="late_complete",
        now=now,
        by=by,
        detail=reason,
        outcome=outcome,
        missing=missing,
        ended_at=ended_at,
    )
    return appointment


@action
def enter_late_no_show(
    *,
    appointment: Appointment,
    reason: LateReason,
    version: int,
    now: datetime,
    by: Staff,
) -> Appointment:
    """Notes that somebody of a past time did not come: it ended when the time did.

    Twice is a quiet success. Raises PageOutdated, LateTimesImpossible before the end of the time,
    TransitionNotAllowed, or EntriesChanged when the person is forgotten by now.
    """
    claim_applicant(appointment.applicant)
    if appointment.status == Status.NO_SHOW:
        return appointment
    _check_open(appointment, version=version)
    ended_at = appointment.slot.ends_at
    if ended_at > now:
        raise LateTimesImpossible
    transition(
        appointment,
        Status.NO_SHOW,
        action="late_no_show",
        now=now,
        by=by,
        detail=reason,
        ended_at=ended_at,
    )
    return appointment


def _check_open(appointment: Appointment, *, version: int) -> None:
    if appointment.version != version:
        raise PageOutdated
    if appointment.status not in OPEN:
        raise TransitionNotAllowed


def _check_times(
    appointment: Appointment, came_at: datetime, ended_at: datetime, *, now: datetime
) -> None:
    zone = current_office().zone
    day = local_day(appointment.slot.starts_at, zone=zone)
    if not (came_at <= ended_at <= now and local_day(came_at, zone=zone) == day):
        raise LateTimesImpossible
    if local_day(ended_at, zone=zone) != day:
        raise LateTimesImpossible

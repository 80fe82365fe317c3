"""What a caseworker can do to one appointment: a table of buttons over the office's actions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from booking import actions
from booking.actions.desk import SECOND_THOUGHTS
from booking.admin.action_forms import (
    CancelForm,
    CheckInForm,
    CompleteForm,
    CorrectForm,
    RebookForm,
)
from booking.admin.desk_action import DeskAction
from booking.admin.visit_actions import VISIT_ACTIONS
from booking.models import Appointment
from booking.states import SETTLED, Status
from booking.windows import local_day
from config.foundation.office import Office
from config.foundation.staff import Staff


def _today(row: Appointment, now: datetime, office: Office) -> bool:
    return local_day(now, zone=office.zone) == local_day(row.slot.starts_at, zone=office.zone)


def _may_check_in(row: Appointment, now: datetime, office: Office) -> bool:
    return row.status in {Status.BOOKED, Status.NO_SHOW} and _today(row, now, office)


def _is_late(row: Appointment, now: datetime, office: Office) -> bool:
    patience = timedelta(minutes=office.no_show_minutes)
    return row.status == Status.BOOKED and row.slot.starts_at + patience <= now


def _is_booked(row: Appointment, now: datetime, office: Office) -> bool:
    return row.status == Status.BOOKED


def _lies_ahead(row: Appointment, now: datetime, office: Office) -> bool:
    return row.status == Status.BOOKED and row.slot.starts_at > now


# in a list, where the time stands beside the button, and on a page
_PUTS_BACK = {
    Status.CHECKED_IN: (_("Take back the arrival"), _("Take back the arrival at %(time)s")),
    Status.COMPLETED: (_("Take back the completion"), _("Take back the completion at %(time)s")),
    Status.CANCELLED: (
        _("Take back the cancellation"),
        _("Take back the cancellation at %(time)s"),
    ),
}


def _last_done(row: Appointment) -> datetime | None:
    return row.checked_in_at if row.status == Status.CHECKED_IN else row.ended_at


def _just_done(row: Appointment, now: datetime, office: Office) -> bool:
    since = _last_done(row)
    recent = since is not None and now - since <= SECOND_THOUGHTS
    if row.status == Status.CANCELLED:
        by_office = row.cancel_reason != Appointment.CancelReason.HOLD_GIVEN_UP
        return recent and by_office and row.slot.starts_at > now
    return recent and row.status in {Status.COMPLETED, Status.CHECKED_IN}


def _correct(row: Appointment, data: dict[str, Any], now: datetime, by: Staff) -> object:
    actions.correct_person(
        applicant=row.applicant,
        family_name=data["family_name"],
        given_names=data["given_names"],
        birth_date=data["birth_date"],
        now=now,
        by=by,
    )
    return None


ACTIONS = [
    DeskAction(
        name="check-in",
        event="check_in",
        label=_("Check in"),
        help=_("Compare name and date of birth with the passport, then confirm."),
        done=_("%(name)s, %(time)s: arrival recorded by %(by)s."),
        act=lambda row, data, now, by: actions.check_in(
            appointment=row,
            missing=data["missing"],
            papers_checked=data["papers_checked"],
            now=now,
            by=by,
        ),
        fits=_may_check_in,
        form=CheckInForm,
        main=True,
        at_once=True,
    ),
    DeskAction(
        name="complete",
        event="complete",
        label=_("Complete"),
        help=_("Say how the visit ended. For ten minutes you can put it back."),
        done=_("%(name)s, %(time)s: completed by %(by)s."),
        act=lambda row, data, now, by: actions.complete(
            appointment=row,
            outcome=Appointment.Outcome(data["outcome"]),
            missing=data.get("missing", []),
            papers_checked=data.get("papers_checked", False),
            now=now,
            by=by,
        ),
        fits=lambda row, now, office: row.status == Status.CHECKED_IN,
        form=CompleteForm,
        main=True,
    ),
    DeskAction(
        name="no-show",
        event="no_show",
        label=_("Not come"),
        help=_(
            "The person has not come. If they still come today, check them in; until then "
            "somebody from the waiting list may have the rest of the time."
        ),
        done=_("%(name)s, %(time)s: noted as not come by %(by)s."),
        act=lambda row, data, now, by: actions.mark_no_show(appointment=row, now=now, by=by),
        fits=_is_late,
        main=True,
        at_once=True,
    ),
    DeskAction(
        name="rebook",
        event="rebook",
        label=_("Rebook"),
        help=_("Gives the person another free time. A letter with the new time goes out."),
        done=_("%(reference)s has a new time."),
        act=lambda row, data, now, by: actions.rebook(
            appointment=row, slot_id=int(data["slot"]), revision=row.revision, now=now, by=by
        ),
        fits=_lies_ahead,
        form=RebookForm,
        tells=True,
    ),
    DeskAction(
        name="cancel",
        event="cancel",
        label=_("Cancel the appointment"),
        help=_(
            "The person gets a letter in their language that names the next step; the time is "
            "free again after a short while. For ten minutes you can put it back."
        ),
        done=_("%(name)s, %(time)s: cancelled by %(by)s. The letter is on its way."),
        act=lambda row, data, now, by: actions.cancel(
            appointment=row,
            reason=Appointment.CancelReason(data["reason"]),
            now=now,
            by=by,
        ),
        fits=_is_booked,
        form=CancelForm,
        danger=True,
        tells=True,
    ),
    DeskAction(
        name="put-back",
        event="put_back",
        label=_("Put back"),
        help=_("Takes back the last step: a completion, an arrival or a cancellation."),
        done=_("%(name)s, %(time)s: last step taken back by %(by)s."),
        act=lambda row, data, now, by: actions.undo_last_step(appointment=row, now=now, by=by),
        fits=_just_done,
        main=True,
        at_once=True,
    ),
    DeskAction(
        name="correct",
        event="correct_person",
        label=_("Correct the person"),
        help=_("As the passport says. The time stays, and the change is recorded."),
        done=_("The person of %(reference)s is corrected."),
        act=_correct,
        fits=lambda row, now, office: row.status in SETTLED,
        form=CorrectForm,
    ),
    DeskAction(
        name="resend",
        event="",
        label=_("Send the letter again"),
        help=_("Sends the letter with the link to the appointment once more."),
        done=_("The letter about %(reference)s is on its way."),
        act=lambda row, data, now, by: actions.resend(appointment=row, now=now),
        fits=lambda row, now, office: row.status in SETTLED and bool(row.applicant.email),
    ),
    *VISIT_ACTIONS,
]


def actions_for(row: Appointment, *, now: datetime, office: Office) -> list[DeskAction]:
    """The buttons of an appointment at `now` (UTC)."""
    return [_named(action, row) for action in ACTIONS if action.fits(row, now, office)]


def _named(action: DeskAction, row: Appointment) -> DeskAction:
    # two people stand side by side whose last steps differ: a button says which one it takes back
    if action.name != "put-back" or (labels := _PUTS_BACK.get(Status(row.status))) is None:
        return action
    return replace(action, label=labels[0])


def at_length(action: DeskAction, row: Appointment) -> DeskAction:
    """The button as a page names it: what takes a step back says which one, and of when."""
    labels, done = _PUTS_BACK.get(Status(row.status)), _last_done(row)
    if action.name != "put-back" or labels is None or done is None:
        return action
    return replace(action, label=labels[1] % {"time": f"{localtime(done):%H:%M}"})


def way_back(row: Appointment, *, now: datetime, office: Office) -> DeskAction | None:
    """What takes the last step back at `now` (UTC): for who was noted as not come, the arrival."""
    wanted = "check-in" if row.status == Status.NO_SHOW else "put-back"
    fitting = actions_for(row, now=now, office=office)
    return next((action for action in fitting if action.name == wanted), None)

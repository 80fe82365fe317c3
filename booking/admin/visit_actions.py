"""The buttons of an appointment for what a day at a counter needs besides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking import actions
from booking.actions.late_entries import OPEN, LateReason
from booking.actions.phone_calls import may_be_called
from booking.admin.desk_action import DeskAction
from booking.admin.visit_forms import (
    NO_SHOW,
    CallForm,
    CounterForm,
    HandOverForm,
    LateEntryForm,
    NoteForm,
    TakeForm,
)
from booking.models import Appointment, PhoneCall
from booking.states import PROVISIONAL, SETTLED
from booking.windows import local_day
from config.foundation.office import Office
from config.foundation.staff import Staff


def _has_a_visit(row: Appointment, now: datetime, office: Office) -> bool:
    return row.status not in PROVISIONAL and row.person_key != ""


def _is_expected(row: Appointment, now: datetime, office: Office) -> bool:
    return row.status in SETTLED


def _may_move(row: Appointment, now: datetime, office: Office) -> bool:
    day = local_day(row.slot.starts_at, zone=office.zone)
    is_today = day == local_day(now, zone=office.zone)
    return row.status in SETTLED and is_today and row.slot.ends_at > now


def _is_over(row: Appointment, now: datetime, office: Office) -> bool:
    return row.status in OPEN and row.slot.ends_at <= now and row.person_key != ""


def _enter_late(row: Appointment, data: dict[str, Any], now: datetime, by: Staff) -> object:
    told: dict[str, Any] = {"reason": LateReason(data["reason"]), "version": data["version"]}
    if data["outcome"] == NO_SHOW:
        return actions.enter_late_no_show(appointment=row, now=now, by=by, **told)
    return actions.enter_late_visit(
        appointment=row,
        came_at=data["came_at"],
        ended_at=data["left_at"],
        outcome=Appointment.Outcome(data["outcome"]),
        missing=data.get("missing", []),
        now=now,
        by=by,
        **told,
    )


VISIT_ACTIONS = [
    DeskAction(
        name="take",
        event="",
        label=_("Take on"),
        help=_(
            "Your colleagues see for 20 minutes that you are at work on this visit. It locks "
            "nobody out: another one can take it on from you."
        ),
        done=_("%(name)s, %(time)s: in progress with %(by)s."),
        act=lambda row, data, now, by: actions.assign(
            appointment=row, to=by, version=data["version"], now=now, by=by
        ),
        fits=_is_expected,
        form=TakeForm,
        own_version=True,
    ),
    DeskAction(
        name="hand-over",
        event="",
        label=_("Hand over"),
        help=_("Your colleagues see for 20 minutes that somebody else is at work on this visit."),
        done=_("%(name)s, %(time)s: handed over by %(by)s."),
        act=lambda row, data, now, by: actions.assign(
            appointment=row, to=data["to"], version=data["version"], now=now, by=by
        ),
        fits=_is_expected,
        form=HandOverForm,
        own_version=True,
    ),
    DeskAction(
        name="counter",
        event="move_counter",
        label=_("Change the counter"),
        help=_(
            "The same time at another counter. Whoever has not arrived yet gets a letter with "
            "the new counter; please tell whoever is here."
        ),
        done=_("%(name)s, %(time)s: moved to another counter by %(by)s."),
        act=lambda row, data, now, by: actions.move_to_counter(
            appointment=row, counter=data["counter"], now=now, by=by
        ),
        fits=_may_move,
        form=CounterForm,
        tells=True,
    ),
    DeskAction(
        name="note",
        event="",
        label=_("Note"),
        help=_(
            "One note for each visit, with its day and its author. Please write only what the "
            "next colleague needs: the person may ask for a copy. It is deleted with the visit."
        ),
        done=_("%(name)s, %(time)s: note saved by %(by)s."),
        act=lambda row, data, now, by: actions.write_note(
            appointment=row, text=data["text"], version=data["version"], now=now, by=by
        ),
        fits=_has_a_visit,
        form=NoteForm,
        own_version=True,
    ),
    DeskAction(
        name="call",
        event="",
        label=_("Note a call"),
        help=_(
            "For people who lost their time or whom no letter reached. A closure is done when "
            "everybody who must be phoned was reached or not reached."
        ),
        done=_("%(name)s, %(time)s: call noted by %(by)s."),
        act=lambda row, data, now, by: actions.note_call(
            appointment=row,
            result=PhoneCall.Result(data["result"]),
            again_at=data["again_at"],
            seen=data["version"],
            now=now,
            by=by,
        ),
        fits=lambda row, now, office: row.person_key != "" and may_be_called(row),
        form=CallForm,
        own_version=True,
    ),
    DeskAction(
        name="late-entry",
        event="late_complete",
        label=_("Enter afterwards"),
        help=_(
            "For a visit that could not be entered while it happened. The steps keep the real "
            "times, when they were entered, by whom and why."
        ),
        done=_("%(name)s, %(time)s: entered afterwards by %(by)s."),
        act=_enter_late,
        fits=_is_over,
        form=LateEntryForm,
        own_version=True,
    ),
]

"""What the page of one appointment shows: the next step, the papers, and what has happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.actions.late_entries import LateReason
from booking.actions.retention import NOBODY_CLOSED
from booking.admin.action_forms import ActionForm, owed_by, papers_of
from booking.admin.appointment_actions import actions_for, at_length
from booking.admin.appointment_summary import STEPS, facts_of, standing_for
from booking.admin.desk_action import DeskAction
from booking.admin.visit_facts import visit_facts_of
from booking.admin.visit_forms import HandOverForm
from booking.models import Appointment, AppointmentEvent
from booking.states import SETTLED, Status
from config.foundation.admin_about import messages_about
from config.foundation.admin_bases import tag, wall_time
from config.foundation.office import Office
from config.foundation.staff import Staff

NEXT = ("check-in", "complete")
ON_THE_PAGE = ("note", "take", "hand-over")
DETAILS: Mapping[str, str | Promise] = (
    dict(Appointment.CancelReason.choices)
    | dict(Appointment.Outcome.choices)
    | dict(LateReason.choices)
    | {NOBODY_CLOSED: gettext_lazy("not closed by anybody")}
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One sentence of the history: "Di, 24.11.2026, 09:12, Birgit Kurz: arrival noted"."""

    at: datetime
    when: str
    who: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Button:
    """An action with its form, ready to be pressed on the page itself."""

    action: DeskAction
    form: ActionForm


def acts_on(
    row: Appointment, *, by: Staff, now: datetime, office: Office, language: str
) -> dict[str, Any]:
    """The buttons of `row` at `now` (UTC): the next step, single presses, and pages to go to."""
    fitting = actions_for(row, now=now, office=office)
    found = {action.name: at_length(action, row) for action in fitting}

    def button(name: str) -> Button | None:
        action = found.pop(name, None)
        if action is None:
            return None
        form = action.form(
            None, appointment=row, now=now, language=language, auto_id=f"id_{name}_%s"
        )
        if isinstance(form, HandOverForm):
            form.leave_out(by)
        return Button(action=action, form=form)

    next_name = next((name for name in NEXT if name in found), "")
    at_once = [name for name, action in found.items() if action.at_once and name not in NEXT]
    return {
        "next": button(next_name),
        "presses": [each for name in at_once if (each := button(name))],
        "on_page": {name.replace("-", "_"): button(name) for name in ON_THE_PAGE},
        "links": sorted(found.values(), key=lambda action: action.danger),
    }


def shown_of(row: Appointment, *, now: datetime, office: Office, language: str) -> dict[str, Any]:
    """Everything about `row` that is only read."""
    return {
        "facts": facts_of(row, now=now, language=language),
        "waits": standing_for(row, now=now),
        "papers": papers_by_state(row, language=language),
        "visit": visit_facts_of(row, now=now),
        "history": history_of(row),
        "messages_sent": messages_about(row.subject, now=now),
        "read_out": row.status in SETTLED and not row.applicant.email and bool(row.person_key),
        "place": ", ".join(office.visitor_address.splitlines()),
    }


def papers_by_state(row: Appointment, *, language: str) -> list[tuple[str, SafeString | str]]:
    """The papers of the case, each with what became of it; "" before the visit is over."""
    owed, known = owed_by(row), row.papers_checked or bool(row.missing)

    def state(paper: str) -> SafeString | str:
        if paper in row.missing:
            return tag(_("was missing"), "warning")
        if row.status != Status.COMPLETED:
            return ""
        return tag(_("is there"), "success") if known and paper in owed else tag(_("not checked"))

    return [(title, state(paper)) for paper, title in papers_of(row, language=language)]


def history_of(row: Appointment) -> list[Step]:
    """Every step and every call, the newest first."""
    steps: list[tuple[datetime, str, str]] = [
        (event.at, _who(event), _step(event.action, event.detail))
        for event in row.events.select_related("by").order_by("-version")
    ]
    calls: list[tuple[datetime, str, str]] = [
        (call.called_at, str(call.called_by), _call(call.get_result_display()))
        for call in row.calls.select_related("called_by").order_by("-number")
    ]
    told = sorted(steps + calls, key=lambda each: each[0], reverse=True)
    return [Step(at=at, when=wall_time(at), who=who, what=what) for at, who, what in told]


def _who(event: AppointmentEvent) -> str:
    return str(event.by) if event.by else capfirst(event.get_actor_display())


def _step(action: str, detail: str) -> str:
    what = str(STEPS.get(action, action))
    return f"{what} ({DETAILS.get(detail, detail)})" if detail else what


def _call(result: str) -> str:
    return _("call: %(result)s") % {"result": result}

"""What the desk itself has added to a visit: its note, who is at work on it, the calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from booking import actions
from booking.models import Appointment, PhoneCall, VisitAssignment, VisitNote


@dataclass(frozen=True, kw_only=True)
class VisitFacts:
    """Each is empty where there is none."""

    note: VisitNote | None
    assignment: VisitAssignment | None
    calls: list[PhoneCall]


def visit_facts_of(row: Appointment, *, now: datetime) -> VisitFacts:
    """What was added to the visit `row`, as it stands at `now` (UTC)."""
    notes = VisitNote.objects.filter(appointment=row).exclude(text="")
    return VisitFacts(
        note=notes.select_related("written_by").first(),
        assignment=actions.current_assignment(row, now=now),
        calls=list(row.calls.select_related("called_by").order_by("number")),
    )

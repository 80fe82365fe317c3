"""Who is at work on a visit: said to colleagues, binding nobody."""

from __future__ import annotations

from datetime import datetime

from booking.actions.desk_refusals import AssignmentChanged, NotAtTheDesk
from booking.actions.refusals import TransitionNotAllowed
from booking.actions.transitions import claim_applicant
from booking.models import Appointment, VisitAssignment
from booking.models.visits import ASSIGNMENT_LASTS
from booking.states import SETTLED
from config.foundation.actions import action
from config.foundation.staff import Staff


@action
def assign(
    *, appointment: Appointment, to: Staff, version: int, now: datetime, by: Staff
) -> VisitAssignment:
    """Says for the next 20 minutes that `to` is at work on a visit, whoever was before.

    `version` is that of the assignment that was shown, 0 where there was none. The same press
    again is a quiet success. Raises AssignmentChanged, NotAtTheDesk, TransitionNotAllowed once the
    visit has ended, or EntriesChanged when the person is forgotten by now.
    """
    claim_applicant(appointment.applicant)
    if appointment.status not in SETTLED:
        raise TransitionNotAllowed
    if not (to.is_active and to.has_perm("booking.serve_appointment")):
        raise NotAtTheDesk
    kept = VisitAssignment.objects.filter(appointment=appointment)
    before = kept.first()
    if before is not None and (before.version, before.assignee, before.assigned_by) == (
        version + 1,
        to,
        by,
    ):
        return before
    written = {"assignee": to, "assigned_by": by, "assigned_at": now, "version": version + 1}
    if before is None and version == 0:
        return VisitAssignment.objects.create(appointment=appointment, **written)
    if not kept.filter(version=version).update(**written):
        raise AssignmentChanged
    return kept.get()


def current_assignment(appointment: Appointment, *, now: datetime) -> VisitAssignment | None:
    """Who is at work on a visit at `now` (UTC); None after 20 minutes, and once it has ended."""
    if appointment.status not in SETTLED:
        return None
    rows = VisitAssignment.objects.filter(
        appointment=appointment, assigned_at__gt=now - ASSIGNMENT_LASTS
    )
    return rows.select_related("assignee").first()

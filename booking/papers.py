"""What has to be brought to an appointment, and what it may cost: by its emergency or its quota."""

from __future__ import annotations

from booking.models import Appointment
from booking.windows import local_day
from config.foundation.office import current_office
from documents.catalogue import NoProcedure, emergency_checklist, procedure_checklist
from documents.checklist import Checklist
from eligibility.rules import CATEGORIES


def papers_for(appointment: Appointment) -> Checklist | None:
    """The checklist on the day of the appointment.

    None where its quota names no procedure, and for an unknown category.
    """
    day = local_day(appointment.slot.starts_at, zone=current_office().zone)
    born = appointment.applicant.birth_date
    quota = appointment.quota
    if quota is None:
        category = appointment.category
        known = category in CATEGORIES
        return emergency_checklist(category=category, on=day, born=born) if known else None
    if not quota.procedure:
        return None
    try:
        return procedure_checklist(quota.procedure, on=day, born=born)
    except NoProcedure:  # the catalogue of that day has it no more
        return None

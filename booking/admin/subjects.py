"""What appointments, people, places on the list and closures are called in letters and looks."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.admin.applicants import SERVE
from booking.admin.appointment_actions import actions_for
from booking.models import Applicant, Appointment, Closure, Invitation, WaitingEntry
from config.foundation.admin_bases import wall_time
from config.foundation.office import current_office
from config.foundation.outbox import Notification
from config.foundation.staff import Staff
from config.foundation.subjects import describes, finds, sends_again


@describes(Appointment)
def appointments(ids: Collection[int], named: bool) -> dict[int, str]:
    """When it is, and whose while the person is known."""
    rows = Appointment.objects.filter(pk__in=ids).select_related("slot", "applicant")
    return {
        row.pk: _with_name(
            _("Appointment %s") % (wall_time(row.slot.starts_at) if row.slot else row.reference),
            row.applicant if named else None,
        )
        for row in rows
    }


@describes(Applicant)
def applicants(ids: Collection[int], named: bool) -> dict[int, str]:
    """The person's name."""
    rows = Applicant.objects.filter(pk__in=ids)
    return {row.pk: _with_name(_("Person"), row if named else None) for row in rows}


@describes(WaitingEntry)
def waiting_entries(ids: Collection[int], named: bool) -> dict[int, str]:
    """Whose place it is."""
    rows = WaitingEntry.objects.filter(pk__in=ids).select_related("applicant")
    return {
        row.pk: _with_name(_("Place on the waiting list"), row.applicant if named else None)
        for row in rows
    }


@describes(Invitation)
def invitations(ids: Collection[int], named: bool) -> dict[int, str]:
    """Whose invitation it is."""
    rows = Invitation.objects.filter(pk__in=ids).select_related("applicant")
    return {
        row.pk: _with_name(_("Invitation %s") % row.reference, row.applicant if named else None)
        for row in rows
    }


@describes(Closure)
def closures(ids: Collection[int], named: bool) -> dict[int, str]:
    """From when."""
    rows = Closure.objects.filter(pk__in=ids)
    return {row.pk: _("Closure from %s") % wall_time(row.starts_at) for row in rows}


def _with_name(what: str, person: Applicant | None) -> str:
    # a name of another script stays in its order
    return f"{what}, \u2068{person.desk_name}\u2069" if person and person.desk_name else what


@sends_again(Appointment)
def way_to_resend(letter: Notification, reader: Staff) -> str | None:
    """The step that sends the link to an appointment once more, if the letter had such a link."""
    if letter.kind not in {"booking.confirmation", "booking.link", "booking.reminder"}:
        return None
    row = Appointment.objects.select_related("applicant").filter(pk=letter.about).first()
    if row is None or not reader.has_perm(SERVE):
        return None
    steps = actions_for(row, now=timezone.now(), office=current_office())
    if not any(step.name == "resend" for step in steps):
        return None
    return reverse("admin:booking_appointment_resend", args=[row.pk])


@finds
def by_number(number: str) -> str | None:
    """The appointment or the invitation that has this number."""
    for model in (Appointment, Invitation):
        row = model._default_manager.filter(reference=number).first()
        if row is not None:
            return row.subject
    return None

"""What a person may ask of the office: a copy of their data, and to be forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from booking.actions.erasure import forget_applicant
from booking.models import Applicant, Appointment, PhoneCall, VisitNote
from config.foundation.actions import Refused, action
from config.foundation.audit import AccessRecord, record_access
from config.foundation.outbox import Notification
from config.foundation.staff import Staff
from documents.applications.actions.retention import erase
from documents.applications.models import Application, RequestedPaper
from pickup_box.actions.recalls import forget_deposit
from pickup_box.models import Deposit

# Keys and hashes stand for a person inside the product and tell the person nothing.
_INTERNAL = {
    "id",
    "person_key",
    "address_key",
    "proved_address_key",
    "codes",
    "code_hashes",
    "phone_codes",
    "texts",
    "applicant",
    "invitation",
    "issued_by",
    "withdrawn_by",
    "version",
    "written_by",
    "called_by",
    "sealed_key",
    "sealed_for",
    "recipient",
    "catalogue",
    "document_request",
    "taken_by",
    "application",
    "original",
    "leased_until",
    "upload_id",
    "sha512",
}


class RequestRefused(Refused):
    """Carries the sentence for whoever asked."""


def _owner(reference: str) -> Applicant | Deposit | Application:
    reference = reference.strip().upper()
    appointment = Appointment.objects.filter(reference=reference).first()
    if appointment is not None:
        return appointment.applicant
    invited = Applicant.objects.filter(invitation__reference=reference).first()
    if invited is not None:
        return invited
    application = Application.objects.filter(reference=reference).first()
    if application is not None:
        return application
    deposit = Deposit.objects.filter(reference=reference).first()
    if deposit is None:
        raise RequestRefused(
            _("There is no appointment, no invitation and no deposit with this reference.")
        )
    return deposit


def check_reference(reference: str) -> None:
    """Raises RequestRefused unless somebody stands behind `reference`."""
    _owner(reference)


def export_person(*, reference: str, by: Staff, reason: str, now: datetime) -> dict[str, Any]:
    """Everything about the person behind `reference` as plain data (Art. 15 and 20 GDPR).

    Records who exported it and why; raises RequestRefused for an unknown reference.
    """
    owner = _owner(reference)
    rows: list[Model] = [owner]
    if isinstance(owner, Applicant):
        rows += [*owner.appointments.all(), *owner.entries.all()]
        rows += [owner.invitation] if owner.invitation else []
        visits = {"appointment__applicant": owner}
        rows += [*VisitNote.objects.filter(**visits), *PhoneCall.objects.filter(**visits)]
    elif isinstance(owner, Application):
        rows += [*owner.members.all(), *owner.files.all(), *owner.absences.all()]
        rows += owner.document_requests.all()
        rows += RequestedPaper.objects.filter(document_request__application=owner)
    elif owner.consent is not None:
        rows.append(owner.consent)
    subjects = [f"{row._meta.model_name}/{row.pk}" for row in rows]
    record_access(by=by, kind=AccessRecord.Kind.EXPORT, subject=subjects[0], now=now, reason=reason)
    letters = Notification.objects.filter(subject__in=subjects)
    seen = AccessRecord.objects.filter(subject__in=subjects)
    return {
        "exported_at": now.isoformat(timespec="seconds"),
        "data": [_plain(row) for row in rows],
        "letters": [_plain(row) for row in letters],
        "seen by staff": [{"at": str(row.at), "what": row.kind} for row in seen],
    }


def forget_person(*, reference: str, now: datetime) -> None:
    """Blanks the person behind `reference` at once (Art. 17 GDPR).

    Raises RequestRefused for an unknown reference, and where an appointment is still to come or a
    document is still in the box: that is ended first, by its own action.
    """
    owner = _owner(reference)
    if isinstance(owner, Deposit):
        if owner.contact and not forget_deposit(deposit=owner):
            raise RequestRefused(_("The document is still on its way: end the deposit first."))
        return
    if isinstance(owner, Application):
        if owner.ended_at is None:
            raise RequestRefused(_("The application is still being reviewed: close it first."))
        erase(applications=[owner.pk], now=now)
        return
    if owner.forgotten_at is None:
        _forget(applicant=owner, now=now)
        owner.refresh_from_db()
    if owner.forgotten_at is None:
        raise RequestRefused(
            _(
                "An appointment, an invitation or a place on the waiting list is still open: end "
                "it first."
            )
        )


@action
def _forget(*, applicant: Applicant, now: datetime) -> None:
    forget_applicant(applicant, now=now)


def _plain(row: Model) -> dict[str, str]:
    fields: Iterable[Any] = row._meta.concrete_fields
    shown = {
        field.name: str(field.value_from_object(row))
        for field in fields
        if field.name not in _INTERNAL and field.value_from_object(row) not in (None, "", [], {})
    }
    return {"what": str(row._meta.verbose_name), **shown}

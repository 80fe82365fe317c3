"""The letter about an appointment on paper, for somebody whom no e-mail reaches."""

from __future__ import annotations

from django.contrib.admin import ModelAdmin
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import override

from booking.admin.applicants import require_serving
from booking.appointment_pdf import print_appointment
from booking.models import Appointment
from booking.states import SETTLED
from config.foundation.audit import AccessRecord, record_access
from config.foundation.office import current_office
from config.foundation.printing import inline_pdf
from config.foundation.staff import staff_of


def letter(desk: ModelAdmin[Appointment], request: HttpRequest, object_id: str) -> HttpResponseBase:
    """The letter in the person's language as a PDF; who prints it is in the access log."""
    require_serving(request)
    row = desk.get_object(request, object_id)
    if row is None or row.status not in SETTLED or not row.person_key:
        raise Http404
    now, language = timezone.now(), row.applicant.language
    record_access(by=staff_of(request), kind=AccessRecord.Kind.EXPORT, subject=row.subject, now=now)
    with override(language):
        content = print_appointment(row, office=current_office(), language=language, now=now)
    return inline_pdf(content, row.reference)

"""Signing out on this device."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from booking.actions.applicants import discard_draft
from booking.actions.refusals import PageOutdated
from booking.models import Applicant
from booking.views import applicant_session, form_subjects, repeated_requests
from config.foundation.redirects import see_other


@applicant_session.applicant_view("POST")
def end(request: HttpRequest) -> HttpResponse:
    """Ends everything here and deletes what was entered on that page; an appointment stays."""
    now = timezone.now()
    applicant = applicant_session.applicant_of(request, now=now)
    try:
        shown = _ended_person(request, applicant, now=now)
    except PageOutdated as refusal:
        context = {"acts_on": applicant or form_subjects.NOBODY, "applicant": applicant}
        return applicant_session.refused(request, "booking/end_page.html", refusal, context)
    if applicant is not None and shown == applicant.pk:
        discard_draft(applicant=applicant, now=now)
    repeated_requests.drop(request)
    request.session.flush()
    return see_other("booking:start", visit="ended")


def _ended_person(
    request: HttpRequest, applicant: Applicant | None, *, now: datetime
) -> int | None:
    """The key of the person whose page it is; raises NotYours or PageOutdated."""
    if form_subjects.named(request).startswith("applicant/"):
        form_subjects.check_draft(request, applicant, now=now)
        return applicant.pk if applicant else None
    appointment = form_subjects.appointment(request, now=now)
    form_subjects.check(request, appointment)
    return appointment.applicant_id

"""Everything once more, the declaration, and the receipt."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from config.foundation.actions import Refused
from config.foundation.language_switch import refill
from config.foundation.office import current_office, office_day
from config.foundation.printing import as_download, pdf_answer
from config.foundation.redirects import see_other
from config.foundation.texts import page_language
from documents.applications.actions import drafts, sending
from documents.applications.answers import said_by
from documents.applications.completeness import is_adult
from documents.applications.forms import DeclarationForm
from documents.applications.models import Application
from documents.applications.receipt_pdf import print_application_receipt
from documents.applications.states import SENT
from documents.applications.views.papers import papers_of
from documents.applications.views.session import acts_on, answer, own_page


@own_page("GET", "HEAD", "POST")
def review(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """Everything at a glance, and the one button that sends it."""
    if not application.is_verified:
        return see_other("applications:verify")
    members, today = list(application.members.all()), office_day(now)
    adults = [one for one in members if is_adult(one.birth_date, on=today)]
    form = DeclarationForm(request.POST if request.method == "POST" else None, adults=adults)
    refill(request, form)
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            sending.send(
                application=application,
                version=acts_on(request, application),
                arrived_at=now,
                on=today,
            )
            return see_other("applications:sent")
        except Refused as error:
            refusal = error
            application.refresh_from_db()
            if application.status in SENT:  # the same press twice
                return see_other("applications:sent")
    found = papers_of(application, now=now)
    if refusal is None and any(not one.is_done for one in found):
        return see_other("applications:papers")
    _catalogue, procedure = drafts.procedure_of(application)
    context = {
        "form": form,
        "application": application,
        "procedure": procedure,
        "said": said_by(application),
        "members": members,
        "papers": found,
    }
    return answer(request, "review", context, refusal)


@own_page("GET", "HEAD", sent=True)
def sent(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """The receipt: when it arrived, what with, and how it goes on."""
    _catalogue, procedure = drafts.procedure_of(application)
    needed = drafts.needed_by(application, on=office_day(now))
    context = {
        "application": application,
        "procedure": procedure,
        "members": application.members.all(),
        "papers": papers_of(application, now=now),
        "originals": needed.originals,
        "sent_at": timezone.localtime(application.sent_at, current_office().zone),
    }
    return answer(request, "sent", context)


@own_page("GET", "HEAD", sent=True)
def receipt(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """The receipt as a PDF to keep."""
    response = pdf_answer(
        request,
        lambda: print_application_receipt(
            application,
            papers_of(application, now=now),
            office=current_office(),
            language=page_language(),
            now=now,
        ),
        now=now,
    )
    return as_download(response, "receipt.pdf")

"""What the link in a letter leads to: where the application stands, and what is needed."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.foundation.actions import Refused
from config.foundation.dates import show_day
from config.foundation.numbers import whole_number
from config.foundation.office import current_office
from config.foundation.printing import as_download, pdf_answer
from config.foundation.redirects import see_other
from config.foundation.texts import page_language
from documents.applications.actions import document_requests, drafts, reviews
from documents.applications.labels import STATUS_SENTENCES
from documents.applications.links import application_of
from documents.applications.models import Application, DocumentRequest
from documents.applications.receipt_pdf import print_receipt
from documents.applications.states import OPEN, Status
from documents.applications.views.papers import Paper, overview_page, papers_of
from documents.applications.views.session import (
    acts_on,
    answer,
    is_asked_for_papers,
    is_opened_by_link,
    link_over,
    open_by_link,
    own_page,
)


@never_cache
@require_safe
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """Opens an application for a while: 404 for a link that never was, 410 once it is forgotten."""
    application = application_of(secret)
    if application is None or application.forgotten_at is not None:
        return link_over(request, status=404 if application is None else 410)
    if request.method == "GET":
        open_by_link(request, application, now=timezone.now())
    response = see_other("applications:manage")
    response["Referrer-Policy"] = "no-referrer"
    return response


@own_page("GET", "HEAD", sent=True)
def manage(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """Where it stands and what the office waits for; of what was sent titles and counts alone."""
    return manage_page(request, application)


def manage_page(
    request: HttpRequest, application: Application, refusal: Refused | None = None
) -> HttpResponse:
    """The page about an application that the office has."""
    _catalogue, procedure = drafts.procedure_of(application)
    asked = document_requests.open_request(application)
    supplied = application.document_requests.filter(is_supplied=True)
    context = {
        "application": application,
        "procedure": procedure,
        "standing": STATUS_SENTENCES[Status(application.status)],
        "due": show_day(asked.due_on) if asked else "",
        "asked": asked,
        "needed": _papers_of(application, asked) if asked else [],
        "is_invited": application.status == Status.INVITED,
        "may_withdraw": application.status in OPEN and is_opened_by_link(request),
        "may_supply": is_asked_for_papers(request, application),
        "papers": _papers_of(application),
        "supplied": [_papers_of(application, each) for each in supplied],
    }
    return answer(request, "manage", context, refusal)


def _papers_of(application: Application, asked: DocumentRequest | None = None) -> list[Paper]:
    return papers_of(application, now=timezone.now(), asked=asked)


@own_page("POST", sent=True, by_link=True)
def withdraw(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """Takes the application back for good."""
    try:
        version = acts_on(request, application)
        reviews.withdraw(application=application, version=version, by=None, now=now)
    except Refused as refusal:
        application.refresh_from_db()
        return manage_page(request, application, refusal)
    return see_other("applications:manage")


# --- what was asked for ---------------------------------------------------------------------------


@own_page("POST", sent=True, by_link=True)
def supply(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """Sends what was asked for, once."""
    try:
        document_requests.supply(
            application=application,
            request_id=whole_number(request.POST.get("request", ""), digits=18) or 0,
            version=acts_on(request, application),
            arrived_at=now,
        )
    except Refused as refusal:
        application.refresh_from_db()
        if is_asked_for_papers(request, application):
            return overview_page(request, application, now=now, refusal=refusal)
        return manage_page(request, application, refusal)
    return see_other("applications:supplied")


@own_page("GET", "HEAD", sent=True)
def supplied(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """The receipt of what was sent last."""
    last = _last_supplied(application)
    if last is None:
        return see_other("applications:manage")
    context = {
        "application": application,
        "arrived_at": timezone.localtime(last.ended_at, current_office().zone),
        "papers": _papers_of(application, last),
    }
    return answer(request, "supplied", context)


@own_page("GET", "HEAD", sent=True)
def receipt(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """The same as a PDF to keep."""
    last = _last_supplied(application)
    if last is None:
        return see_other("applications:manage")
    response = pdf_answer(
        request,
        lambda: print_receipt(
            application,
            _papers_of(application, last),
            heading=_("Your papers have arrived"),
            arrived_at=last.ended_at,
            closing=_("The office goes on checking your application."),
            office=current_office(),
            language=page_language(),
            now=now,
        ),
        now=now,
    )
    return as_download(response, "receipt.pdf")


def _last_supplied(application: Application) -> DocumentRequest | None:
    return application.document_requests.filter(is_supplied=True).last()

"""What the link in a letter leads to: where the application stands, and what is needed."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.foundation.dates import show_day
from config.foundation.redirects import see_other
from documents.applications.actions import document_requests, drafts
from documents.applications.labels import OBJECTION_SENTENCES, STATUS_SENTENCES
from documents.applications.links import application_of
from documents.applications.models import Application
from documents.applications.states import Status
from documents.applications.views.papers import papers_of
from documents.applications.views.session import answer, link_over, open_by_link, own_page


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
    return manage_page(request, application, now=now)


def manage_page(
    request: HttpRequest,
    application: Application,
    *,
    now: datetime,
) -> HttpResponse:
    """The page about an application that the office has."""
    _catalogue, procedure = drafts.procedure_of(application)
    asked = document_requests.open_request(application)
    objections = document_requests.asked_of(asked) if asked else {}
    found = papers_of(application, now=application.sent_at or now)
    context = {
        "application": application,
        "procedure": procedure,
        "standing": STATUS_SENTENCES[Status(application.status)],
        "asked": asked,
        "due": show_day(asked.due_on) if asked else "",
        "needed": [
            (paper, OBJECTION_SENTENCES[objections[paper.item.id]])
            for paper in found
            if paper.item.id in objections
        ],
        "papers": found,
    }
    return answer(request, "manage", context)

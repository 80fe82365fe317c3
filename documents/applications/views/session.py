"""Which application a browser may change and see, and what its forms act on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from config.foundation.actions import Refused
from config.foundation.clock import check_clock
from config.foundation.numbers import whole_number
from config.foundation.person_forms import say_at_first_field
from config.foundation.redirects import see_other
from config.foundation.texts import GERMAN, page_language
from documents.applications.actions.refusals import (
    ApplicationChanged,
    FileTooLarge,
    Incomplete,
    LengthMissing,
    NotWhole,
    StoreFull,
    TooManyAtOnce,
    WrongCode,
)
from documents.applications.models import Application, Intake
from documents.applications.readiness import missing_parts
from documents.applications.states import SENT, Status

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponse]
OwnPage = Callable[Concatenate[HttpRequest, Application, datetime, P], HttpResponse]
KEY = "application"
STATUSES: dict[type[Refused], int] = {
    LengthMissing: 411,
    FileTooLarge: 413,
    NotWhole: 422,
    Incomplete: 422,
    TooManyAtOnce: 503,
    StoreFull: 507,
}


def own_application(request: HttpRequest, *, now: datetime) -> Application | None:
    """The application of this browser: a draft that is not over, or what it sent within a day."""
    pk = request.session.get(KEY)
    found = Application.objects.filter(pk=pk, forgotten_at=None).first() if pk else None
    if found is None:
        return None
    keep = settings.RETENTION
    if found.status in SENT:
        return found if found.sent_at and now - found.sent_at < keep["DRAFT"] else None
    over = now - found.touched_at >= keep["DRAFT_IDLE"] or now - found.created_at >= keep["DRAFT"]
    return None if over else found


def remember(request: HttpRequest, application: Application) -> None:
    """This browser goes on with this application."""
    request.session[KEY] = application.pk


def forget(request: HttpRequest) -> None:
    """This browser knows of no application any more."""
    request.session.pop(KEY, None)


def first_open_procedure(*, now: datetime) -> str | None:
    """A procedure that can be applied for at `now` (UTC); None while there is none."""
    found = Intake.objects.open(now=now).order_by("procedure").first()
    return found.procedure if found is not None and not missing_parts() else None


def own_page(*methods: str, sent: bool = False) -> Callable[[OwnPage[P]], Page[P]]:
    """A page about this browser's draft, or with `sent` about what it has sent.

    404 to everybody else while nothing can be applied for; otherwise they begin at the start.
    """

    def decorate(view: OwnPage[P]) -> Page[P]:
        @wraps(view)
        def answering(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            now = timezone.now()
            application = own_application(request, now=now)
            if application is None:
                procedure = first_open_procedure(now=now)
                if procedure is None:
                    raise Http404
                return see_other("applications:start", procedure)
            if sent and application.status == Status.STARTED:
                return see_other("applications:papers")
            if not sent and application.status in SENT:
                return see_other("applications:sent")
            if request.method == "POST":
                check_clock(now=now)
            return view(request, application, now, *args, **kwargs)

        return never_cache(require_http_methods(list(methods))(answering))

    return decorate


def acts_on(request: HttpRequest, application: Application) -> int:
    """The version that a form names; raises ApplicationChanged for another application's form."""
    if request.POST.get("subject") != application.subject:
        raise ApplicationChanged
    return whole_number(request.POST.get("version", ""), digits=9) or 0


def is_for_script(request: HttpRequest) -> bool:
    """Whether a script of ours waits for the answer, which is no page then but a status."""
    return not request.accepts("text/html")


def answer(
    request: HttpRequest, template: str, context: dict[str, Any], refusal: Refused | None = None
) -> HttpResponse:
    """A page of this way; with the refusal where there is one: 409, or as above.

    To a script a refusal is its sentence.
    """
    form = context.get("form")
    if form is not None and isinstance(refusal, WrongCode):
        say_at_first_field(form, refusal)
        refusal = None
    status = 422 if form is not None and form.is_bound and form.errors else 200
    if refusal is not None:
        status = STATUSES.get(type(refusal), 409)
    context = {
        **context,
        "refusal": refusal,
        "unreviewed": page_language() != GERMAN,
        "is_demonstration": settings.APPLICATIONS.is_demonstration,
    }
    if refusal is not None and is_for_script(request):
        page = HttpResponse(refusal.sentence, status=status, content_type="text/plain")
    else:
        page = render(request, f"documents/applications/{template}.html", context, status=status)
    if status == 503:
        page["Retry-After"] = "60"
    return page

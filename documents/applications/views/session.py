"""Which application a browser may change and see, and what its forms act on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
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
    TooManyLookups,
    WrongCode,
)
from documents.applications.models import Application, Intake
from documents.applications.readiness import missing_parts
from documents.applications.states import SENT, Status

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponse]
OwnPage = Callable[Concatenate[HttpRequest, Application, datetime, P], HttpResponse]
KEY = "application"
OPENED = "application_link_opened_at"  # by the link in a letter, not by sending
ASIDE = "application_draft"  # begun in this browser before such a link was opened
STATUSES: dict[type[Refused], int] = {
    LengthMissing: 411,
    FileTooLarge: 413,
    NotWhole: 422,
    Incomplete: 422,
    TooManyAtOnce: 503,
    TooManyLookups: 429,
    StoreFull: 507,
}


def own_application(request: HttpRequest, *, now: datetime) -> Application | None:
    """The application of this browser: a draft that is not over, or what it sent within a day.

    What a link from a letter has opened stays open as long as a draft that nobody touches.
    """
    pk = request.session.get(KEY)
    found = Application.objects.filter(pk=pk, forgotten_at=None).first() if pk else None
    if found is None:
        return None
    keep = settings.RETENTION
    if OPENED in request.session:
        return found if _open_for(request, now=now) < keep["DRAFT_IDLE"] else None
    if found.status in SENT:
        return found if found.sent_at and now - found.sent_at < keep["DRAFT"] else None
    over = now - found.touched_at >= keep["DRAFT_IDLE"] or now - found.created_at >= keep["DRAFT"]
    return None if over else found


def remember(request: HttpRequest, application: Application) -> None:
    """This browser goes on with this application."""
    request.session[KEY] = application.pk
    request.session.pop(OPENED, None)


def open_by_link(request: HttpRequest, application: Application, *, now: datetime) -> None:
    """This browser shows the application of a letter; a draft that is here waits aside."""
    draft = own_application(request, now=now)
    if draft is not None and draft.status == Status.STARTED:
        request.session[ASIDE] = draft.pk
    request.session[KEY] = application.pk
    request.session[OPENED] = now.isoformat()


def go_on_with_draft(request: HttpRequest) -> None:
    """Takes up the draft again that was begun before a link was opened."""
    if OPENED in request.session and (draft := request.session.pop(ASIDE, None)):
        request.session[KEY] = draft
        del request.session[OPENED]


def forget(request: HttpRequest) -> None:
    """This browser knows of no application any more."""
    request.session.pop(KEY, None)


def _open_for(request: HttpRequest, *, now: datetime) -> timedelta:
    return now - datetime.fromisoformat(request.session[OPENED])


def has_anybody_applied() -> bool:
    """Whether a link to an application could be asked for."""
    return Application.objects.exclude(sent_at=None).filter(forgotten_at=None).exists()


def first_open_procedure(*, now: datetime) -> str | None:
    """A procedure that can be applied for at `now` (UTC); None while there is none."""
    found = Intake.objects.open(now=now).order_by("procedure").first()
    return found.procedure if found is not None and not missing_parts() else None


def own_page(
    *methods: str, sent: bool = False, supplies: bool = False, by_link: bool = False
) -> Callable[[OwnPage[P]], Page[P]]:
    """A page about this browser's draft, or with `sent` about what it has sent.

    With `supplies` also for somebody whom a letter asked for papers; with `by_link` for somebody
    who opened the link in a letter alone. 404 to everybody else while nothing can be applied for;
    otherwise they begin at the start.
    """

    def decorate(view: OwnPage[P]) -> Page[P]:
        @wraps(view)
        def answering(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            now = timezone.now()
            application = own_application(request, now=now)
            if application is None:
                return _nothing_here(request, now=now)
            if sent and application.status == Status.STARTED:
                return see_other("applications:papers")
            if by_link and not is_opened_by_link(request):
                return see_other("applications:manage")
            may_supply = supplies and is_asked_for_papers(request, application)
            if not sent and application.status in SENT and not may_supply:
                page = "manage" if is_opened_by_link(request) else "sent"
                return see_other(f"applications:{page}")
            if request.method == "POST":
                check_clock(now=now)
            try:
                return view(request, application, now, *args, **kwargs)
            except Application.DoesNotExist:  # ended in another window meanwhile
                return _nothing_here(request, now=now)

        return never_cache(require_http_methods(list(methods))(answering))

    return decorate


def is_opened_by_link(request: HttpRequest) -> bool:
    """Whether this browser acts for an application that the office has; others may only look.

    A browser that has sent one may belong to a shelter or a library.
    """
    return OPENED in request.session


def is_asked_for_papers(request: HttpRequest, application: Application) -> bool:
    """Whether this browser may send what the office asked for: by the link in the letter alone."""
    return application.status == Status.PAPERS_MISSING and is_opened_by_link(request)


def may_add_files(request: HttpRequest, application: Application) -> bool:
    """Whether this browser may upload: to a draft, or what the office asked for."""
    return application.status == Status.STARTED or is_asked_for_papers(request, application)


def _nothing_here(request: HttpRequest, *, now: datetime) -> HttpResponse:
    if is_opened_by_link(request):
        return link_over(request, status=403)
    procedure = first_open_procedure(now=now)
    if procedure is None:
        raise Http404
    return see_other("applications:start", procedure)


def link_over(request: HttpRequest, *, status: int) -> HttpResponse:
    """The page that says why a link, or what it has opened, shows nothing any more."""
    return render(request, "documents/applications/link_over.html", {}, status=status)


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

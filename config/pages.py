"""The pages around the way: contact, privacy, accessibility, imprint, and the language switch."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.translation import (
    check_for_language,
    get_language,
    get_language_from_path,
    ngettext,
    override,
)
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from booking.actions.refusals import Busy as BookingBusy
from booking.views import visit
from config.foundation.clock import ClockWrong
from config.foundation.office import NoOffice
from documents.catalogue import NoCatalogue
from pickup_box.moves import Busy as BoxBusy

# Answers that Django or a view may leave without a word.
BARE = {405, 410, 429, 503}


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Where the office is and how to reach it, also about barriers on this site."""
    return render(request, "pages/contact.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept, for how long and why."""
    kept = {name: period(kept) for name, kept in settings.RETENTION.items()}
    return render(request, "pages/privacy.html", {"kept": kept})


def period(kept: timedelta) -> str:
    """A span in the largest unit that says it exactly; a day is still "24 hours"."""
    hours = round(kept / timedelta(hours=1))
    days, rest = divmod(hours, 24)
    if rest or days == 1:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    years, rest = divmod(days, 365)
    if rest:
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    return ngettext("%(n)s year", "%(n)s years", years) % {"n": years}


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The statement the law asks for, and where to report a barrier."""
    return render(request, "pages/accessibility.html")


@require_safe
def imprint(request: HttpRequest) -> HttpResponse:
    """Who answers for this site."""
    return render(request, "pages/imprint.html")


@csrf_exempt  # Choosing a language must work without a cookie and can do no harm.
@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """The same page in another language, remembered for the next visit."""
    # Django finds the page again only in the language that its address is in.
    with override(get_language_from_path(request.POST.get("next", "")) or get_language()):
        answer: HttpResponse = set_language(request)
    chosen = request.POST.get("language", "")
    if check_for_language(chosen):
        visit.follow_switch(request, chosen)
    return answer


urlpatterns: list[URLPattern] = [
    path("contact/", contact, name="contact"),
    path("privacy/", privacy, name="privacy"),
    path("accessibility/", accessibility, name="accessibility"),
    path("imprint/", imprint, name="imprint"),
]


def server_error(request: HttpRequest) -> HttpResponse:
    """What went wrong inside; a database that is away or read-only will be back: 503, try again.

    So will a machine whose clock is wrong, or another one that answers instead, a fresh
    installation that has no office or no catalogue yet, and rows that somebody holds too long.
    """
    for_a_while = OperationalError | InterfaceError | InternalError | ClockWrong
    busy = BookingBusy | BoxBusy
    if isinstance(sys.exc_info()[1], for_a_while | busy | NoOffice | NoCatalogue):
        text = render_to_string("503.html")
        return HttpResponse(text, status=503, headers={"Retry-After": "10"})
    return HttpResponse(render_to_string("500.html"), status=500)


def problem_pages(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a bare refusal gets the page that says, in every language, what to do next."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code in BARE and not response.streaming and not response.content:
            response.content = render_to_string(f"{response.status_code}.html")
            response["Content-Type"] = "text/html; charset=utf-8"
        return response

    return answer

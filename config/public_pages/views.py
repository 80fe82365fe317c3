"""Contact, privacy, accessibility and imprint; the choice of a language; robots.txt."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import (
    check_for_language,
    get_language,
    get_language_from_path,
    get_language_from_request,
    override,
)
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from booking.views import applicant_session
from config.foundation import sms
from config.foundation.dates import say_period
from documents.applications.models import Intake


@require_safe
@never_cache
def redirect_to_language(request: HttpRequest) -> HttpResponse:
    """Leads to the start page in the remembered language, else in one the browser asks for."""
    response = HttpResponseRedirect(f"/{get_language_from_request(request)}/")
    response["Vary"] = "Accept-Language, Cookie"
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may show the start page and nothing that belongs to a person."""
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /*/manage/", "Disallow: /*/box/", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Where the office is and how to reach it, also about barriers on this site."""
    return render(request, "pages/contact.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept, for how long and why."""
    kept = {name: say_period(kept) for name, kept in settings.RETENTION.items()}
    context = {
        "kept": kept,
        "texts": sms.is_configured(),
        "applications": Intake.objects.exists(),  # closed again, papers are kept all the same
    }
    return render(request, "pages/privacy.html", context)


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
        applicant_session.follow_language_switch(request, chosen)
    return answer

"""A language chosen in the middle of a form: the same page, with everything typed so far.

The buttons of the languages belong to the form, so what was typed comes with them, and no cookie,
address or session keeps it. The page is shown as for GET: nothing is checked, counted or saved.
"""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils.translation import get_language, get_language_from_path

SWITCH = "switch_to"  # the name of the buttons in templates/components/languages.html


class LanguageSwitch:
    """Turns the POST of a language button into a GET that still knows what was typed.

    It stands behind the check of the token: no other site fills in a form here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def process_view(self, request: HttpRequest, view: object, *_more: object) -> None:
        """Puts the entries aside when the address is in the chosen language."""
        if getattr(view, "takes_files", False):
            return  # it says itself how the body may be read
        language = get_language_from_path(request.path_info)
        if request.method == "POST" and language and request.POST.get(SWITCH) == language:
            request.kept_entries = request.POST  # type: ignore[attr-defined]  # ours
            request.POST = QueryDict()
            request.method = "GET"

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The page; the language is remembered as by the switch on any other page."""
        response = self.get_response(request)
        if is_switched(request):
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                get_language() or settings.LANGUAGE_CODE,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                path=settings.LANGUAGE_COOKIE_PATH,
                domain=settings.LANGUAGE_COOKIE_DOMAIN,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
                samesite=settings.LANGUAGE_COOKIE_SAMESITE,
            )
        return response


def is_switched(request: HttpRequest) -> bool:
    """Whether the person has just chosen the language of this page in the middle of its form."""
    return bool(kept_entries(request))


def kept_entries(request: HttpRequest) -> QueryDict:
    """What was typed before the language was chosen; empty on every other request."""
    return getattr(request, "kept_entries", None) or QueryDict()


def refill(request: HttpRequest, form: forms.Form) -> None:
    """Puts what was typed before the language was chosen into a form that is not sent yet."""
    entries = kept_entries(request)
    if not entries or form.is_bound:
        return
    for name, field in form.fields.items():
        form.initial[name] = field.widget.value_from_datadict(entries, {}, form.add_prefix(name))

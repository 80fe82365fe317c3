"""Spouses and children who apply together with the person of this application."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from config.foundation.actions import Refused
from config.foundation.language_switch import refill
from config.foundation.numbers import whole_number
from config.foundation.office import office_day
from config.foundation.redirects import see_other
from config.foundation.texts import page_language
from documents.applications.actions import drafts, family
from documents.applications.actions.refusals import NotEligible
from documents.applications.completeness import (
    family_excluded,
    questions_of_member,
    takes_family,
)
from documents.applications.forms import MemberForm
from documents.applications.limits import MEMBERS_AT_MOST
from documents.applications.models import Application
from documents.applications.states import Role
from documents.applications.views.session import acts_on, answer, own_page


@own_page("GET", "HEAD", "POST")
def members(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """Who applies, too, and a form for one more; why not, before a name is asked."""
    if not application.is_verified:
        return see_other("applications:verify")
    form = _form(request, application, now=now)
    if request.method != "POST" or not form.is_valid():
        return _page(request, application, form)
    names = {name: form.cleaned_data[name] for name in ("family_name", "given_names", "birth_date")}
    try:
        member = family.add_member(
            application=application,
            version=acts_on(request, application),
            role=Role(form.cleaned_data["role"]),
            answers=form.answers(),
            now=now,
            **names,
        )
    except Refused as refusal:
        application.refresh_from_db()
        return _page(request, application, form, refusal)
    is_late = member in drafts.who_is_late(application, now=now)
    return see_other("applications:urgent" if is_late else "applications:family")


@own_page("POST")
def remove(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """Takes somebody out again, with their papers."""
    try:
        family.remove_member(
            application=application,
            version=acts_on(request, application),
            member_id=whole_number(request.POST.get("member", ""), digits=18) or 0,
            now=now,
        )
    except Refused as refusal:
        application.refresh_from_db()
        return _page(request, application, _form(None, application, now=now), refusal)
    _catalogue, procedure = drafts.procedure_of(application)
    has_page = takes_family(procedure) or application.members.exists()
    return see_other("applications:family" if has_page else "applications:papers")


def _form(request: HttpRequest | None, application: Application, *, now: datetime) -> MemberForm:
    _catalogue, procedure = drafts.procedure_of(application)
    if not takes_family(procedure) and not application.members.exists():
        raise Http404
    form = MemberForm(
        request.POST if request is not None and request.method == "POST" else None,
        today=office_day(now),
        questions=questions_of_member(procedure),
        language=page_language(),
    )
    if request is not None:
        refill(request, form)
    return form


def _page(
    request: HttpRequest,
    application: Application,
    form: MemberForm,
    refusal: Refused | None = None,
) -> HttpResponse:
    there = list(application.members.all())
    _catalogue, procedure = drafts.procedure_of(application)
    stop = family_excluded(procedure, drafts.answers_of(application).facts)
    if isinstance(refusal, NotEligible):
        stop = refusal.stop
    may_add = takes_family(procedure) and len(there) < MEMBERS_AT_MOST
    context = {
        "application": application,
        "members": there,
        "stop": stop,
        "form": form if may_add and stop is None else None,
        "keeps": reverse("applications:family"),
    }
    return answer(request, "family", context, refusal)

"""Start, questions, person and code: until the papers can come."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from config.foundation import limits
from config.foundation.actions import Refused
from config.foundation.clock import check_clock
from config.foundation.dates import show_birth_date
from config.foundation.language_switch import refill
from config.foundation.office import office_day
from config.foundation.person_forms import CodeForm
from config.foundation.redirects import see_other
from config.foundation.texts import page_language
from documents.applications.actions import drafts, verification
from documents.applications.actions.refusals import NotEligible
from documents.applications.completeness import questions_to_ask
from documents.applications.forms import ApplicantForm
from documents.applications.models import Application, Intake
from documents.applications.readiness import open_intake
from documents.applications.states import Status
from documents.applications.views.session import (
    acts_on,
    answer,
    forget,
    go_on_with_draft,
    has_anybody_applied,
    own_application,
    own_page,
    remember,
)
from documents.catalogue import procedure_on
from documents.catalogue_types import Procedure
from documents.forms import AnswersForm


def _intake(slug: str, *, now: datetime) -> tuple[Intake, Procedure]:
    intake = open_intake(slug, now=now)
    if intake is None:
        raise Http404
    return intake, procedure_on(slug, on=office_day(now))[1]


@never_cache
@require_safe
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """What is needed, how it goes, and that nothing can be kept for tomorrow."""
    now = timezone.now()
    _found, procedure = _intake(slug, now=now)
    go_on_with_draft(request)
    draft = own_application(request, now=now)
    goes_on = draft is not None and draft.status == Status.STARTED
    context = {"procedure": procedure, "goes_on": goes_on, "finds": has_anybody_applied()}
    return answer(request, "start", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, slug: str) -> HttpResponse:
    """The questions of the catalogue; a stop says where the person has to go instead."""
    now = timezone.now()
    today = office_day(now)
    _found, procedure = _intake(slug, now=now)
    go_on_with_draft(request)
    draft = own_application(request, now=now)
    if draft is not None and (draft.status != Status.STARTED or draft.procedure != slug):
        draft = None
    form = AnswersForm(
        request.POST if request.method == "POST" else None,
        questions=questions_to_ask(procedure),
        language=page_language(),
        answers=drafts.answers_of(draft) if draft else None,
    )
    refill(request, form)
    context = {"procedure": procedure, "form": form, "application": draft}
    if request.method != "POST" or not form.is_valid():
        return answer(request, "questions", context)
    check_clock(now=now)
    answers = form.answers()
    try:
        if draft is not None:
            if "subject" not in request.POST and answers == drafts.answers_of(draft):
                return see_other("applications:contact")  # the same first form twice
            version = acts_on(request, draft)
            drafts.save_answers(
                application=draft, version=version, answers=answers, now=now, on=today
            )
        else:
            draft = drafts.open_draft(
                procedure=slug,
                answers=answers,
                language=page_language(),
                visitor=limits.client_address(request),
                now=now,
                on=today,
            )
    except NotEligible as refusal:
        return answer(request, "stop", {**context, "stop": refusal.stop})
    except Refused as refusal:
        return answer(request, "questions", context, refusal)
    remember(request, draft)
    if drafts.who_is_late(draft, now=now):
        return see_other("applications:urgent")
    return see_other("applications:contact")


@own_page("GET", "HEAD")
def urgent(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """A title or the first months end soon: a short message today is an application, too."""
    late = drafts.who_is_late(application, now=now) or [application]
    said = [drafts.answers_of(one) for one in late]
    context = {
        "application": application,
        "late": late,
        "is_family": late != [application],
        "title_ends": any("title_ends_on" in answers.days for answers in said),
        "extends": any("extension" in answers.facts for answers in said),
    }
    return answer(request, "urgent", context)


@own_page("GET", "HEAD", "POST")
def contact(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """Who applies, and the address that the code goes to."""
    entered = {
        "family_name": application.family_name,
        "given_names": application.given_names,
        "birth_date": show_birth_date(application.birth_date) if application.birth_date else "",
        "email": application.email,
        "phone": application.phone,
    }
    form = ApplicantForm(
        request.POST if request.method == "POST" else None,
        initial=entered,
        today=office_day(now),
    )
    refill(request, form)
    context = {"form": form, "application": application}
    if request.method != "POST" or not form.is_valid():
        return answer(request, "contact", context)
    try:
        version = acts_on(request, application)
        drafts.save_person(
            application=application,
            version=version,
            **form.cleaned_data,
            language=page_language(),
            now=now,
        )
    except Refused as refusal:
        application.refresh_from_db()
        return answer(request, "contact", context, refusal)
    if application.is_verified:
        return see_other("applications:papers")
    with suppress(Refused):  # the next page offers another one
        verification.request_code(application=application, now=now)
    return see_other("applications:verify")


@own_page("GET", "HEAD", "POST")
def verify(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """The code of the letter."""
    if not application.email:
        return see_other("applications:contact")
    if application.is_verified:
        return see_other("applications:papers")
    form = CodeForm(request.POST if request.method == "POST" else None)
    refill(request, form)
    context = {"form": form, "application": application}
    if request.method != "POST" or not form.is_valid():
        return answer(request, "verify", context)
    try:
        acts_on(request, application)
        verification.verify_code(application=application, code=form.cleaned_data["code"], now=now)
    except Refused as refusal:
        return answer(request, "verify", context, refusal)
    return see_other("applications:papers")


@own_page("POST")
def resend(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """Another code."""
    if not application.email:
        return see_other("applications:contact")
    try:
        acts_on(request, application)
        verification.request_code(application=application, now=now)
    except Refused as refusal:
        context = {"form": CodeForm(), "application": application}
        return answer(request, "verify", context, refusal)
    return see_other("applications:verify")


@own_page("POST")
def end(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """Deletes everything that was entered and sent so far, at once."""
    if request.POST.get("subject") != application.subject:
        return see_other("applications:papers")  # an old page: this draft goes on
    drafts.end_draft(application=application, now=now)
    forget(request)
    messages.success(request, _("Everything you entered and uploaded has been deleted."))
    return see_other("applications:start", application.procedure)

"""What people read without booking anything: questions, lists, sheets."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from config.foundation import prefill
from config.foundation.contacts import mailboxes, provided
from config.foundation.office import current_office, in_language, office_day
from config.foundation.pickup_point import pickup_addresses
from config.foundation.printing import Memory, pdf_answer
from config.foundation.texts import page_language
from documents.answer_codes import Answers, decode, decode_some, encode, unanswered
from documents.catalogue import shown_on, version_on
from documents.catalogue_types import Catalogue, Procedure, Question
from documents.checklist import checklist, reason_for_urgency
from documents.checklist_pdf import print_checklist
from documents.forms import AnswersForm
from documents.pages import ask, show
from documents.steps import Step, spoken

# One list with these answers is the same for everybody on the same day.
PRINTED = Memory(4_000_000)


def _today() -> tuple[datetime, date]:
    now = timezone.now()
    return now, office_day(now)


def _procedure(slug: str, *, on: date) -> tuple[Catalogue, Procedure]:
    catalogue = shown_on(on)
    procedure = catalogue.procedure(slug)
    if procedure is None:
        raise Http404
    return catalogue, procedure


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every procedure and every sheet."""
    catalogue = shown_on(_today()[1])
    return render(
        request,
        "documents/index.html",
        {
            "procedures": [one for one in catalogue.procedures if one.kind == "procedure"],
            "sheets": [one for one in catalogue.procedures if one.kind != "procedure"],
            "unreviewed": not catalogue.reviewed(page_language()),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, slug: str) -> HttpResponse:
    """The questions, or the first of many; all answers at once lead to the list as well.

    The answers become a short code in the address of the list.
    """
    today = _today()[1]
    catalogue, procedure = _procedure(slug, on=today)
    if not procedure.questions:
        return show(request, catalogue, procedure, Answers(), today=today)
    form = _form(request, procedure.questions)
    if form.is_valid():
        return redirect("documents:list", slug, encode(procedure, form.answers()))
    if not procedure.has_long_form:
        return ask(request, catalogue, procedure, form)
    answers, number = Answers(), 1
    if form.is_bound:
        answers = form.answers()
        number = 1 + next(i for i, one in enumerate(procedure.questions) if one.id in form.errors)
    return _ask_one(request, catalogue, procedure, Step(procedure, number, answers))


@require_http_methods(["GET", "HEAD", "POST"])
def step(
    request: HttpRequest, slug: str, number: int, code: str, *, change: bool = False
) -> HttpResponse:
    """One question of many; what was answered before is in the address."""
    catalogue, procedure = _procedure(slug, on=_today()[1])
    if not procedure.has_long_form or not 1 <= number <= len(procedure.questions):
        raise Http404
    answers = decode_some(procedure, code)
    if answers is None:
        return _ask_again(request, catalogue, procedure)
    return _ask_one(request, catalogue, procedure, Step(procedure, number, answers, change))


def _ask_one(
    request: HttpRequest, catalogue: Catalogue, procedure: Procedure, step: Step
) -> HttpResponse:
    form = _form(request, [step.question], step)
    if form.is_valid():
        return redirect(step.after(form.answers()))
    return ask(request, catalogue, procedure, form, step=step)


def _ask_again(request: HttpRequest, catalogue: Catalogue, procedure: Procedure) -> HttpResponse:
    """The questions from the beginning, because they are not those of the address."""
    step = Step(procedure, 1, Answers()) if procedure.has_long_form else None
    asked = [step.question] if step else procedure.questions
    form = AnswersForm(questions=asked, language=page_language())
    return ask(request, catalogue, procedure, form, step=step, changed=True)


def _form(request: HttpRequest, asked: Sequence[Question], step: Step | None = None) -> AnswersForm:
    # whoever comes back to a question has left empty what is empty
    known = {} if step and step.change else prefill.stored_answers(request.session)
    return AnswersForm(
        request.POST if request.method == "POST" else None,
        questions=asked,
        language=page_language(),
        answers=step.answers if step else None,
        initial=known,
    )


@require_GET
def answers_page(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Every answer before the list, each with the way to change it."""
    catalogue, procedure = _procedure(slug, on=_today()[1])
    answers = decode_some(procedure, code)
    if answers is None:
        return _ask_again(request, catalogue, procedure)
    if lacking := unanswered(procedure, answers):
        number = 1 + procedure.questions.index(lacking[0])
        return redirect("documents:step", slug, number, code)
    context = {
        "procedure": procedure,
        "rows": [
            (one.title, spoken(one, answers), reverse("documents:change", args=[slug, i, code]))
            for i, one in enumerate(procedure.questions, start=1)
        ],
        "list": reverse("documents:list", args=[slug, code]),
        "back": reverse("documents:step", args=[slug, len(procedure.questions), code]),
        "unreviewed": not catalogue.reviewed(page_language()),
    }
    return render(request, "documents/answers.html", context)


@require_GET
def checklist_page(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """The list for the answers in the code; an outdated code asks again."""
    today = _today()[1]
    catalogue, procedure = _procedure(slug, on=today)
    answers = decode(procedure, code)
    if answers is None:
        return _ask_again(request, catalogue, procedure)
    return show(request, catalogue, procedure, answers, today=today)


def _office_says() -> Hashable:
    # what a PDF takes from the office's data; it is printed anew when that changes
    office = current_office()
    links = [(row.address, in_language(row.name), row.places) for row in provided()]
    written = [(one.address, in_language(one.name)) for one in mailboxes()]
    where = (office.postal_address, office.visitor_address, *pickup_addresses())
    how = (office.phone, in_language(office.opening_hours))
    return (where, how, tuple(links), tuple(written))


@require_GET
def pdf(request: HttpRequest, slug: str, code: str = "") -> HttpResponse:
    """The same list as a PDF to keep on the phone or to print."""
    now, today = _today()
    catalogue, procedure = _procedure(slug, on=today)
    answers = decode(procedure, code) if procedure.questions else Answers()
    if answers is None:
        raise Http404
    back = ("documents:list", [slug, code]) if code else ("documents:questions", [slug])
    language, address = page_language(), request.build_absolute_uri(reverse(back[0], args=back[1]))
    response = pdf_answer(
        request,
        lambda: print_checklist(
            checklist(catalogue, procedure, answers.facts, today, days=answers.days),
            language=language,
            address=address,
            reviewed=catalogue.reviewed(language),
            now=now,
            reason_for_urgency=reason_for_urgency(answers.days.get("title_ends_on"), today),
        ),
        now=now,
        memory=PRINTED,
        key=(version_on(today), today, language, address, _office_says()),
    )
    if response.status_code == 200:
        response["Content-Disposition"] = f'inline; filename="{slug}.pdf"'
    return response

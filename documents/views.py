"""What people read without booking anything: questions, lists, sheets."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from config.foundation import prefill
from config.foundation.contacts import mailboxes, provided
from config.foundation.office import current_office, in_language
from config.foundation.pickup_point import pickup_addresses
from config.foundation.printing import Memory, pdf_answer
from config.foundation.texts import page_language
from documents.answer_codes import Answers, decode, encode
from documents.catalogue import NoProcedure, catalogue_on, procedure_on, version_on
from documents.catalogue_types import Catalogue, Procedure
from documents.checklist import checklist, reason_for_urgency
from documents.checklist_pdf import print_checklist
from documents.forms import AnswersForm
from documents.pages import ask, show

# One list with these answers is the same for everybody on the same day.
PRINTED = Memory(4_000_000)


def _today() -> tuple[datetime, date]:
    now = timezone.now()
    return now, timezone.localdate(now)


def _procedure(slug: str, *, on: date) -> tuple[Catalogue, Procedure]:
    try:
        return procedure_on(slug, on=on)
    except NoProcedure as unknown:
        raise Http404 from unknown


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every procedure and every sheet."""
    catalogue = catalogue_on(_today()[1])
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
    """A few questions; the answers become a short code in the address of the list."""
    today = _today()[1]
    catalogue, procedure = _procedure(slug, on=today)
    if not procedure.questions:
        return show(request, catalogue, procedure, Answers(), today=today)
    known = prefill.stored_answers(request.session)
    form = AnswersForm(
        request.POST or None, procedure=procedure, language=page_language(), initial=known
    )
    if form.is_valid():
        return redirect("documents:list", slug, encode(procedure, form.answers()))
    return ask(request, catalogue, procedure, form)


@require_GET
def checklist_page(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """The list for the answers in the code; an outdated code asks again."""
    today = _today()[1]
    catalogue, procedure = _procedure(slug, on=today)
    answers = decode(procedure, code)
    if answers is None:
        form = AnswersForm(procedure=procedure, language=page_language())
        return ask(request, catalogue, procedure, form, changed=True)
    return show(request, catalogue, procedure, answers, today=today)


def _office_says() -> Hashable:
    # what a PDF takes from the office's data; it is printed anew when that changes
    office = current_office()
    links = [(row.address, in_language(row.name), row.places) for row in provided()]
    written = [(one.address, in_language(one.name)) for one in mailboxes()]
    where = (office.postal_address, office.visitor_address, *pickup_addresses())
    return (where, tuple(links), tuple(written))


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

"""What people read without booking anything: questions, lists, sheets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from config.foundation.sheets import qr_svg
from documents.catalogue import NoProcedure, catalogue_on, procedure_on
from documents.checklist import Checklist, checklist
from documents.codes import Answers, decode, encode
from documents.entries import GERMAN, Catalogue, Procedure
from documents.forms import AnswersForm
from documents.printing import print_checklist


def _today() -> tuple[datetime, date]:
    now = timezone.now()
    return now, timezone.localdate(now)


def _procedure(slug: str, *, on: date) -> tuple[Catalogue, Procedure]:
    try:
        return procedure_on(slug, on=on)
    except NoProcedure as unknown:
        raise Http404 from unknown


def _language() -> str:
    return get_language() or GERMAN


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every procedure and every sheet."""
    catalogue = catalogue_on(_today()[1])
    return render(
        request,
        "documents/index.html",
        {
            "procedures": [one for one in catalogue.procedures if one.kind == "procedure"],
            "sheets": [one for one in catalogue.procedures if one.kind == "sheet"],
            "unreviewed": not catalogue.reviewed(_language()),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, slug: str) -> HttpResponse:
    """A few questions; the answers become a short code in the address of the list."""
    catalogue, procedure = _procedure(slug, on=_today()[1])
    if not procedure.questions:
        return _show(request, catalogue, procedure, Answers())
    form = AnswersForm(request.POST or None, procedure=procedure, language=_language())
    if form.is_bound and form.is_valid():
        return redirect("documents:list", slug, encode(procedure, form.answers()))
    return _ask(request, catalogue, procedure, form, status=422 if form.is_bound else 200)


def _ask(
    request: HttpRequest, catalogue: Catalogue, procedure: Procedure, form: AnswersForm, **how: Any
) -> HttpResponse:
    return render(
        request,
        "documents/questions.html",
        {
            "procedure": procedure,
            "form": form,
            "changed": how.pop("changed", False),
            "unreviewed": not catalogue.reviewed(_language()),
        },
        **how,
    )


@require_GET
def checklist_page(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """The list for the answers in the code; an outdated code asks again."""
    catalogue, procedure = _procedure(slug, on=_today()[1])
    answers = decode(procedure, code)
    if answers is None:
        form = AnswersForm(procedure=procedure, language=_language())
        return _ask(request, catalogue, procedure, form, status=404, changed=True)
    return _show(request, catalogue, procedure, answers)


def _show(
    request: HttpRequest, catalogue: Catalogue, procedure: Procedure, answers: Answers
) -> HttpResponse:
    today = _today()[1]
    found = checklist(catalogue, procedure, answers.facts, today, days=answers.days)
    here = request.build_absolute_uri(request.path)
    return render(
        request,
        "documents/list.html",
        {
            "list": found,
            "today": today,
            "have": {int(n) for n in request.GET.getlist("have") if n.isdecimal() and len(n) < 5},
            "pdf": _pdf_address(procedure, answers),
            "side_by_side": request.GET.get("view") == "print",
            "qr": qr_svg(here, title=str(found.procedure.title.to(_language()))),
            "unreviewed": not catalogue.reviewed(_language()),
        },
    )


def _pdf_address(procedure: Procedure, answers: Answers) -> str:
    if not procedure.questions:
        return reverse("documents:sheet_pdf", args=[procedure.id])
    return reverse("documents:list_pdf", args=[procedure.id, encode(procedure, answers)])


@require_GET
def pdf(request: HttpRequest, slug: str, code: str = "") -> HttpResponse:
    """The same list as a PDF to keep on the phone or to print."""
    now, today = _today()
    catalogue, procedure = _procedure(slug, on=today)
    answers = decode(procedure, code) if procedure.questions else Answers()
    if answers is None:
        raise Http404
    found: Checklist = checklist(catalogue, procedure, answers.facts, today, days=answers.days)
    back = reverse("documents:list", args=[slug, code]) if code else request.path
    sheet = print_checklist(
        found,
        language=_language(),
        address=request.build_absolute_uri(back.removesuffix("sheet.pdf")),
        reviewed=catalogue.reviewed(_language()),
        now=now,
    )
    response = HttpResponse(sheet, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{slug}.pdf"'
    return response

"""The pages of the assistant, the same for people and for the office's preview of a draft."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, translate_url

from config.foundation.language_switch import refill
from config.foundation.sheets import qr_svg
from config.foundation.texts import page_language
from documents.answer_codes import Answers, encode
from documents.catalogue_types import GERMAN, Catalogue, Procedure
from documents.checklist import checklist, reason_for_urgency
from documents.checklist_pdf import SIGNATURE_LINES
from documents.forms import AnswersForm


def ask(
    request: HttpRequest,
    catalogue: Catalogue,
    procedure: Procedure,
    form: AnswersForm,
    *,
    changed: bool = False,
    preview: bool = False,
) -> HttpResponse:
    """The questions; 422 with what is wrong, 404 when an old link no longer fits."""
    refill(request, form)
    status = 404 if changed else 422 if form.is_bound else 200
    context: dict[str, Any] = {
        "procedure": procedure,
        "form": form,
        "changed": changed,
        "preview": preview,
        "keeps": reverse("documents:questions", args=[procedure.id]),
        "unreviewed": not catalogue.reviewed(page_language()),
    }
    return render(request, "documents/questions.html", context, status=status)


def show(
    request: HttpRequest,
    catalogue: Catalogue,
    procedure: Procedure,
    answers: Answers,
    *,
    today: date,
    preview: bool = False,
) -> HttpResponse:
    """The list, or the sheet, for these answers."""
    found = checklist(catalogue, procedure, answers.facts, today, days=answers.days)
    here = request.build_absolute_uri(request.path)
    context = {
        "list": found,
        "deadlines": [note for note in found.notes if note.kind == "deadline"],
        "warnings": [note for note in found.notes if note.kind == "warning"],
        "infos": [note for note in found.notes if note.kind == "info"],
        "today": today,
        "typed": [
            (one.title, answers.days[one.id])
            for one in procedure.questions
            if one.id in answers.days
        ],
        "urgency": reason_for_urgency(answers.days.get("title_ends_on"), today),
        "signature_lines": SIGNATURE_LINES,
        "have": {int(n) for n in request.GET.getlist("have") if n.isdecimal() and len(n) < 5},
        "pdf": _pdf_address(procedure, answers),
        "german_pdf": translate_url(_pdf_address(procedure, answers), GERMAN),
        "side_by_side": request.GET.get("view") == "print",
        "qr": qr_svg(here, title=found.procedure.title.to(page_language())),
        "preview": preview,
        "unreviewed": not catalogue.reviewed(page_language()),
    }
    return render(request, "documents/list.html", context)


def _pdf_address(procedure: Procedure, answers: Answers) -> str:
    if not procedure.questions:
        return reverse("documents:sheet_pdf", args=[procedure.id])
    return reverse("documents:list_pdf", args=[procedure.id, encode(procedure, answers)])

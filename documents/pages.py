"""The pages of the assistant, the same for people and for the office's preview of a draft."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, translate_url

from config.foundation.language_switch import refill
from config.foundation.numbers import whole_number
from config.foundation.sheets import qr_svg
from config.foundation.texts import page_language
from documents.answer_codes import Answers, encode
from documents.catalogue_types import GERMAN, Catalogue, Procedure
from documents.checklist import checklist, reason_for_urgency
from documents.checklist_pdf import SIGNATURE_LINES
from documents.forms import AnswersForm
from documents.mail_link import mail_link
from documents.steps import Step
from documents.wording import titled


def ask(
    request: HttpRequest,
    catalogue: Catalogue,
    procedure: Procedure,
    form: AnswersForm,
    *,
    step: Step | None = None,
    changed: bool = False,
    preview: bool = False,
) -> HttpResponse:
    """The questions, or one of many; 422 with what is wrong, 404 when a link no longer fits."""
    refill(request, form)
    status = 404 if changed else 422 if form.is_bound else 200
    context: dict[str, Any] = {
        "procedure": procedure,
        "form": form,
        "changed": changed,
        "preview": preview,
        "keeps": step.here if step else reverse("documents:questions", args=[procedure.id]),
        "step": step,
        "pictures": [
            f"documents/pictures/{one.picture}.html"
            for one in procedure.questions
            if one.picture and one.id in form.fields
        ],
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
    language = page_language()
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
        "have": {whole_number(n, digits=4) for n in request.GET.getlist("have")},
        "pdf": _pdf_address(procedure, answers),
        "german_pdf": translate_url(_pdf_address(procedure, answers), GERMAN),
        "side_by_side": request.GET.get("view") == "print",
        "change": _change_address(procedure, answers),
        "address": here,
        "mail_link": mail_link(
            procedure.title.to(language), [titled(one, language) for one in found.items], here
        ),
        "qr": qr_svg(here, title=found.procedure.title.to(page_language())),
        "preview": preview,
        "unreviewed": not catalogue.reviewed(page_language()),
    }
    return render(request, "documents/list.html", context)


def _change_address(procedure: Procedure, answers: Answers) -> str:
    if procedure.has_long_form:
        return reverse("documents:answers", args=[procedure.id, encode(procedure, answers)])
    return reverse("documents:questions", args=[procedure.id])


def _pdf_address(procedure: Procedure, answers: Answers) -> str:
    if not procedure.questions:
        return reverse("documents:sheet_pdf", args=[procedure.id])
    return reverse("documents:list_pdf", args=[procedure.id, encode(procedure, answers)])

"""Asking for papers again: which, why, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.foundation.actions import Refused
from config.foundation.admin_bases import AccessLoggedReadOnlyAdmin
from config.foundation.audit import AccessRecord
from config.foundation.day_inputs import DayInput
from config.foundation.numbers import whole_number
from config.foundation.office import office_day
from config.foundation.staff import staff_of
from documents.applications.actions import document_requests, drafts
from documents.applications.completeness import NeededPaper
from documents.applications.labels import OBJECTION_SENTENCES
from documents.applications.limits import REQUEST_DAYS, REQUEST_DAYS_AT_MOST
from documents.applications.models import Application
from documents.applications.states import Objection, Status
from documents.applications.transitions import TransitionNotAllowed

REVIEW = "applications.review_application"


class RequestForm(forms.Form):
    """An objection for each paper that is needed again, and the last day for all of them."""

    due_on = forms.DateField(label=gettext_lazy("Needed by"), widget=DayInput)

    def __init__(
        self, *args: Any, papers: Sequence[NeededPaper], today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self._papers, self._today = papers, today
        self.fields["due_on"].initial = today + timedelta(days=REQUEST_DAYS)
        choices = [(each.value, sentence) for each, sentence in OBJECTION_SENTENCES.items()]
        for number, paper in enumerate(papers, start=1):
            self.fields[f"paper_{number}"] = forms.ChoiceField(
                label=paper.title_at_desk,
                choices=[("", gettext_lazy("not needed again")), *choices],
                required=False,
            )
        self.order_fields([*(f"paper_{at}" for at in range(1, len(papers) + 1)), "due_on"])

    def clean_due_on(self) -> date:
        """A day to come, and no endless one."""
        day: date = self.cleaned_data["due_on"]
        if not self._today < day <= self._today + timedelta(days=REQUEST_DAYS_AT_MOST):
            raise ValidationError(
                _("Please choose a day from tomorrow on, at most %(days)s days from now.")
                % {"days": REQUEST_DAYS_AT_MOST}
            )
        return day

    def clean(self) -> None:
        """One paper at least."""
        if not self.papers:
            raise ValidationError(_("Please say for one paper at least why it is needed again."))

    @property
    def papers(self) -> dict[str, Objection]:
        """The papers that are needed again, each with the reason."""
        said = [self.cleaned_data.get(f"paper_{at + 1}") for at in range(len(self._papers))]
        return {
            paper.id: Objection(why) for paper, why in zip(self._papers, said, strict=True) if why
        }


class RequestsPapers(AccessLoggedReadOnlyAdmin):
    """The page on which a caseworker asks for papers again."""

    def request_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """One press asks for everything at once, and the person gets a letter."""
        row: Application = self.row_for(request, object_id, permission=REVIEW)
        now, by = timezone.now(), staff_of(request)
        if row.forgotten_at is not None:
            raise Http404
        refusal: Refused | None = None
        needed = drafts.needed_by(row, on=office_day(now))
        form = RequestForm(
            request.POST if request.method == "POST" else None,
            papers=needed.papers,
            today=office_day(now),
        )
        if request.method == "POST" and form.is_valid():
            try:
                if request.POST.get("subject") != row.subject:
                    raise TransitionNotAllowed
                document_requests.request_papers(
                    application=row,
                    version=whole_number(request.POST.get("version", ""), digits=9) or 0,
                    papers=form.papers,
                    due_on=form.cleaned_data["due_on"],
                    by=by,
                    now=now,
                )
            except Refused as refused:
                refusal = refused
                row.refresh_from_db()
            else:
                self.record(request, AccessRecord.Kind.VIEW, row.subject)
                messages.success(request, _("Done by %(by)s.") % {"by": by})
                return redirect("admin:applications_application_change", row.pk)
        elif request.method != "POST" and row.status != Status.IN_REVIEW:
            refusal = TransitionNotAllowed()
        self.record(request, AccessRecord.Kind.VIEW, row.subject)
        return self.page(
            request,
            "admin/applications/application/request.html",
            title=_("Ask for papers"),
            original=row,
            form=form,
            refusal=refusal.sentence if refusal else None,
            status=422 if form.errors else 200,
        )

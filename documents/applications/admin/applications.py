"""The inbox, and one application with its papers as they were sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from config.foundation.actions import Refused
from config.foundation.admin_bases import tag, two_lines, wall_day, wall_time
from config.foundation.audit import AccessRecord, record_repeated
from config.foundation.dates import show_birth_date
from config.foundation.numbers import whole_number
from config.foundation.office import current_office, office_day
from config.foundation.staff import staff_of
from documents.applications.actions import document_requests, drafts, reviews
from documents.applications.admin import transfers
from documents.applications.admin.answers import answers_at_desk
from documents.applications.admin.document_requests import REVIEW, RequestsPapers
from documents.applications.labels import OBJECTION_SENTENCES
from documents.applications.models import Application, DocumentRequest, File, Intake, Page
from documents.applications.models.application import OUTCOME_LABELS, STATUS_LABELS
from documents.applications.models.document_requests import SENT_TO_OFFICE
from documents.applications.models.files import SCAN_LABELS
from documents.applications.states import OPEN, FileState, Outcome, Scan, Status
from documents.applications.transitions import TransitionNotAllowed
from documents.applications.views.papers import picture_of

TONES = {
    Status.SENT: "warning",
    Status.IN_REVIEW: "info",
    Status.PAPERS_MISSING: "info",
    Status.INVITED: "info",
    Status.CLOSED: "success",
}
_UNFINISHED = Q(state=FileState.RECEIVED) | Q(scan=Scan.WAITING)
SCAN_TONES = {Scan.WAITING: "warning", Scan.CLEAN: "success", Scan.FOUND: "danger"}
STEPS: dict[str, tuple[Any, frozenset[Status]]] = {
    "take": (gettext_lazy("Begin the review"), frozenset({Status.SENT})),
    "give_back": (gettext_lazy("Give back"), frozenset({Status.IN_REVIEW})),
    "end_request": (
        gettext_lazy("Take the request for papers back"),
        frozenset({Status.PAPERS_MISSING}),
    ),
    "close": (
        pgettext_lazy("an application", "Close"),
        frozenset({Status.IN_REVIEW, Status.PAPERS_MISSING, Status.INVITED}),
    ),
    "withdraw": (
        gettext_lazy("Withdrawn by the person"),
        OPEN,
    ),
    "reopen": (gettext_lazy("Take the closing back"), frozenset({Status.CLOSED})),
}


class OutcomeForm(forms.Form):
    """How an application is closed."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        choices=[
            ("", gettext_lazy("please choose")),
            *((each.value, label) for each, label in OUTCOME_LABELS.items()),
        ],
        error_messages={"required": gettext_lazy("Please choose the outcome.")},
    )


class State(admin.SimpleListFilter):
    """Where applications stand; those that wait for the office unless told otherwise."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """Every state but the default."""
        shown = (Status.PAPERS_MISSING, Status.INVITED, Status.CLOSED, Status.WITHDRAWN)
        return [(each.value, STATUS_LABELS[each]) for each in shown]

    def choices(self, changelist: Any) -> Any:
        """The default has a name."""
        default, *others = list(super().choices(changelist))
        yield {**default, "display": _("to do")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The applications of one state."""
        if self.value():
            return queryset.filter(status=self.value())
        to_do = Application.objects.to_do(on=office_day(timezone.now()))
        return queryset.filter(pk__in=to_do.values("pk"))


@dataclass(frozen=True)
class ShownPaper:
    """A paper with what came of it."""

    title: str
    files: list[File]
    is_absent: bool

    @property
    def pages_count(self) -> int:
        """How many pages there are to look at."""
        return sum(file.pages_count for file in self.files)


@admin.register(Application)
class ApplicationAdmin(RequestsPapers):
    """Applications that the office has; who opens one or a page of one is written down."""

    change_list_template = "admin/applications/application/change_list.html"
    change_form_template = "admin/applications/application/change_form.html"
    desk_help = gettext_lazy(
        "What people sent online, as pictures of its pages. The day and second of arrival count. "
        "The case system decides; here only the review is kept."
    )
    list_display = (
        *("who", "born", "asked_for", "arrived", "title_ends"),
        *("listed", "turn", "reviewer", "unchecked"),
    )
    list_filter = (State,)
    list_select_related = ("taken_by",)
    ordering = ("sent_at", "pk")
    fields = readonly_fields = ("reference",)  # the page has a template of its own

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        """What was sent; a draft is its person's alone."""
        rows: QuerySet[Application] = super().get_queryset(request)
        shown = rows.exclude(status=Status.STARTED)
        return shown.prefetch_related("files", "document_requests", "members")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The inbox; why it stays empty while no procedure is open."""
        is_closed = not Intake.objects.open(now=timezone.now()).exists()
        return super().changelist_view(
            request, {"nothing_is_open": is_closed, **(extra_context or {})}
        )

    def name_of(self, row: Application) -> str:
        """The person's name, or the reference once nobody knows it."""
        return row.desk_name or row.reference or ""

    @admin.display(description=gettext_lazy("person"))
    def who(self, row: Application) -> str | SafeString:
        """Whose it is, and how many apply with them."""
        count = len(row.members.all())
        if not count:
            return self.name_of(row)
        more = ngettext("and %(count)s more", "and %(count)s more", count) % {"count": count}
        return two_lines(self.name_of(row), more)

    @admin.display(description=gettext_lazy("date of birth"))
    def born(self, row: Application) -> str:
        """As in the document."""
        return show_birth_date(row.birth_date) if row.birth_date else "–"

    @admin.display(description=gettext_lazy("procedure"))
    def asked_for(self, row: Application) -> str:
        """What they apply for."""
        return drafts.procedure_of(row)[1].title.de

    @admin.display(description=gettext_lazy("arrived"), ordering="sent_at")
    def arrived(self, row: Application) -> str:
        """Wall time."""
        return wall_time(row.sent_at) if row.sent_at else "–"

    @admin.display(description=gettext_lazy("title ends"))
    def title_ends(self, row: Application) -> str:
        """The last day of the title, as the person said; of a family the first of these days."""
        said = [drafts.answers_of(row), *(drafts.answers_of(one) for one in row.members.all())]
        found = [one.days["title_ends_on"] for one in said if "title_ends_on" in one.days]
        return f"{min(found):%d.%m.%Y}" if found else "–"

    @admin.display(description=gettext_lazy("state"))
    def listed(self, row: Application) -> SafeString:
        """In words and a colour."""
        status = Status(row.status)
        return tag(STATUS_LABELS[status], TONES.get(status, ""))

    @admin.display(description=gettext_lazy("whose turn"))
    def turn(self, row: Application) -> str | SafeString:
        """Who has to do something, and until when."""
        last: DocumentRequest | None = next(reversed(row.document_requests.all()), None)
        if row.status == Status.PAPERS_MISSING and last is not None:
            day = {"day": wall_day(last.due_on)}
            if last.due_on < office_day(timezone.now()):
                return two_lines(tag(_("person"), "danger"), _("overdue since %(day)s") % day)
            return two_lines(_("person"), _("until %(day)s") % day)
        if row.status == Status.INVITED:
            return _("person")
        if row.ended_at is not None:
            return "–"
        if last is not None and last.is_supplied and last.ended_at is not None:
            day = {"day": wall_day(last.ended_at)}
            return two_lines(tag(_("office"), "warning"), _("new papers since %(day)s") % day)
        return _("office")

    @admin.display(description=gettext_lazy("in review by"))
    def reviewer(self, row: Application) -> str:
        """Who has begun."""
        return str(row.taken_by or "–")

    @admin.display(description=gettext_lazy("malware scan"))
    def unchecked(self, row: Application) -> str | SafeString:
        """Whether files still wait for the scanner."""
        waits = any(file.scan == Scan.WAITING for file in row.files.all())
        return tag(SCAN_LABELS[Scan.WAITING], "warning") if waits else "–"

    def get_urls(self) -> list[URLPattern]:
        """With the steps, and the pages of papers."""
        site = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/request/",
                site(self.request_view),
                name="applications_application_request",
            ),
            path(
                "<path:object_id>/step/<slug:slug>/",
                site(self.step_view),
                name="applications_application_step",
            ),
            path(
                "<path:object_id>/pages/<int:pk>/",
                site(self.page_view),
                name="applications_application_page",
            ),
            path(
                "<path:object_id>/export/",
                site(self.export_view),
                name="applications_application_export",
            ),
            *super().get_urls(),
        ]

    def shown_beside(self, request: HttpRequest, row: Application) -> dict[str, Any]:
        """The person, the papers with their pages, and what may be done."""
        may = request.user.has_perm(REVIEW) and row.forgotten_at is None
        steps = [(name, *STEPS[name]) for name in STEPS if may]
        arrived = timezone.localtime(row.sent_at, current_office().zone) if row.sent_at else None
        return {
            "is_demonstration": settings.APPLICATIONS.is_demonstration,
            "asked_for": self.asked_for(row),
            "answers": list(answers_at_desk(row)) if row.forgotten_at is None else [],
            "born": self.born(row),
            "standing": self.listed(row),
            "turn": self.turn(row),
            "may_request": may and row.status == Status.IN_REVIEW,
            "requested": self._requested(row) if row.forgotten_at is None else [],
            "members": [
                (each.desk_name, show_birth_date(each.birth_date), each.get_role_display())
                for each in row.members.select_related("application")
            ],
            "arrived": f"{arrived:%d.%m.%Y %H:%M:%S}" if arrived else "",
            "title_ends": self.title_ends(row),
            "papers": self._papers(row) if row.forgotten_at is None else [],
            "steps": [(name, label) for name, label, states in steps if row.status in states],
            "outcome_form": OutcomeForm(),
            "unfinished": row.files.sent().filter(_UNFINISHED).count(),
            "history": row.events.select_related("by"),
            **transfers.shown_of(request, row),
        }

    def _requested(self, row: Application) -> list[tuple[str, Any]]:
        """What the person is asked for now, each with the reason."""
        found = document_requests.open_request(row)
        if found is None:
            return []
        needed = drafts.needed_by(row, on=office_day(timezone.now()))
        asked = document_requests.asked_of(found)
        return [
            (item.title_at_desk, OBJECTION_SENTENCES[asked[item.id]])
            for item in needed.papers
            if item.id in asked
        ]

    def _papers(self, row: Application) -> list[ShownPaper]:
        files: dict[str, list[File]] = {}
        for file in row.files.sent().select_related("document_request").prefetch_related("pages"):
            files.setdefault(file.paper, []).append(file)
        said = row.absences.filter(SENT_TO_OFFICE)
        absent = set(said.values_list("paper", flat=True))
        needed = drafts.needed_by(row, on=office_day(timezone.now()))
        return [
            ShownPaper(item.title_at_desk, files.get(item.id, []), item.id in absent)
            for item in needed.papers
        ]

    def page_view(self, request: HttpRequest, object_id: str, pk: int) -> HttpResponseBase:
        """One page of a paper; looking at it is in the access log with its application."""
        row = self.row_for(request, object_id, permission="applications.view_application")
        pages = Page.objects.select_related("file__application")
        page = pages.filter(pk=pk, file__in=row.files.sent()).first()
        if page is None:
            raise Http404
        # the pages of one look are one look, docs/decisions/0029
        now, kind = timezone.now(), AccessRecord.Kind.VIEW
        record_repeated(by=staff_of(request), subject=row.subject, now=now, kind=kind)
        return picture_of(page)

    def export_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The copy for the case file."""
        row: Application = self.row_for(request, object_id, permission=transfers.TRANSFER)
        if request.method != "GET":
            raise PermissionDenied  # what is only asked about has not left
        try:
            response = transfers.copy_for_case_file(request, row)
        except Refused as refusal:
            messages.error(request, str(refusal.sentence))
            return redirect("admin:applications_application_change", row.pk)
        self.record(request, AccessRecord.Kind.EXPORT, row.subject)
        return response

    def step_view(self, request: HttpRequest, object_id: str, slug: str) -> HttpResponseBase:
        """One step of the review, in the state that the page showed."""
        permission = transfers.TRANSFER if slug == "transfer" else REVIEW
        row: Application = self.row_for(request, object_id, permission=permission)
        if request.method != "POST":
            raise PermissionDenied
        now, by = timezone.now(), staff_of(request)
        shown: dict[str, Any] = {
            "application": row,
            "version": whole_number(request.POST.get("version", ""), digits=9) or 0,
            "by": by,
            "now": now,
        }
        acts: dict[str, Callable[[], None]] = {
            "take": lambda: reviews.take(**shown),
            "give_back": lambda: reviews.give_back(**shown),
            "end_request": lambda: document_requests.take_request_back(**shown),
            "close": lambda: reviews.close(outcome=_outcome(request), **shown),
            "withdraw": lambda: reviews.withdraw(**shown),
            "reopen": lambda: reviews.reopen(on=office_day(now), **shown),
            "transfer": lambda: transfers.confirm(request, **shown),
        }
        if slug not in acts:
            raise Http404
        try:
            if request.POST.get("subject") != row.subject:
                raise TransitionNotAllowed
            acts[slug]()
        except Refused as refusal:
            messages.error(request, str(refusal.sentence))
        else:
            self.record(request, AccessRecord.Kind.VIEW, row.subject)
            messages.success(request, _("Done by %(by)s.") % {"by": by})
        return redirect("admin:applications_application_change", row.pk)


def _outcome(request: HttpRequest) -> Outcome:
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        raise Refused(str(form.errors["outcome"][0]))
    return Outcome(form.cleaned_data["outcome"])

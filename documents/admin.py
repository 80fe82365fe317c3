"""The office edits its catalogue here: copy to a draft, edit, preview, publish."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import ForeignKey, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from config.foundation.actions import Refused
from config.foundation.admin_bases import Admin, Blocks, Rows
from config.foundation.optimistic_lock import OptimisticLockAdmin, OptimisticLockInline
from config.foundation.texts import TextsFormField
from documents import actions
from documents.answer_codes import Answers
from documents.catalogue_types import Catalogue
from documents.forms import AnswersForm
from documents.models import (
    CatalogueVersion,
    Charge,
    Fee,
    Note,
    Option,
    Procedure,
    Question,
    Reduction,
    Requirement,
    TextsField,
)
from documents.pages import ask, show
from documents.schema import CatalogueBroken, build, in_words
from documents.validation import untranslated

_OVERRIDES: Any = {
    TextsField: {"form_class": TextsFormField},
    models.URLField: {"assume_scheme": "https"},
    models.JSONField: {"widget": forms.Textarea(attrs={"rows": 2, "cols": 60, "dir": "ltr"})},
}


@admin.register(CatalogueVersion)
class CatalogueVersionAdmin(OptimisticLockAdmin, Admin):
    """Published versions are read-only; a draft is edited through its rows."""

    list_display = ["name", "source", "state", "valid_from", "published_at", "published_by"]
    list_filter = ["source"]
    change_form_template = "admin/documents/catalogueversion/change_form.html"
    fields = ["name", "source", "state", "valid_from", "reviews", "published_at", "published_by"]

    @admin.display(description=gettext_lazy("state"))
    def state(self, version: CatalogueVersion) -> str:
        """Draft or published."""
        return _("draft") if version.is_draft else _("published")

    readonly_fields = ["source", "state", "published_at", "published_by"]

    def has_change_permission(
        self, request: HttpRequest, obj: CatalogueVersion | None = None
    ) -> bool:
        """What was published stays as it was."""
        draft = obj is None or obj.is_draft
        return draft and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A version begins as a copy of another one."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: CatalogueVersion | None = None
    ) -> bool:
        """Only a draft can be thrown away."""
        draft = obj is not None and obj.is_draft
        return draft and super().has_delete_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        """The actions and reports of one version."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/copy/", wrap(require_POST(self.copy)), name="documents_copy"),
            path("<int:pk>/publish/", wrap(require_POST(self.publish)), name="documents_publish"),
            path("<int:pk>/missing/", wrap(self.missing), name="documents_missing"),
            path("<int:pk>/preview/", wrap(self.preview), name="documents_preview"),
            path(
                "<int:pk>/preview/<slug:slug>/<slug:language>/",
                wrap(self.preview_page),
                name="documents_preview_page",
            ),
            *super().get_urls(),
        ]

    def copy(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Copies this version to a draft and opens it."""
        version = self._version(request, pk, "documents.change_catalogueversion")
        today = timezone.localdate(timezone.now())
        draft = actions.copy_to_draft(
            version, name=_("Draft of %(day)s") % {"day": today.isoformat()}, valid_from=today
        )
        self.message_user(request, _("The draft is ready to be edited."), messages.SUCCESS)
        return HttpResponseRedirect(_change(draft.pk))

    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publishes this draft, or says everything that is wrong with it."""
        version = self._version(request, pk, "documents.publish_catalogueversion")
        now = timezone.now()
        user: Any = request.user
        try:
            actions.publish(version, by=user, now=now, today=timezone.localdate(now))
        except CatalogueBroken as broken:
            for problem in self._problems(version, broken):
                self.message_user(request, problem, messages.ERROR)
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
        else:
            self.message_user(request, _("This version is published."), messages.SUCCESS)
        return HttpResponseRedirect(_change(pk))

    def missing(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Every text that a language lacks."""
        version = self._version(request, pk)
        content = actions.content_of(version)
        rows: list[tuple[str, str, str]] = []
        problems: list[str] = []
        try:
            names = dict(settings.LANGUAGES)
            for code, place in untranslated(build(content), list(names)):
                rows.append((code, str(names[code]), " › ".join(map(str, place))))
        except CatalogueBroken as broken:
            problems = self._problems(version, broken)
        return self._page(request, version, "missing", {"rows": rows, "problems": problems})

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Every page of this version in every language, to be opened as an applicant sees it."""
        version = self._version(request, pk)
        try:
            procedures = build(actions.content_of(version)).procedures
            problems: list[str] = []
        except CatalogueBroken as broken:
            procedures, problems = (), self._problems(version, broken)
        context = {
            "procedures": procedures,
            "problems": problems,
            "languages": settings.LANGUAGES,
        }
        return self._page(request, version, "preview", context)

    def preview_page(self, request: HttpRequest, pk: int, slug: str, language: str) -> HttpResponse:
        """One page of this version in one language."""
        version = self._version(request, pk)
        catalogue = self._catalogue(version)
        procedure = catalogue.procedure(slug)
        if procedure is None or language not in dict(settings.LANGUAGES):
            raise Http404
        today = max(version.valid_from, timezone.localdate(timezone.now()))
        with translation.override(language):
            form = AnswersForm(request.POST or None, procedure=procedure, language=language)
            if not procedure.questions or form.is_valid():
                answers = form.answers() if procedure.questions else Answers()
                return show(request, catalogue, procedure, answers, today=today, preview=True)
            return ask(request, catalogue, procedure, form, preview=True)

    def _version(
        self, request: HttpRequest, pk: int, permission: str = "documents.view_catalogueversion"
    ) -> CatalogueVersion:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return get_object_or_404(CatalogueVersion, pk=pk)

    def _catalogue(self, version: CatalogueVersion) -> Catalogue:
        try:
            return build(actions.content_of(version))
        except CatalogueBroken as broken:
            raise Http404 from broken

    def _problems(self, version: CatalogueVersion, broken: CatalogueBroken) -> list[str]:
        content = actions.content_of(version)
        return [f"{in_words(one.path, content)}: {one.sentence}" for one in broken.problems]

    def _page(
        self, request: HttpRequest, version: CatalogueVersion, name: str, context: dict[str, Any]
    ) -> HttpResponse:
        frame = self.admin_site.each_context(request)
        opts = CatalogueVersion._meta
        template = f"admin/documents/catalogueversion/{name}.html"
        return render(request, template, {**frame, "version": version, "opts": opts, **context})


def _change(pk: int) -> str:
    return reverse("admin:documents_catalogueversion_change", args=[pk])


class DraftAdmin(OptimisticLockAdmin, Admin):
    """Rows exist only in drafts, so everything here can be edited."""

    formfield_overrides = _OVERRIDES
    ordering = ["position", "pk"]

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """A new row belongs to a draft."""
        if db_field.name == "version":
            kwargs["queryset"] = CatalogueVersion.objects.drafts()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class PartInline(OptimisticLockInline, Rows):
    """The order of the rows, and the way to each."""

    extra = 0
    show_change_link = True
    formfield_overrides = _OVERRIDES
    fields = ["position", "slug", "condition"]


class RequirementInline(PartInline):
    """The papers of a procedure."""

    model: type[models.Model] = Requirement

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """A new paper needs its texts and so its own page."""
        return False


class NoteInline(RequirementInline):
    """The notes of a procedure."""

    model = Note


class QuestionInline(RequirementInline):
    """The questions of a procedure."""

    model = Question
    fields = ["position", "slug", "kind"]


class ChargeInline(PartInline):
    """The fees of a procedure."""

    model = Charge
    fields = ["position", "code", "condition", "certain"]
    show_change_link = False


class OptionInline(OptimisticLockInline, Blocks):
    """The answers to a question."""

    model = Option
    extra = 0
    formfield_overrides = _OVERRIDES


@admin.register(Procedure)
class ProcedureAdmin(DraftAdmin):
    """A procedure of a draft."""

    list_display = ["__str__", "slug", "kind", "version"]
    list_filter = ["version", "kind"]
    inlines = [QuestionInline, RequirementInline, NoteInline, ChargeInline]


@admin.register(Requirement)
class RequirementAdmin(DraftAdmin):
    """A paper."""

    list_display = ["__str__", "slug", "procedure"]
    list_filter = ["procedure__version", "procedure__slug"]
    list_select_related = ["procedure"]


@admin.register(Note)
class NoteAdmin(RequirementAdmin):
    list_display = ["__str__", "slug", "kind", "procedure"]


@admin.register(Question)
class QuestionAdmin(RequirementAdmin):
    """A question with its answers."""

    list_display = ["__str__", "slug", "kind", "procedure"]
    inlines = [OptionInline]


@admin.register(Fee)
class FeeAdmin(DraftAdmin):
    list_display = ["__str__", "code", "amount", "valid_from", "valid_until", "version"]
    list_filter = ["version", "kind"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Fee]:
        """With the version, which every row shows."""
        return super().get_queryset(request).select_related("version")


@admin.register(Reduction)
class ReductionAdmin(DraftAdmin):
    list_display = ["__str__", "slug", "share", "version"]
    list_filter = ["version"]

"""Versions of the catalogue: copy to a draft, preview, what is missing, publish."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from config.foundation.actions import Refused
from config.foundation.admin_bases import Admin, staff_name, tag, wall_day, wall_time
from config.foundation.office import office_day
from config.foundation.optimistic_lock import OptimisticLockAdmin
from config.foundation.staff import staff_of
from documents import actions
from documents.admin.tree import Tree
from documents.answer_codes import Answers
from documents.catalogue_types import Catalogue
from documents.changes import changes, reviews_in_words
from documents.forms import AnswersForm
from documents.models import CatalogueVersion
from documents.pages import ask, show
from documents.problem_words import places_in_words, problems_in_words
from documents.review_field import ReviewsField
from documents.schema import CatalogueBroken, build
from documents.validation import read, untranslated
from documents.yaml_files import digest


@admin.register(CatalogueVersion)
class CatalogueVersionAdmin(OptimisticLockAdmin, Admin):
    """Published versions are read-only; a draft is edited through its rows."""

    list_display = ["name", "state", "valid_from", "source", "published_at", "publisher"]
    deletion_keeps = gettext_lazy(
        "Published versions stay as they are, and so does what people were told."
    )
    publisher = staff_name("published_by", gettext_lazy("published by"))
    list_select_related = ["published_by"]
    list_filter = ["source"]
    change_form_template = "admin/documents/catalogueversion/change_form.html"
    readonly_fields = ["source", "begins", "published", "publisher", "reviewed"]

    @admin.display(description=gettext_lazy("state"))
    def state(self, version: CatalogueVersion) -> SafeString:
        """Draft or published."""
        return tag(_("draft"), "warning") if version.is_draft else tag(_("published"), "success")

    @admin.display(description=gettext_lazy("reviewed languages"))
    def reviewed(self, version: CatalogueVersion) -> SafeString | str:
        """A line for each language that somebody has read."""
        lines = [(line,) for line in reviews_in_words(version.reviews)]
        return format_html_join("", "<div>{}</div>", lines) or "–"

    def get_fields(self, request: HttpRequest, obj: CatalogueVersion | None = None) -> Any:
        """Who has read which language is entered in a draft and read in what is published."""
        if self.has_change_permission(request, obj):
            return ["name", "valid_from", "source", "reviews"]
        published = [] if obj is None or obj.is_draft else ["published", "publisher"]
        return ["name", "begins", "source", "reviewed", *published]

    @admin.display(description=gettext_lazy("valid from"))
    def begins(self, version: CatalogueVersion) -> str:
        """As days are written at the desk."""
        return wall_day(version.valid_from)

    @admin.display(description=gettext_lazy("published at"))
    def published(self, version: CatalogueVersion) -> str:
        """As times are written at the desk."""
        return wall_time(version.published_at) if version.published_at else "–"

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Who has read which language, a line for each."""
        if db_field.name == "reviews":
            kwargs["form_class"] = ReviewsField
        return super().formfield_for_dbfield(db_field, request, **kwargs)

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
            path("<int:pk>/publish/", wrap(self.publish), name="documents_publish"),
            path("<int:pk>/missing/", wrap(self.missing), name="documents_missing"),
            path("<int:pk>/preview/", wrap(self.preview), name="documents_preview"),
            path(
                "<int:pk>/preview/<slug:slug>/<slug:language>/",
                wrap(self.preview_page),
                name="documents_preview_page",
            ),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The form below everything the version says."""
        version = kwargs.get("obj")
        tree = Tree(version, reader=staff_of(request)) if version else None
        return super().render_change_form(request, {**context, "tree": tree}, *args, **kwargs)

    def copy(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Copies this version to a draft and opens it."""
        version = self._version(request, pk, "documents.change_catalogueversion")
        today = office_day(timezone.now())
        draft = actions.copy_to_draft(
            version, name=_("Draft of %(day)s") % {"day": f"{today:%d.%m.%Y}"}, valid_from=today
        )
        self.message_user(request, _("The draft is ready to be edited."), messages.SUCCESS)
        return HttpResponseRedirect(_change(draft.pk))

    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Shows what this draft changes for whom; publishes it once that was confirmed."""
        version = self._version(request, pk, "documents.publish_catalogueversion")
        if not version.is_draft:
            self.message_user(request, str(actions.NotADraft.sentence), messages.ERROR)
            return HttpResponseRedirect(_change(pk))
        content = actions.content_of(version)
        seen = digest(content)
        current = CatalogueVersion.objects.in_force(on=version.valid_from).first()
        problems: list[str] = []
        try:
            read(content)
        except CatalogueBroken as broken:
            problems = problems_in_words(broken.problems, content)
        found = [] if problems else changes(current.content if current else _EMPTY, content)
        if request.method == "POST" and request.POST.get("seen") == seen and found:
            return self._publish(request, version)
        context = {
            "problems": problems,
            "changes": found,
            "current": current,
            "seen": seen,
            "outdated": request.method == "POST" and bool(found),
        }
        return self._page(request, version, "publish", context)

    def _publish(self, request: HttpRequest, version: CatalogueVersion) -> HttpResponse:
        now = timezone.now()
        try:
            actions.publish(version, by=staff_of(request), now=now, today=office_day(now))
        except CatalogueBroken as broken:
            for problem in problems_in_words(broken.problems, actions.content_of(version)):
                self.message_user(request, problem, messages.ERROR)
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
        else:
            told = _("%(name)s is published and valid from %(day)s.") % {
                "name": version.name,
                "day": wall_day(version.valid_from),
            }
            self.message_user(request, told, messages.SUCCESS)
        return HttpResponseRedirect(_change(version.pk))

    def missing(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Every text that a language lacks."""
        version = self._version(request, pk)
        content = actions.content_of(version)
        rows: list[tuple[str, str, str]] = []
        problems: list[str] = []
        try:
            names = dict(settings.LANGUAGES)
            found = untranslated(build(content), list(names))
            places = places_in_words((place for _code, place in found), content)
            rows = [
                (code, str(names[code]), place)
                for (code, _path), place in zip(found, places, strict=True)
            ]
        except CatalogueBroken as broken:
            problems = problems_in_words(broken.problems, content)
        return self._page(request, version, "missing", {"rows": rows, "problems": problems})

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Every page of this version in every language, to be opened as an applicant sees it."""
        version = self._version(request, pk)
        content = actions.content_of(version)
        try:
            procedures = build(content).procedures
            problems: list[str] = []
        except CatalogueBroken as broken:
            procedures, problems = (), problems_in_words(broken.problems, content)
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
        today = max(version.valid_from, office_day(timezone.now()))
        with translation.override(language):
            form = AnswersForm(
                request.POST or None, questions=procedure.questions, language=language
            )
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

    def _page(
        self, request: HttpRequest, version: CatalogueVersion, name: str, context: dict[str, Any]
    ) -> HttpResponse:
        template = f"admin/documents/catalogueversion/{name}.html"
        frame = {
            **self.admin_site.each_context(request),
            "version": version,
            "opts": CatalogueVersion._meta,
            "title": TITLES[name] % {"name": version.name},
        }
        return render(request, template, {**frame, **context})


TITLES = {
    "missing": gettext_lazy("Missing translations"),
    "preview": gettext_lazy("Preview"),
    "publish": gettext_lazy("Publish %(name)s"),
}
# Before there is any catalogue.
_EMPTY: dict[str, Any] = {"procedures": []}


def _change(pk: int) -> str:
    return reverse("admin:documents_catalogueversion_change", args=[pk])

"""The rows of a draft: procedures, questions, papers, notes, fees and reductions."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.db.models import ForeignKey
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from config.foundation.numbers import whole_number
from config.foundation.optimistic_lock import OptimisticLockAdmin
from documents.admin.draft_choices import Drafts
from documents.admin.draft_form import DraftForm
from documents.admin.fields import (
    NamedField,
    PlaceField,
)
from documents.admin.parts import (
    MOVE,
    ChargeInline,
    NoteInline,
    OptionInline,
    QuestionInline,
    RequirementInline,
    WithDrafts,
    move,
)
from documents.models import (
    CatalogueVersion,
    Charge,
    Fee,
    Note,
    Procedure,
    Question,
    Requirement,
)

# What only the procedure of a row can offer.
OF_PROCEDURE = ("condition", "counts_from", "offset", "see")


class DraftAdmin(WithDrafts, OptimisticLockAdmin):
    """Rows exist only in drafts, so everything here can be edited."""

    form = DraftForm
    logs_values = True
    deletion_keeps = _(
        "It is deleted from this draft alone: published versions stay as they are. What names it "
        "elsewhere in the draft stays, and is shown as a fault before the draft is published."
    )
    ordering = ["position", "pk"]
    parent: ClassVar[str] = "version"
    filled_by_links = frozenset({"version", "procedure"})

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keys belong to the program; what the procedure offers waits until it is known."""
        return ["slug", *(OF_PROCEDURE if self._waits(request, obj) else ())]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Where the row belongs comes first."""
        names = [name for name in super().get_fields(request, obj) if name != self.parent]
        return [self.parent, *names]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A row stays where it is."""
        return [self.parent, *self.readonly_fields] if obj else self.readonly_fields

    def get_form(self, request: HttpRequest, obj: Any = None, *args: Any, **kwargs: Any) -> Any:
        """A form that offers what is around the row."""
        form = super().get_form(request, obj, *args, **kwargs)
        drafts = self._parent_of(request, obj)
        waits = obj is None and self.parent == "procedure" and not drafts.procedure
        if waits and self.parent in form.base_fields:
            form.base_fields[self.parent].help_text = _(
                "For whom, deadlines and other pages follow once this is saved."
            )
        for name, field in form.base_fields.items():
            if hasattr(field, "offer"):
                field.offer(drafts, getattr(obj, name, None))
        if "position" in form.base_fields:
            label = form.base_fields["position"].label
            rows = drafts.beside(obj or self.model(), self.parent)
            form.base_fields["position"] = PlaceField(rows=rows, row=obj, label=label)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Saves, and counts the rows beside it anew where it has another place."""
        super().save_model(request, obj, form, change)
        if "position" in form.fields and (not change or "position" in form.changed_data):
            rows = Drafts.around(obj).beside(obj, self.parent)
            form.fields["position"].put(obj, rows)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Saves the rows below, and moves the one whose button was pressed."""
        super().save_related(request, form, formsets, change)
        if change and (told := request.POST.get(MOVE)):
            below: Any = self.get_inlines(request, form.instance)
            tables = [(each.model, each.parent_column) for each in below]
            form.moved = move(told, tables, form.instance)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        """What was changed, and that a row below was moved."""
        parts = super().construct_change_message(request, form, formsets, add)
        if row := getattr(form, "moved", None):
            with override(None):  # told in the language of whoever reads it
                name, place = str(row._meta.verbose_name), row._meta.get_field("position")
                said = {"name": name, "object": str(row), "fields": [str(place.verbose_name)]}
            parts.append({"changed": said})
        return parts

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Stays on the page where a row below it was moved up or down."""
        if request.POST.get(MOVE):
            return redirect(request.path)
        return super().response_change(request, obj)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """On to what has waited, or back to the procedure."""
        if self.parent in request.GET or self.parent == "version":
            return self.response_post_save_change(request, obj)
        return redirect(f"admin:documents_{self.opts.model_name}_change", obj.pk)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Back to the procedure or to the version of the row."""
        if self.parent == "procedure":
            return redirect("admin:documents_procedure_change", obj.procedure_id)
        return redirect("admin:documents_catalogueversion_change", obj.version_id)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """With the way through the tree: version, procedure, row."""
        obj = kwargs.get("obj")
        drafts = self._parent_of(request, obj)
        crumbs = context.get("desk_crumbs") or []
        if crumbs and drafts.version:
            above = drafts.procedure if self.parent == "procedure" else None
            trail = [_crumb(row) for row in (drafts.version, above) if row]
            context = {**context, "desk_crumbs": [*crumbs[:1], _versions(), *trail]}
            context["way_back"] = trail[-1]["url"]
        # a new row is begun in the tree
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def _waits(self, request: HttpRequest, obj: Any) -> bool:
        return self.parent == "procedure" and not self._parent_of(request, obj).procedure

    def _parent_of(self, request: HttpRequest, obj: Any) -> Drafts:
        if obj:
            return Drafts.around(obj)
        column = self.model._meta.get_field(self.parent)
        told = whole_number(request.POST.get(self.parent) or request.GET.get(self.parent, ""))
        parents: Any = column.related_model._default_manager
        parent = parents.filter(pk=told).first() if told is not None else None
        return Drafts.around(self.model(**{self.parent: parent}) if parent else None)

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        """A new row belongs to the newest draft, unless told otherwise."""
        draft = CatalogueVersion.objects.drafts().order_by("-pk").first()
        return {"version": draft, **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """A new row belongs to a draft."""
        if db_field.name == "version":
            kwargs["queryset"] = CatalogueVersion.objects.drafts()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def _versions() -> dict[str, str]:
    name = capfirst(str(CatalogueVersion._meta.verbose_name_plural))
    return {"label": name, "url": reverse("admin:documents_catalogueversion_changelist")}


def _crumb(row: Any) -> dict[str, str]:
    page = f"admin:documents_{row._meta.model_name}_change"
    return {"label": str(row), "url": reverse(page, args=[row.pk])}


@admin.register(Procedure)
class ProcedureAdmin(DraftAdmin):
    """A procedure of a draft."""

    change_form_template = "admin/documents/procedure/change_form.html"
    list_display = ["__str__", "kind", "version"]
    list_filter = ["version", "kind"]
    list_select_related = ["version"]
    inlines = [QuestionInline, RequirementInline, NoteInline, ChargeInline]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """What stands in a procedure once there is one."""
        return self.inlines if obj else []


@admin.register(Requirement)
class RequirementAdmin(DraftAdmin):
    """A paper."""

    parent = "procedure"
    list_display = ["__str__", "for_whom", "procedure"]
    ordering = ["procedure__version", "procedure__position", "position", "pk"]
    list_filter = ["procedure__version", "procedure"]
    list_select_related = ["procedure"]


@admin.register(Note)
class NoteAdmin(RequirementAdmin):
    """A note."""

    list_display = ["__str__", "kind", "for_whom", "procedure"]


@admin.register(Charge)
class ChargeAdmin(RequirementAdmin):
    """A fee that a procedure may cost."""

    list_display = ["fee", "for_whom", "is_certain", "procedure"]

    @admin.display(description=_("always asked for"))
    def is_certain(self, row: Charge) -> str:
        """In a word: a red cross would be a fault."""
        return gettext("yes") if row.certain else gettext("no")

    @admin.display(description=_("fee"))
    def fee(self, row: Charge) -> str:
        """By its title."""
        return self.drafts.fee_of(row)

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """The fee is chosen among those that have an amount."""
        if db_field.name == "code":
            kwargs["form_class"] = partial(NamedField, offered=Drafts.fees)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Question)
class QuestionAdmin(RequirementAdmin):
    """A question with its answers."""

    change_form_template = "admin/documents/question/change_form.html"
    list_display = ["__str__", "kind", "procedure"]
    inlines = [OptionInline]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Answers are grouped once they are there."""
        return [*super().get_exclude(request, obj), *([] if obj else ["groups"])]


@admin.register(Fee)
class FeeAdmin(DraftAdmin):
    """An amount."""

    filled_by_links = frozenset({"version", "kind"})
    list_display = ["__str__", "euros", "valid_from", "valid_until", "version"]
    list_filter = ["version", "kind"]
    list_select_related = ["version"]

    @admin.display(description=_("amount in euros"), ordering="amount")
    def euros(self, row: Fee) -> str:
        """As money is written: 11.208,00."""
        return number_format(row.amount, decimal_pos=2, force_grouping=True)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Which fee it is about is chosen once."""
        return ["code"] if obj else []

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """A new fee, or another amount of one that is there."""
        if db_field.name == "code":
            offered = partial(NamedField, offered=Drafts.fees, empty=_("a new fee"))
            help_text = _("A fee with an amount gets another one here, valid from a day.")
            kwargs |= {"form_class": offered, "required": False}
            kwargs |= {"label": _("amount of"), "help_text": help_text}
        if db_field.name == "amount":
            kwargs["localize"] = True
        return super().formfield_for_dbfield(db_field, request, **kwargs)

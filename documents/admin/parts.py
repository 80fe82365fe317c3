"""What stands below a procedure or a question: rows in their order, with the way to each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.foundation.admin_bases import Rows, choose_only
from config.foundation.optimistic_lock import OptimisticLockInline
from config.foundation.texts import TextsFormField
from documents.admin.condition_field import ConditionField
from documents.admin.draft_choices import Drafts
from documents.admin.draft_form import DraftForm
from documents.admin.fields import DistanceField, FeesField, NamedField, PercentField
from documents.admin.groups_field import GroupsField
from documents.models import (
    Charge,
    Note,
    Option,
    Question,
    Requirement,
    TextsField,
)

if TYPE_CHECKING:  # Django's own class knows its models only to the type checker
    FormSet = forms.BaseInlineFormSet[Any, Any, Any]
else:
    FormSet = forms.BaseInlineFormSet

# the name of the buttons that move a row
MOVE = "_move"
# Columns that hold keys, and the fields that choose by titles instead.
FIELDS: dict[str, Callable[..., forms.Field]] = {
    "condition": ConditionField,
    "groups": GroupsField,
    "codes": FeesField,
    "not_codes": FeesField,
    "ask_codes": FeesField,
    "counts_from": partial(NamedField, offered=Drafts.days, empty=_("no day")),
    "offset": DistanceField,
    "see": partial(NamedField, offered=Drafts.pages, empty=_("no page")),
    "share": PercentField,
}
HELP: dict[str, Any] = {
    "condition": _("Nothing ticked: for everybody. Changes to a part are told here once saved."),
    "groups": _("Headings among the answers of a list. No group: all answers in a row."),
    "counts_from": _("For a deadline: the question that asks for the day."),
    "offset": _("How long before or after that day; empty: nothing is counted."),
    "see": _("Another page of the catalogue to which this leads."),
    "share": _("In percent of the fee: 0 for nothing, 50 for half."),
}
# In one line; every other text may have several.
TITLES = {"title", "label"}


class WithDrafts:
    """An admin class whose conditions are sentences in its lists, and whose fields have words."""

    drafts: Drafts

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows; the sentences about them share what the facts mean."""
        self.drafts = Drafts()
        # the frame's own class comes after this one
        found: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return found

    @admin.display(description=_("for whom"))
    def for_whom(self, row: Any) -> str:
        """The condition as a sentence."""
        return self.drafts.tell(row.condition)

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Texts in their languages, keys by what they mean."""
        if isinstance(db_field, TextsField):
            lines = db_field.name not in TITLES
            kwargs["form_class"] = partial(TextsFormField, lines=lines)
        elif db_field.name in FIELDS:
            kwargs["form_class"] = FIELDS[db_field.name]
        elif isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        if db_field.name in HELP:
            kwargs["help_text"] = HELP[db_field.name]
        found = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        return choose_only(found)


class LabelledRows(FormSet):
    """Rows of a table whose inputs have their column's name for whoever can't see it."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """Names each input, the one that deletes as well."""
        super().add_fields(form, index)
        for field in form.fields.values():
            if not field.widget.is_hidden:
                field.widget.attrs.setdefault("aria-label", str(field.label))


class InOrder(WithDrafts, OptimisticLockInline, Rows):
    """Rows that are moved up and down by a press, which saves the page as well."""

    extra = 0
    formset: Any = LabelledRows
    parent_column: ClassVar[str] = "procedure"

    @admin.display(description=_("order"))
    def order(self, row: Any) -> SafeString | str:
        """A button up and one down; a new row stands at the end."""
        if row.pk is None:
            return "–"
        told = f"{row._meta.model_name}-{row.pk}"
        return format_html(
            '<span class="desk-order"><button class="button" type="submit" name="{0}" '
            'value="{1}-up" aria-label="{2}">↑</button> <button class="button" type="submit" '
            'name="{0}" value="{1}-down" aria-label="{3}">↓</button></span>',
            MOVE,
            told,
            gettext("Move up: %s") % row,
            gettext("Move down: %s") % row,
        )


def move(told: str, tables: Iterable[tuple[type[models.Model], str]], parent: Any) -> Any:
    """Moves "question-12-up" by one place among the rows of `parent` in one of `tables`.

    Returns the row that was moved; None where nothing was.
    """
    found = re.fullmatch(r"(\w+)-(\d{1,9})-(up|down)", told)
    for model, column in tables:
        if found is None or found[1] != model._meta.model_name:
            continue
        below: Any = model._default_manager.filter(**{column: parent})
        rows = list(below.order_by("position", "pk"))
        at = next((i for i, row in enumerate(rows) if row.pk == int(found[2])), None)
        to = -1 if at is None else at + (1 if found[3] == "down" else -1)
        if at is None or not 0 <= to < len(rows):
            return None
        moved = rows.pop(at)
        rows.insert(to, moved)
        for position, row in enumerate(rows):
            if row.position != position:
                below.filter(pk=row.pk).update(position=position)
        return moved
    return None


class PartInline(InOrder):
    """The order of the rows, and the way to each; a new one has its own page."""

    fields = ["order", "row_name", "for_whom"]
    readonly_fields = ["order", "row_name", "for_whom"]

    @admin.display(description=_("title"))
    def row_name(self, row: Any) -> SafeString:
        """The title, as the way to its page."""
        address = reverse(f"admin:documents_{row._meta.model_name}_change", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, self.title_of(row))

    def title_of(self, row: Any) -> str:
        """What the row is called."""
        return str(row)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """A new row needs its texts and so its own page."""
        return False


class RequirementInline(PartInline):
    """The papers of a procedure."""

    model = Requirement


class NoteInline(PartInline):
    """The notes of a procedure."""

    model = Note


class QuestionInline(PartInline):
    """The questions of a procedure."""

    model = Question
    fields = ["order", "row_name", "kind"]
    readonly_fields = ["order", "row_name"]


class ChargeInline(PartInline):
    """The fees of a procedure."""

    model = Charge
    fields = ["order", "row_name", "for_whom", "certain"]

    def title_of(self, row: Charge) -> str:
        """The fee that it is about."""
        return self.drafts.fee_of(row)


class OptionRows(LabelledRows):
    """Answers; a new one stands at the end."""

    def save_new(self, form: Any, commit: bool = True) -> Any:
        """Stores it after the last one."""
        last = max((each.position for each in self.get_queryset()), default=-1)
        form.instance.position = last + 1 + len(self.new_objects)
        return super().save_new(form, commit)


class OptionInline(InOrder):
    """The answers to a question, a line each."""

    model = Option
    form = DraftForm
    formset = OptionRows
    parent_column = "question"
    fields = ["order", "label"]
    readonly_fields = ["order"]

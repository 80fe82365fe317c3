"""The form of a draft's row: what nobody changed stays to the letter, and keys are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

from config.foundation.keys import new_key
from documents.condition_words import german
from documents.models import Fee, Option, Procedure, Reduction

if TYPE_CHECKING:  # Django's own class knows its model only to the type checker
    Form = forms.ModelForm[Any]
else:
    Form = forms.ModelForm


class DraftForm(Form):
    """Rows of the catalogue; their documents are compared by what they mean."""

    def clean(self) -> dict[str, Any]:
        """The entries; a document that means the same keeps its order and its other languages."""
        data = super().clean() or self.cleaned_data
        for column in self.instance._meta.concrete_fields:
            name = column.name
            if not isinstance(column, models.JSONField) or name not in data:
                continue
            if self.instance.pk and not self.fields[name].has_changed(
                self.initial.get(name), self[name].data
            ):
                data[name] = self.initial.get(name)
        return data

    def save(self, commit: bool = True) -> Any:
        """Saves; a new row gets the key by which others name it."""
        row = self.instance
        name = key_of(row)
        if name and not getattr(row, name):
            text = german(getattr(row, "title", None) or getattr(row, "label", None) or row.reason)
            setattr(row, name, new_key(text, taken_by(row)))
        return super().save(commit)


def key_of(row: models.Model) -> str:
    """The column by which other rows name this one; "" for those that nobody names."""
    names = {each.name for each in row._meta.concrete_fields}
    if isinstance(row, Fee):
        return "code"
    return next((name for name in ("slug", "fact") if name in names), "")


def taken_by(row: Any) -> set[str]:
    """The keys beside a new row."""
    if isinstance(row, Option):
        beside = Option.objects.filter(question__procedure=row.question.procedure)
        return set(beside.values_list("fact", flat=True))
    if isinstance(row, Procedure | Reduction | Fee):
        rows: Any = type(row)._default_manager.filter(version=row.version)
    else:
        rows = type(row)._default_manager.filter(procedure=row.procedure)
    return set(rows.values_list(key_of(row), flat=True))

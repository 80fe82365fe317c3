"""Change forms of the admin that never overwrite what somebody else saved meanwhile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import display_for_field
from django.db.models import Field, Model
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from config.foundation.admin_bases import DeskAdmin
from config.foundation.edits import changed_values

if TYPE_CHECKING:  # Django's own classes know their model only to the type checker
    Form = forms.ModelForm[Any]
    Inline = admin.options.InlineModelAdmin[Any, Any]
else:
    Form, Inline = forms.ModelForm, object

REVISION = "row_revision"


def revision(row: Model, columns: Container[str]) -> str:
    """A digest of these columns of `row`: another one as soon as any of them changes."""
    values = {
        each.name: str(each.value_from_object(row))
        for each in (*row._meta.concrete_fields, *row._meta.many_to_many)
        if each.name in columns
    }
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


class RevisionField(forms.CharField):
    """The revision that a page shows, hidden; it is never a change of its own."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput, label="")

    def has_changed(self, initial: object, data: object) -> bool:
        """False: only columns change."""
        return False


class OptimisticLockForm(Form):
    """Refuses to save over a row that is no longer the one its page showed.

    A repeat that changes nothing is no conflict. What was typed stays, with what is stored now
    beside it; saved once more it holds.
    """

    is_stale = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # what was there before is asked of the row, never of the page
            field.show_hidden_initial = False
        if REVISION in self.fields and self.instance.pk:
            self.initial[REVISION] = self._revision_of(self.instance)

    def clean(self) -> dict[str, Any]:
        """The entries; with an error at each that differs from a row that was saved meanwhile."""
        data = super().clean() or self.cleaned_data
        shown = data.pop(REVISION, "")
        if REVISION in self.fields and self.instance.pk:
            is_there = self._refresh()
            is_old = is_there and shown != self._revision_of(self.instance)
            self.is_stale = not is_there or (is_old and bool(self.changed_data))
            if self.is_stale:
                self._tell()
        return data

    def _refresh(self) -> bool:
        # Locked, so that of two who save at once the second sees what the first one saved; read
        # anew, because the admin writes whole rows, also the columns that no form shows.
        rows = type(self.instance)._base_manager.select_for_update(no_key=True)
        try:
            self.instance.refresh_from_db(from_queryset=rows)
        except self.instance.DoesNotExist:
            return False  # saving would bring it back
        self.initial = {**self.initial, **model_to_dict(self.instance, fields=[*self.fields])}
        return True

    def _revision_of(self, row: Model) -> str:
        # what the page edits: a heartbeat or a sign-in in between is no conflict
        return revision(row, self.fields)

    def _tell(self) -> None:
        text = _(
            "Somebody else has changed this since you opened the page. Nothing was saved. Please "
            "compare, and save again if yours is right."
        )
        self.add_error(None, text)
        columns = {each.name: each for each in self.instance._meta.concrete_fields}
        for name in self.changed_data:
            if name in columns and name not in self.errors:
                value = _shown(getattr(self.instance, name), columns[name])
                self.add_error(name, _("Stored now: %(value)s") % {"value": value})
        # so that the same form, sent once more, is about what is stored now
        sent: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        sent[self.add_prefix(REVISION)] = self._revision_of(self.instance)
        self.data = sent


def _shown(value: Any, column: Field[Any, Any]) -> str:
    if isinstance(value, dict):  # a text in several languages
        return " · ".join(map(str, value.values())) or "–"
    return str(display_for_field(value, column, "–"))


def _locking(form: type[Any]) -> type[Any]:
    if issubclass(form, OptimisticLockForm):
        return form
    return type(form.__name__, (OptimisticLockForm, form), {REVISION: RevisionField()})


def _with_revision(fieldsets: Any) -> Any:
    return (*fieldsets, (None, {"fields": (REVISION,)}))


class OptimisticLockInline(Inline):
    """Rows below their parent, each of which carries its revision."""

    def get_fieldsets(self, request: HttpRequest, obj: object = None) -> Any:
        """With the hidden revision, where rows can be changed."""
        found = super().get_fieldsets(request, obj)
        return _with_revision(found) if self.has_change_permission(request, obj) else found

    def get_formset(self, request: HttpRequest, obj: object = None, **kwargs: Any) -> Any:
        """Its forms know the revision they show."""
        return super().get_formset(request, obj, **{"form": _locking(self.form)} | kwargs)


class OptimisticLockAdmin(DeskAdmin):
    """A table whose change page carries the revision of its row; an old page is answered 409."""

    # settings say what they were before; whatever is about people does not
    logs_values: ClassVar[bool] = False

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        """What was changed, and where it may be told, what stood there before and after."""
        parts: list[dict[str, Any]] = super().construct_change_message(request, form, formsets, add)
        for part in parts if self.logs_values else ():
            if "changed" in part and "name" not in part["changed"]:
                part["changed"]["values"] = changed_values(form)
        return parts

    def get_fieldsets(self, request: HttpRequest, obj: object = None) -> Any:
        """With the hidden revision, where a row can be changed."""
        found = super().get_fieldsets(request, obj)
        changes = obj is not None and self.has_change_permission(request, obj)
        return _with_revision(found) if changes else found

    def get_form(self, request: HttpRequest, obj: object = None, *args: Any, **kwargs: Any) -> Any:
        """A form that knows the revision it shows; whoever only looks gets no field of it."""
        if obj is not None and self.has_change_permission(request, obj):
            kwargs = {"form": _locking(self.form)} | kwargs
        return super().get_form(request, obj, *args, **kwargs)

    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Django's page; 409 when what it showed is no longer so."""
        response = super().changeform_view(*args, **kwargs)
        shown = getattr(response, "context_data", None) or {}
        checked = [shown["adminform"].form] if "adminform" in shown else []
        for inline in shown.get("inline_admin_formsets", ()):
            checked += inline.formset
        if any(getattr(each, "is_stale", False) for each in checked):
            response.status_code = 409
        return response

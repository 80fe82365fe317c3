"""What somebody changed at the desk, in words: the log of Django's admin and the audit log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from auditlog.models import LogEntry as AuditedEdit
from django.conf import settings
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField, DateTimeField, Model, QuerySet
from django.forms import BaseForm, ModelChoiceField, ModelMultipleChoiceField
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import Truncator, capfirst, get_text_list
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from config.foundation.admin_bases import wall_day, wall_time

if TYPE_CHECKING:  # the stubs' name for a text that is translated when it is shown
    from django.utils.functional import _StrPromise

_NOTHING = {"", "None", "[]", "{}"}
_WORDS: dict[str, _StrPromise] = {"True": _("Yes"), "False": _("No")}
# What tells who a colleague is: that it changed is enough.
_PERSONAL = {"username", "first_name", "last_name", "email"}
_VALUE_LENGTH = 60


# What the desk calls rows that other tables are linked to, by the name that a log keeps of them.
Called = Callable[[str], str]
_called: dict[type[Model], Called] = {}


def calls(model: type[Model]) -> Callable[[Called], Called]:
    """Registers what the desk calls rows of `model` that go by a code."""

    def register(called: Called) -> Called:
        _called[model] = called
        return called

    return register


def edit_in_words(entry: LogEntry) -> str:
    """What a line of Django's log says, in sentences; text that somebody typed stays as it is."""
    if entry.action_flag == DELETION:
        return gettext("Deleted.")
    model = entry.content_type.model_class() if entry.content_type else None
    try:
        parts = json.loads(entry.change_message or "[]")
    except ValueError:
        return entry.change_message
    told = [sentence for part in parts for sentence in _sentences(part, model)]
    return " ".join(told) or (gettext("Created.") if entry.action_flag == ADDITION else "–")


def _sentences(part: dict[str, Any], model: type[Model] | None) -> Iterator[str]:
    """The sentences about one change; a change of a row below names its table."""
    for kind, made in part.items():
        table = capfirst(gettext(made["name"])) if "name" in made else ""
        if kind == "changed":
            own = None if table else model
            values = made.get("values") or [None] * len(made["fields"])
            told = [
                field_name(own, each) if both is None else _change(own, each, both)
                for each, both in zip(made["fields"], values, strict=True)
            ]
            yield (f"{table}: " if table else "") + _changed(told)
        elif kind == "added":
            yield gettext("Added: %(table)s.") % {"table": table} if table else gettext("Created.")
        elif kind == "deleted":
            yield gettext("Deleted: %(table)s.") % {"table": table}
        if "reason" in made:
            yield gettext("Reason: %(reason)s.") % {"reason": made["reason"].rstrip(".")}


def field_name(model: type[Model] | None, told: str) -> str:
    """What the desk calls the column that a log knows by its name or by its English label."""
    for field in model._meta.get_fields() if model else ():
        column = getattr(field, "verbose_name", None)
        if column is None:
            table = field.related_model
            name = table._meta.verbose_name_plural if isinstance(table, type) else field.name
        else:
            name = column
        with override(None):
            english = str(name)
        if told in {field.name, english, capfirst(english)}:
            return capfirst(str(name))
    return capfirst(gettext(told))


def _changed(fields: list[str]) -> str:
    return gettext("Changed: %(fields)s.") % {"fields": get_text_list(fields, gettext("and"))}


def _change(model: type[Model] | None, told: str, both: list[str]) -> str:
    """'Phone (030 1 → 030 2)', with the choices of the column in words."""
    name = field_name(model, told)
    for field in model._meta.concrete_fields if model else ():
        if capfirst(str(field.verbose_name)) == name and field.choices:
            words = {str(code): str(label) for code, label in field.flatchoices}
            both = [words.get(each, each) for each in both]
    return _from_to(name, *_compared(*both))


def _from_to(name: str, before: str, after: str) -> str:
    short = Truncator(before).chars(_VALUE_LENGTH), Truncator(after).chars(_VALUE_LENGTH)
    return f"{name} ({short[0]} → {short[1]})"


def changed_values(form: BaseForm) -> list[list[str] | None]:
    """Before and after of each changed field, for the log.

    None where somebody is named, and for what is no text, as conditions.
    """
    found = [None if name in _PERSONAL else _values(form, name) for name in form.changed_data]
    return [
        None if both is None or None in both else [str(each) for each in both] for both in found
    ]


def _values(form: BaseForm, name: str) -> list[str | None]:
    field: Any = form.fields[name]
    after = form.cleaned_data.get(name)
    before = form.get_initial_for_field(field, name)
    if isinstance(field, ModelChoiceField):
        many = isinstance(field, ModelMultipleChoiceField)
        keys = [getattr(each, "pk", each) for each in (before or [] if many else [before])]
        rows: Any = field.queryset
        before, after = rows.filter(pk__in=keys), after if many else [after]
    return [_stored(before), _stored(after)]


def _stored(value: Any) -> str | None:
    if isinstance(value, dict):
        texts = value.keys() <= dict(settings.LANGUAGES).keys()
        return json.dumps(value, ensure_ascii=False) if texts else None
    if isinstance(value, datetime):
        return wall_time(value)
    if isinstance(value, date):
        return wall_day(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        return None
    if isinstance(value, list | tuple | set | QuerySet):
        return ", ".join(_name_of(each) for each in value if each is not None)
    return "" if value is None else str(value)


def _name_of(row: Any) -> str:
    called = _called.get(type(row))
    return called(str(row)) if called else str(row)


def audited_in_words(entry: AuditedEdit) -> str:
    """What a line of the audit log says, in one sentence; what it read before is on its page."""
    if entry.action == AuditedEdit.Action.CREATE:
        return gettext("Created.")
    if entry.action == AuditedEdit.Action.DELETE:
        return gettext("Deleted.")
    model = entry.content_type.model_class()
    return _changed([field_name(model, name) for name in entry.changes_dict])


def audited_changes(entry: AuditedEdit) -> str:
    """The sentence of a line, with each value before and after that no other table holds."""
    if entry.action != AuditedEdit.Action.UPDATE:
        return audited_in_words(entry)
    model = entry.content_type.model_class()
    keys = {each.name for each in model._meta.concrete_fields if each.is_relation} if model else ()
    own = {name: both for name, both in entry.changes_dict.items() if name not in keys}
    values = _rows(model, own)
    names = {name: field_name(model, name) for name in entry.changes_dict}
    return _changed(
        [_from_to(told, *values[name]) if name in values else told for name, told in names.items()]
    )


def audited_values(entry: AuditedEdit) -> list[tuple[str, str, str]]:
    """Column, before and after for everything that a line of the audit log holds."""
    model = entry.content_type.model_class()
    found = _rows(model, entry.changes_dict)
    return [(field_name(model, name), *both) for name, both in found.items()]


def _rows(model: type[Model] | None, changes: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Before and after, by column."""
    changes = {name: both for name, both in changes.items() if name not in _PERSONAL}
    rows = {}
    for name, change in changes.items():
        if isinstance(change, dict):  # rows of another table that were linked or unlinked
            called = _called_in(model, name)
            said = ", ".join(called(str(each)) for each in change["objects"])
            gone = change["operation"] == "delete"
            rows[name] = (said, "–") if gone else ("–", said)
        elif name != "id" and not {str(each) for each in change} <= _NOTHING:
            before, after = (_displayed(model, name, each) for each in change)
            rows[name] = _compared(before, after)
    return rows


def _called_in(model: type[Model] | None, name: str) -> Called:
    try:
        table = model._meta.get_field(name).related_model if model else None
    except FieldDoesNotExist:
        table = None
    return _called.get(table, gettext) if isinstance(table, type) else gettext


def _displayed(model: type[Model] | None, name: str, value: Any) -> str:
    """A value as the log holds it, in words: choices, days and rows of other tables."""
    try:
        field: Any = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        field = None
    said = str(value)
    if said in _NOTHING or field is None:
        return said
    if field.is_relation:
        row = field.related_model._base_manager.filter(pk=said).first()
        return str(row or said)
    if isinstance(field, DateTimeField):
        at = parse_datetime(said)
        return wall_time(make_aware(at, UTC) if is_naive(at) else at) if at else said
    if isinstance(field, DateField):
        day = parse_date(said)
        return wall_day(day) if day else said
    return str(dict(field.flatchoices).get(said, said))


def _compared(before: str, after: str) -> tuple[str, str]:
    """Two values as people read them; of texts in several languages those that differ."""
    old, new = _texts(before), _texts(after)
    if not old and not new:
        return _said(before), _said(after)
    names = dict(settings.LANGUAGES)
    codes = [code for code in names if old.get(code) != new.get(code)]
    old_said, new_said = (
        " · ".join(f"{names[code]}: {texts[code]}" for code in codes if texts.get(code)) or "–"
        for texts in (old, new)
    )
    return old_said, new_said


def _texts(value: str) -> dict[str, str]:
    try:
        found = json.loads(value)
    except ValueError:
        return {}
    is_texts = isinstance(found, dict) and found.keys() <= dict(settings.LANGUAGES).keys()
    return found if is_texts else {}


def _said(value: str) -> str:
    return "–" if value in _NOTHING else str(_WORDS.get(value, value))

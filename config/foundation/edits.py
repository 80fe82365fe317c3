"""What somebody changed at the desk, in words: the log of Django's admin and the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from auditlog.models import LogEntry as AuditedEdit
from django.conf import settings
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:  # the stubs' name for a text that is translated when it is shown
    from django.utils.functional import _StrPromise

_NOTHING = {"", "None", "[]", "{}"}
_WORDS: dict[str, _StrPromise] = {"True": _("Yes"), "False": _("No")}


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
            fields = get_text_list(
                [field_name(own, each) for each in made["fields"]], gettext("and")
            )
            where = f"{table}: " if table else ""
            yield where + gettext("Changed: %(fields)s.") % {"fields": fields}
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


def audited_in_words(entry: AuditedEdit) -> str:
    """What a line of the audit log says, in one sentence."""
    if entry.action == AuditedEdit.Action.CREATE:
        return gettext("Created.")
    if entry.action == AuditedEdit.Action.DELETE:
        return gettext("Deleted.")
    model = entry.content_type.model_class()
    fields = [field_name(model, name) for name in entry.changes_dict]
    return gettext("Changed: %(fields)s.") % {"fields": get_text_list(fields, gettext("and"))}


def audited_values(entry: AuditedEdit) -> list[tuple[str, str, str]]:
    """Column, before and after for everything that a line of the audit log holds."""
    model = entry.content_type.model_class()
    names = {name: field_name(model, name) for name in entry.changes_dict}
    rows = []
    for name, change in entry.changes_dict.items():
        if isinstance(change, dict):  # rows of another table that were linked or unlinked
            said = ", ".join(map(str, change["objects"]))
            gone = change["operation"] == "delete"
            rows.append((names[name], said if gone else "–", "–" if gone else said))
    for name, (before, after) in _displayed(entry, model):
        if not {str(before), str(after)} <= _NOTHING:
            rows.append((names[name], *_compared(str(before), str(after))))
    return rows


def _displayed(entry: AuditedEdit, model: type[Model] | None) -> Iterable[tuple[str, Any]]:
    if model is None:
        return [(name, both) for name, both in entry.changes_dict.items() if len(both) == 2]
    shown = entry.changes_display_dict
    own = [name for name, both in entry.changes_dict.items() if not isinstance(both, dict)]
    found = []
    for name in own:
        try:
            label = getattr(model._meta.get_field(name), "verbose_name", name)
        except FieldDoesNotExist:
            label = name
        if name != "id" and label in shown:
            found.append((name, shown[label]))
    return found


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

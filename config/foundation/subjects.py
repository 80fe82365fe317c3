"""What "appointment/17", as letters and the access log keep it, is in words, and where it leads."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from config.foundation.admin_bases import wall_day
from config.foundation.staff import Staff, staff_of
from config.foundation.typed_text import fold_typed

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from config.foundation.outbox import Notification

# The names of the rows with these ids, with persons or without; one query for all of them.
Describe = Callable[[Collection[int], bool], dict[int, str]]

_ROW = re.compile(r"(\w+)/(\d+)(?: (\w+))?")
_LIST = re.compile(r"(\w+) list")
_DAY = re.compile(r"(appointments|outage list) (\d{4}-\d\d-\d\d)")
_SEARCH = re.compile(r"by (reference|birth date|e-mail|name), (\d+) found")
_PAGES: dict[str, StrOrPromise] = {
    "appointments": _("Appointments"),
    "appointments of the day": _("The day's appointments"),
    "closure preview": _("Who is affected by a closure"),
    "statistics": _("Statistics"),
}
_DAYS: dict[str, StrOrPromise] = {
    "appointments": _("List of the day %(day)s"),
    "outage list": _("Outage list for %(day)s"),
}
_HOW: dict[str, StrOrPromise] = {
    "reference": _("by reference: %(n)s found"),
    "birth date": _("by date of birth: %(n)s found"),
    "e-mail": _("by e-mail address: %(n)s found"),
    "name": _("by name: %(n)s found"),
}
_OPENED: dict[str, StrOrPromise] = {
    "load": _("to put a document in"),
    "recall": _("to take a document out"),
    "look": _("to look inside"),
}


@dataclass(frozen=True)
class _Rows:
    """A table whose rows are subjects."""

    model: type[models.Model]
    describe: Describe

    @property
    def view(self) -> str:
        """The right to look at a row."""
        return f"{self.model._meta.app_label}.view_{self.model._meta.model_name}"

    def page(self, pk: int) -> str:
        """The page of a row."""
        return reverse(f"admin:{self.model._meta.label_lower.replace('.', '_')}_change", args=[pk])


_tables: dict[str, _Rows] = {}


def describes(model: type[models.Model]) -> Callable[[Describe], Describe]:
    """Registers how rows of `model` are called."""

    def register(describe: Describe) -> Describe:
        _tables[str(model._meta.model_name)] = _Rows(model, describe)
        return describe

    return register


# Where a letter is sent again, for whoever may do so; None where nobody can.
WayAgain = Callable[["Notification", Staff], str | None]
_ways_again: dict[str, WayAgain] = {}


def sends_again(model: type[models.Model]) -> Callable[[WayAgain], WayAgain]:
    """Registers where a letter about a row of `model` is sent again."""

    def register(way: WayAgain) -> WayAgain:
        _ways_again[str(model._meta.model_name)] = way
        return way

    return register


def way_to_send_again(letter: Notification, *, reader: Staff) -> str | None:
    """The page on which `reader` sends it again."""
    way = _ways_again.get(letter.subject.partition("/")[0])
    return way(letter, reader) if way else None


def may_look(subject: str, *, reader: Staff) -> bool:
    """Whether `reader` may follow a subject to its page, and so read what is about its person."""
    table = _tables.get(subject.partition("/")[0])
    return table is not None and reader.has_perm(table.view)


Find = Callable[[str], str | None]
_finders: list[Find] = []


def finds(find: Find) -> Find:
    """Registers how a number as printed ("7K3F-92QX") leads to the subject it belongs to."""
    _finders.append(find)
    return find


def subject_of(number: str) -> str | None:
    """The subject ("appointment/17") that a printed number belongs to; None for an unknown one."""
    parts = re.fullmatch(r"([A-Z0-9]{4})[- ]?([A-Z0-9]{4})", fold_typed(number).strip().upper())
    printed = "-".join(parts.groups()) if parts else number.strip()
    if not printed.isprintable():  # no database is asked for what none can hold
        return None
    return next((subject for find in _finders if (subject := find(printed))), None)


def in_words(subjects: Iterable[str], *, reader: Staff) -> dict[str, SafeString | str]:
    """What each subject is called, as a link where `reader` may follow it, named only then."""
    wanted: dict[str, set[int]] = {}
    for subject in set(subjects):
        if found := _ROW.fullmatch(subject):
            wanted.setdefault(found[1], set()).add(int(found[2]))
    names = {
        name: table.describe(wanted[name], reader.has_perm(table.view))
        for name, table in _tables.items()
        if name in wanted
    }
    return {subject: _one(subject, names, reader) for subject in set(subjects)}


def reason_in_words(reason: str) -> str:
    """How somebody searched, or why a door was opened; what people typed stays."""
    if found := _SEARCH.fullmatch(reason):
        return str(_HOW[found[1]]) % {"n": found[2]}
    return str(_OPENED.get(reason, reason))


def _one(subject: str, names: dict[str, dict[int, str]], reader: Staff) -> SafeString | str:
    if found := _ROW.fullmatch(subject):
        table, pk = _tables.get(found[1]), int(found[2])
        if table is None:
            return _of_table(found[1], str(_("no. %s")) % pk)
        name = names[found[1]].get(pk)
        if name is None:
            return _of_table(found[1], str(_("no longer there")))
        may = reader.has_perm(table.view)
        return format_html('<a href="{}">{}</a>', table.page(pk), name) if may else name
    if found := _LIST.fullmatch(subject):
        return _of_table(found[1], str(_("list")))
    if found := _DAY.fullmatch(subject):
        return str(_DAYS[found[1]]) % {"day": wall_day(date.fromisoformat(found[2]))}
    return str(_PAGES.get(subject, subject))


def _of_table(name: str, what: str) -> str:
    """ "Termine: Liste"; a table that is gone keeps its old name."""
    for model in apps.get_models():
        if model._meta.model_name == name:
            return f"{capfirst(str(model._meta.verbose_name_plural))}: {what}"
    return f"{name}: {what}"


class SubjectsInWords(ChangeList):
    """A list whose rows know what their subject is called; one query for each table."""

    def get_results(self, request: HttpRequest) -> None:
        """The rows of the page, each with its `told`."""
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        names = in_words({row.subject for row in rows}, reader=staff_of(request))
        for row in rows:
            row.told = names[row.subject]
        self.result_list = rows

"""A change of hours as one line of the log of edits, however many windows it made and ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from booking.models import Counter, ServiceWindow
from config.foundation.numbers import whole_number

TOGETHER = timedelta(seconds=5)


def beside(line: Any) -> QuerySet[Any]:
    """The lines of the same change of hours; of any other table the line alone."""
    rows: QuerySet[Any] = LogEntry.objects.select_related("content_type", "actor")
    if not _is_of_hours(line):
        return rows.filter(pk=line.pk)
    return rows.filter(
        content_type=line.content_type,
        actor=line.actor,
        timestamp__gte=line.timestamp - TOGETHER,
        timestamp__lte=line.timestamp + TOGETHER,
    ).order_by("-timestamp")


def together(lines: Iterable[Any]) -> list[Any]:
    """The lines of a page in their order; those of one change are one, with all in `parts`."""
    found: list[Any] = []
    changes: dict[tuple[object, object], Any] = {}
    for line in lines:
        if not _is_of_hours(line):
            found.append(line)
            continue
        line.counter = _counter_of(line)
        key = (line.actor_id, line.counter)
        first = changes.get(key)
        if first is not None and abs(first.timestamp - line.timestamp) <= TOGETHER:
            first.parts.append(line)
            continue
        line.parts = [line]
        changes[key] = line
        found.append(line)
    _name(changes.values())
    return found


def said_of(line: Any) -> str:
    """What was done to the hours: the new ones, those that changed and those that are gone."""
    told = {
        LogEntry.Action.CREATE: _("New: %(hours)s."),
        LogEntry.Action.UPDATE: _("Changed: %(hours)s."),
        LogEntry.Action.DELETE: _("Gone: %(hours)s."),
    }
    sentences = []
    for action, sentence in told.items():
        hours = sorted(_hours(each) for each in line.parts if each.action == action)
        if hours:
            sentences.append(sentence % {"hours": ", ".join(text for _day, text in hours)})
    return " ".join(sentences)


def _is_of_hours(line: Any) -> bool:
    kind: ContentType = line.content_type
    return kind.model_class() is ServiceWindow


def _counter_of(line: Any) -> int | None:
    if line.row is not None:
        key: int = line.row.counter_id
        return key
    # the window is gone: what was logged of it still says whose it was
    known = [each for each in line.changes_dict.get("counter", []) if each != "None"]
    return whole_number(known[-1]) if known else None


def _hours(line: Any) -> tuple[int, str]:
    window: ServiceWindow | None = line.row
    return (7, line.object_repr) if window is None else (window.weekday, str(window))


def _name(lines: Iterable[Any]) -> None:
    counters = Counter.objects.in_bulk({line.counter for line in lines if line.counter})
    table = capfirst(str(ServiceWindow._meta.verbose_name_plural))
    for line in lines:
        counter = line.of_counter = counters.get(line.counter)
        line.told = f"{table}: {counter}" if counter else table

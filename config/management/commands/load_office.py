"""Loads the facts about an office from its file; loading it again updates them."""

from __future__ import annotations

import re
from collections import Counter as Tally
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, CommandParser
from django.db import models, transaction
from django.utils import timezone

from booking.actions.opening_hours import drop_unscheduled
from booking.actions.slots import apply_closure
from booking.models import Closure, Counter, ServiceWindow
from booking.windows import day_bounds
from config.foundation.commands import OperatorCommand
from config.foundation.contacts import Link, forget_links
from config.foundation.office import CounterGroup, Office, ServiceStatus, forget_memory
from pickup_box import layouts
from pickup_box.actions.boxes import BadLayout, create_compartments, ensure_box
from pickup_box.models import Box

SECTIONS = {"office", "service", "counter_groups", "counters", "closures", "box", "links"}
_UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")
Row = TypeVar("Row", bound=models.Model)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Wrong(Exception):
    """One sentence about one place in the file."""


def check_keys(place: str, found: Any, known: set[str]) -> dict[str, Any]:
    """`found` as a mapping of known keys; raises Wrong."""
    if not isinstance(found, dict):
        raise Wrong(f"{place} must be a mapping of names to values")
    for key in found:
        if key not in known:
            raise Wrong(f"{place} has no {key!r}; known are {', '.join(sorted(known))}")
    return found


def rows_of(place: str, found: Any) -> list[Any]:
    """`found` as a list; nothing is an empty one; raises Wrong."""
    if not isinstance(found, list | None):
        raise Wrong(f"{place} must be a list")
    return found or []


def check_texts(place: str, found: Any) -> None:
    """Raises Wrong unless `found` has texts for known languages, among them German."""
    texts = check_keys(place, found, set(dict(settings.LANGUAGES)))
    for language, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise Wrong(f"{place}.{language} must be a text")
    if texts and "de" not in texts:
        raise Wrong(f"{place} needs a German text (de)")


def values_of(model: type[models.Model], place: str, found: dict[str, Any]) -> dict[str, Any]:
    """The columns of `model` that `found` names, in their Python types; raises Wrong."""
    values = {}
    for name, value in found.items():
        column = model._meta.get_field(name)
        if isinstance(column, models.JSONField):
            check_texts(f"{place}.{name}", value or {})
            values[name] = value or {}
        elif isinstance(column, models.TimeField) and not isinstance(value, str):
            raise Wrong(f'{place}.{name} must be a time in quotes, like "09:00"')
        elif isinstance(column, models.CharField | models.TextField) and not is_text(value):
            raise Wrong(f"{place}.{name} must be a text")
        elif isinstance(column, models.Field) and value is not None:
            try:
                values[name] = column.to_python(value)
            except (ValidationError, TypeError, OverflowError) as error:
                raise Wrong(f"{place}.{name} can't be {value!r:.60}") from error
    return values


def is_text(found: Any) -> bool:
    """Whether `found` is a text, a number that means one (phone: 115), or nothing."""
    return isinstance(found, str | int | None) and not isinstance(found, bool)


def check_characters(place: str, found: Any) -> None:
    """Raises Wrong for a text with a character that no database keeps: NUL, half of a pair."""
    if isinstance(found, dict):
        for key, value in found.items():
            check_characters(f"{place}.{key}", value)
    elif isinstance(found, list):
        for number, value in enumerate(found, 1):
            check_characters(f"{place}[{number}]", value)
    elif isinstance(found, str) and _UNSTORABLE.search(found):
        raise Wrong(f"{place} has a character that can't be stored")


def columns(model: type[models.Model], *without: str) -> set[str]:
    """The names a file may give for `model`."""
    return {column.name for column in model._meta.concrete_fields} - {"id", *without}


class Command(OperatorCommand):
    help = (
        "Loads the facts about an office from its file. Loaded again it updates them; it "
        "never deletes."
    )
    example = "config/offices/magdeburg.yaml --check"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="like config/offices/magdeburg.yaml")
        parser.add_argument("--check", action="store_true", help="only say what is wrong")

    def handle(self, *, path: Path, check: bool, verbosity: int, **options: object) -> None:
        """Loads the file whole or not at all."""
        self.tally: Tally[str] = Tally()
        try:
            found = yaml.safe_load(path.read_text(encoding="utf-8"))
            self.now = timezone.now()
            with transaction.atomic():
                check_characters("the file", found)
                self.load(check_keys("the file", found, SECTIONS))
                transaction.set_rollback(check)
        except OSError as error:
            raise CommandError(f"{path} can't be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not UTF-8: byte {error.start}") from error
        except yaml.YAMLError as error:
            raise CommandError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
        except Wrong as error:
            raise CommandError(f"{path}: {error}.") from error
        forget_memory()
        if verbosity:
            counts = (f"{self.tally[word]} {word}" for word in ("new", "changed", "unchanged"))
            self.stdout.write(f"{'Checked' if check else 'Loaded'} {path}: {', '.join(counts)}.")

    def load(self, found: dict[str, Any]) -> None:
        """Writes every section; raises Wrong."""
        office = self.load_office(found.get("office"))
        service = check_keys("service", found.get("service") or {}, columns(ServiceStatus))
        if not ServiceStatus.objects.exists():
            self.put(ServiceStatus, "service", {"pk": 1}, service)
        for place, row in self.numbered("counter_groups", found):
            check_keys(place, row, columns(CounterGroup))
            self.put(CounterGroup, place, {"slug": row.get("slug")}, row)
        for place, row in self.numbered("links", found):
            self.load_link(place, row)
        for place, row in self.numbered("counters", found):
            self.load_counter(place, row)
        for place, row in self.numbered("closures", found):
            self.load_closure(place, row, office)
        if found.get("box"):
            self.load_box(found["box"], office)
        forget_memory()
        forget_links()
        # hours and closed days of the file hold from this moment on, and not from the next sweep
        drop_unscheduled(now=self.now)

    def load_office(self, found: Any) -> Office:
        """The one office; a deployment never becomes another one."""
        row = check_keys("office", found, columns(Office))
        other = Office.objects.exclude(slug=row.get("slug")).first()
        if other is not None:
            raise Wrong(f"this deployment belongs to {other.slug}; another office needs its own")
        return self.put(Office, "office", {"slug": row.get("slug")}, row)

    def load_link(self, place: str, found: Any) -> None:
        """A mailbox, form, service or film; an empty address erases none that the desk entered."""
        row = dict(check_keys(place, found, columns(Link)))
        if not row.get("address"):
            row.pop("address", None)
        self.put(Link, place, {"slug": row.get("slug")}, row)

    def load_counter(self, place: str, found: Any) -> None:
        """A counter and its weekly hours."""
        row = check_keys(place, found, columns(Counter) | {"windows"})
        group = CounterGroup.objects.filter(slug=row.get("group")).first()
        if group is None:
            raise Wrong(f"{place}.group {row.get('group')!r} is not among the counter_groups")
        values = {name: value for name, value in row.items() if name not in ("windows", "group")}
        counter = self.put(Counter, place, {"slug": row.get("slug")}, values, group=group)
        for number, window in enumerate(rows_of(f"{place}.windows", row.get("windows")), 1):
            self.load_window(f"{place}.windows[{number}]", window, counter)

    def load_window(self, place: str, found: Any, counter: Counter) -> None:
        """Weekly hours; to end them, give them a valid_until."""
        row = dict(check_keys(place, found, columns(ServiceWindow, "counter")))
        weekday = row.pop("weekday", None)
        if weekday not in WEEKDAYS:
            raise Wrong(f"{place}.weekday must be one of {', '.join(WEEKDAYS)}")
        values = values_of(ServiceWindow, place, row)
        key = {name: values.get(name) for name in ("opens", "valid_from")}
        key |= {"counter": counter, "weekday": WEEKDAYS.index(weekday)}
        self.put(ServiceWindow, place, key, row)

    def load_closure(self, place: str, found: Any, office: Office) -> None:
        """A whole local day on which nobody is served; one that was lifted stays lifted."""
        row = check_keys(place, found, {"day", "reason"})
        day = row.get("day")
        if not isinstance(day, date) or isinstance(day, datetime):
            raise Wrong(f"{place}.day must be a day, like 2026-12-24")
        check_texts(f"{place}.reason", row.get("reason") or {})
        starts_at, ends_at = day_bounds(day, zone=office.zone)
        key = {"counter": None, "starts_at": starts_at, "ends_at": ends_at}
        closure = self.put(Closure, place, key, {"reason": row.get("reason") or {}})
        if closure.lifted_at is None:
            apply_closure(closure=closure, now=self.now, by=None)

    def load_box(self, found: Any, office: Office) -> None:
        """The pickup box with the compartments of its layout."""
        row = dict(check_keys("box", found, columns(Box) | {"layout"}))
        layout = row.pop("layout", None)
        if not isinstance(layout, str | None):
            raise Wrong("box.layout must be a text")
        # the one list among the columns; `Box` itself says what may stand in it
        weekdays = {"weekdays": row.pop("weekdays")} if "weekdays" in row else {}
        row = {"slug": "", **values_of(Box, "box", row), **weekdays}
        known = Box.objects.filter(slug=row.get("slug")).exists()
        try:
            box = ensure_box(**{"state": office.state, "time_zone": office.time_zone, **row})
            if layout:
                create_compartments(box=box, layout=layouts.read(layout))
        except ValidationError as error:
            where = next(iter(error.message_dict))
            raise Wrong(f"box.{where}: {' '.join(error.message_dict[where])}") from error
        except (BadLayout, OSError) as error:
            raise Wrong(f"box.layout: {error}") from error
        self.tally["unchanged" if known else "new"] += 1

    def numbered(self, section: str, found: dict[str, Any]) -> list[tuple[str, Any]]:
        """The rows of a section, each with its place in the file."""
        rows = rows_of(section, found.get(section))
        return [(f"{section}[{number}]", row) for number, row in enumerate(rows, 1)]

    def put(
        self, model: type[Row], place: str, key: dict[str, Any], found: dict[str, Any], **more: Any
    ) -> Row:
        """The row of `key` with the values of `found`; raises Wrong."""
        values = {**values_of(model, place, found), **more}
        row = model._default_manager.filter(**key).first()
        word = "new" if row is None else "unchanged"
        row = row or model(**key)
        for name, value in values.items():
            if getattr(row, name, None) != value:
                setattr(row, name, value)
                word = "new" if word == "new" else "changed"
        try:
            row.full_clean()
        except ValidationError as error:
            where = next(iter(error.message_dict))
            raise Wrong(f"{place}.{where}: {' '.join(error.message_dict[where])}") from error
        if word != "unchanged":
            row.save()
        self.tally[word] += 1
        return row

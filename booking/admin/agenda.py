"""The appointments as an agenda: which days and states are shown, and what is free between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.admin.free_times import FreeTimes, free_times
from booking.category_names import CATEGORY_NAMES
from booking.models import Appointment, Counter
from booking.models.appointments import STATUS_LABELS
from booking.states import SETTLED, Status
from booking.windows import day_bounds, local_day
from config.foundation.day_inputs import picked_day
from config.foundation.numbers import whole_number
from config.foundation.office import current_office

FREE = "free"
# who has a time, or has had it
PLACED = (Status.HELD, Status.OFFERED, *SETTLED, Status.COMPLETED, Status.NO_SHOW)
QUICK = ("", Status.BOOKED, Status.CHECKED_IN, Status.NO_SHOW, FREE)
COUNTER = "slot__counter__id__exact"
BY_COUNTER = "counters"


def _today() -> date:
    return local_day(timezone.now(), zone=current_office().zone)


class Day(admin.SimpleListFilter):
    """Which days to show, or one that was picked; there is no "all", which would read years."""

    title = _("day")
    parameter_name = "day"
    template = "admin/booking/appointment/day_filter.html"
    default = "week"
    spans = {
        "week": (0, 8, _("from now on")),
        "today": (0, 1, _("today")),
        "tomorrow": (1, 2, _("tomorrow")),
        "ahead": (0, 29, _("the next 4 weeks")),
        "past": (-7, 0, _("the last 7 days")),
        "month": (-30, 0, _("the last 30 days")),
    }

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """Every span but the default."""
        return [(name, span[2]) for name, span in self.spans.items() if name != self.default]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The default has a name; the day picked and its neighbours are links of their own."""
        default, *others = list(super().choices(changelist))
        day = picked_day(self.value())
        yield {**default, "selected": self._span == self.default, "display": self.spans["week"][2]}
        yield from others
        shown, one = day or _today(), timedelta(days=1)
        for name, at in (("before", shown - one), ("picked", shown), ("after", shown + one)):
            query = changelist.get_query_string({self.parameter_name: at.isoformat()})
            yield {"name": name, "selected": day == at, "query_string": query, "day": at}
        left_out = {self.parameter_name, "p", "e"}
        kept = {name: text for name, text in changelist.params.items() if name not in left_out}
        yield {"name": "kept", "selected": False, "kept": kept}

    @property
    def _span(self) -> str:
        if picked_day(self.value()):
            return ""
        name = self.value() or self.default
        return name if name in self.spans else self.default

    def bounds(self) -> tuple[datetime, datetime]:
        """From when to when (UTC) the list goes."""
        zone = current_office().zone
        first, last, today = 0, 1, picked_day(self.value())
        if today is None:
            first, last, _name = self.spans[self._span]
            today = _today()
        since = day_bounds(today + timedelta(days=first), zone=zone)[0]
        return since, day_bounds(today + timedelta(days=last), zone=zone)[0]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Appointments of these days; from now on without who is done with."""
        since, until = self.bounds()
        rows = queryset.filter(slot__starts_at__gte=since, slot__starts_at__lt=until)
        if self._span == self.default:
            rows = rows.filter(Q(slot__ends_at__gt=timezone.now()) | Q(status__in=SETTLED))
        return rows


class State(admin.SimpleListFilter):
    """Who has a place unless told otherwise; or what is free."""

    title = _("status")
    parameter_name = "status__exact"
    template = "admin/booking/appointment/state_filter.html"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """Every state, and free times alone."""
        return [(FREE, _("free")), *((each.value, STATUS_LABELS[each]) for each in Status)]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The ones of every day first."""
        names = ["", *(name for name, _label in self.lookup_choices)]
        found = dict(zip(names, super().choices(changelist), strict=True))
        for name in (*QUICK, *(each for each in found if each not in QUICK)):
            yield {**found[name], "is_quick": name in QUICK}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those in this state."""
        if self.value() == FREE:
            return queryset.none()
        return queryset.filter(status__in=[self.value()] if self.value() else PLACED)


class Category(admin.SimpleListFilter):
    title = _("category")
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return list(CATEGORY_NAMES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(category=self.value()) if self.value() else queryset


class View(admin.SimpleListFilter):
    """One list by the clock, or the counters side by side."""

    title = _("view")
    parameter_name = "view"
    template = "admin/booking/appointment/view_filter.html"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """The list is there unless told otherwise."""
        return [(BY_COUNTER, _("by counter"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Both by their names."""
        as_list, by_counter = super().choices(changelist)
        yield {**as_list, "display": _("as a list")}
        yield by_counter

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The same people in both."""
        return queryset


@dataclass(kw_only=True)
class AgendaDay:
    """One day with its people and what is free between them."""

    day: date
    entries: list[Appointment | FreeTimes] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many people."""
        return sum(isinstance(each, Appointment) for each in self.entries)

    @property
    def counters(self) -> list[Counter]:
        """The counters of the day in the order of the office."""
        found = {_counter_of(each) for each in self.entries}
        return sorted(found, key=lambda counter: (counter.group.position, counter.slug))

    @property
    def rows(self) -> list[tuple[datetime, list[list[Appointment | FreeTimes]]]]:
        """Each time at which something begins, with what begins then at each of the counters."""
        counters = self.counters
        cells: dict[datetime, dict[Counter, list[Appointment | FreeTimes]]] = {}
        for each in self.entries:
            at = cells.setdefault(_starts_at(each), {})
            at.setdefault(_counter_of(each), []).append(each)
        return [(at, [beside.get(each, []) for each in counters]) for at, beside in cells.items()]


def _counter_of(entry: Appointment | FreeTimes) -> Counter:
    return entry.counter if isinstance(entry, FreeTimes) else entry.slot.counter


def _starts_at(entry: Appointment | FreeTimes) -> datetime:
    return entry.starts_at if isinstance(entry, FreeTimes) else entry.slot.starts_at


def agenda(changelist: ChangeList, *, now: datetime) -> list[AgendaDay]:
    """What is on one page of the list, by day and time."""
    zone = current_office().zone
    rows: list[Appointment] = list(changelist.result_list)
    entries: list[Appointment | FreeTimes] = [*rows, *_free(changelist, rows, now=now)]
    days: dict[date, AgendaDay] = {}
    for entry in sorted(entries, key=_starts_at):
        day = local_day(_starts_at(entry), zone=zone)
        days.setdefault(day, AgendaDay(day=day)).entries.append(entry)
    return list(days.values())


def _free(changelist: ChangeList, rows: list[Appointment], *, now: datetime) -> list[FreeTimes]:
    """What is free between the rows of a page; nothing where people are asked for by a state."""
    asked = changelist.params
    by_person = {"category", "applicant__language__exact"}
    if by_person & set(asked) or asked.get(State.parameter_name, FREE) != FREE:
        return []
    spans = [each for each in changelist.filter_specs if isinstance(each, Day)]
    since, until = spans[0].bounds()
    if rows and changelist.page_num > 1:
        since = rows[0].slot.starts_at
    if rows and changelist.page_num < changelist.paginator.num_pages:
        # up to the first row of the next page: what is free before it stands on one of the two
        until = changelist.paginator.page(changelist.page_num + 1).object_list[0].slot.starts_at
    counter = whole_number(asked.get(COUNTER, ""))
    return free_times(since=since, until=until, now=now, counter=counter)

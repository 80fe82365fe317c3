"""The lists of a day, one for each counter: who comes, who is next, what is free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking.admin.action_forms import papers_of
from booking.admin.appointment_actions import actions_for
from booking.admin.appointment_summary import TONES, case_of, standing_for
from booking.admin.desk_action import DeskAction
from booking.admin.free_times import FreeTimes, free_times
from booking.models import Appointment, Counter
from booking.states import Status
from booking.windows import day_bounds, local_day
from config.foundation.admin_bases import wall_day
from config.foundation.dates import show_birth_date
from config.foundation.office import Office, current_office

# Who has a place on the list of a day; who lost the time to a closure is on the page of that.
ON_THE_LIST = (Status.BOOKED, Status.CHECKED_IN, Status.COMPLETED, Status.NO_SHOW)
OVER = (Status.COMPLETED, Status.NO_SHOW)
STILL_SHOWN = 2


@dataclass(frozen=True, kw_only=True)
class Line:
    """One person on the list of a counter."""

    row: Appointment
    starts_at: datetime
    time: str
    name: str
    born: str
    category: str
    need_by: str
    papers: str
    arrived: str
    actions: list[DeskAction]
    waits: str
    late: bool
    is_next: bool

    @property
    def tone(self) -> str:
        """The colour of its state."""
        return TONES.get(Status(self.row.status), "")

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.row.status in OVER

    @property
    def url(self) -> str:
        """The page of the appointment."""
        return reverse("admin:booking_appointment_change", args=[self.row.pk])


@dataclass(frozen=True, kw_only=True)
class CounterList:
    """What one counter does on one day."""

    counter: Counter
    lines: list[Line]
    free: list[FreeTimes]

    @property
    def people(self) -> list[Line]:
        """Who has a time, without those who may still accept one."""
        return [line for line in self.lines if line.row.status in ON_THE_LIST]

    @property
    def over(self) -> list[Line]:
        """The people who are done with."""
        return [line for line in self.lines if line.is_over]

    @property
    def earlier(self) -> list[Line]:
        """Those of them who would only push the present out of sight."""
        return self.over[:-STILL_SHOWN]

    @property
    def entries(self) -> list[Line | FreeTimes]:
        """All other people, and the free times, in their order."""
        earlier = self.earlier
        both: list[Line | FreeTimes] = [line for line in self.lines if line not in earlier]
        return sorted([*both, *self.free], key=lambda each: each.starts_at)


@dataclass(frozen=True, kw_only=True)
class DayList:
    """One day with its counters."""

    day: date
    title: str
    counters: list[CounterList]

    @property
    def count(self) -> int:
        """How many people."""
        return sum(len(each.people) for each in self.counters)


def next_due(rows: Iterable[Appointment]) -> Appointment | None:
    """Whom a counter serves next of its people of a day: who has arrived, then who is expected."""
    order = {Status.CHECKED_IN: 0, Status.BOOKED: 1}
    waiting = [row for row in rows if row.status in order]
    ranked = sorted(waiting, key=lambda row: (order[Status(row.status)], row.slot.starts_at))
    return ranked[0] if ranked else None


def expected(
    *, first: date, days: int, office: Office, offered_at: datetime | None = None
) -> QuerySet[Appointment]:
    """Everybody on the lists of `days` local days from `first` on, in the order of the lists.

    With `offered_at` (UTC) also those who can still accept a time then: it is not free.
    """
    since = day_bounds(first, zone=office.zone)[0]
    until = day_bounds(first + timedelta(days=days), zone=office.zone)[0]
    shown = Q(status__in=ON_THE_LIST)
    if offered_at:
        shown |= Q(status=Status.OFFERED, free_from__gt=offered_at)
    rows = Appointment.objects.filter(shown, slot__starts_at__gte=since, slot__starts_at__lt=until)
    order = ("slot__counter__group__position", "slot__counter__slug", "slot__starts_at", "pk")
    beside = ("slot__counter__group", "applicant", "invitation__quota")
    return rows.select_related(*beside).order_by(*order)


def day_lists(
    *, first: date, days: int, now: datetime, language: str, with_offers: bool = False
) -> tuple[list[DayList], list[Appointment]]:
    """The lists of `days` local days from `first` on, and their rows.

    What is still free at `now` (UTC) stands on the list of the present day; `with_offers` also
    who may still accept a time, which nobody should take for free.
    """
    office = current_office()
    offered_at = now if with_offers else None
    rows = list(expected(first=first, days=days, office=office, offered_at=offered_at))
    free = _free_today(now=now, office=office)
    lists = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        people: dict[Counter, list[Appointment]] = {}
        for row in rows:
            if local_day(row.slot.starts_at, zone=office.zone) == day:
                people.setdefault(row.slot.counter, []).append(row)
        times = free if day == local_day(now, zone=office.zone) else {}
        counters = [
            CounterList(
                counter=counter,
                lines=_lines(people.get(counter, []), now=now, office=office, language=language),
                free=times.get(counter, []),
            )
            for counter in sorted({*people, *times}, key=lambda c: (c.group.position, c.slug))
        ]
        title = date_format(day, "l, d.m.Y")
        lists.append(DayList(day=day, title=title, counters=counters))
    return lists, rows


def _free_today(*, now: datetime, office: Office) -> dict[Counter, list[FreeTimes]]:
    end = day_bounds(local_day(now, zone=office.zone), zone=office.zone)[1]
    found: dict[Counter, list[FreeTimes]] = {}
    for times in free_times(since=now, until=end, now=now):
        found.setdefault(times.counter, []).append(times)
    return found


def _lines(
    rows: Sequence[Appointment], *, now: datetime, office: Office, language: str
) -> list[Line]:
    due = next_due(rows)
    today = local_day(now, zone=office.zone)
    if due and local_day(due.slot.starts_at, zone=office.zone) != today:
        due = None
    return [
        _line(row, now=now, office=office, language=language, is_next=row is due) for row in rows
    ]


def _line(row: Appointment, *, now: datetime, office: Office, language: str, is_next: bool) -> Line:
    arrived = row.checked_in_at
    return Line(
        row=row,
        starts_at=row.slot.starts_at,
        time=f"{row.slot.starts_at.astimezone(office.zone):%H:%M}",
        name=row.applicant.desk_name or _("forgotten"),
        born=show_birth_date(row.applicant.birth_date) if row.applicant.birth_date else "",
        category=case_of(row),
        need_by=wall_day(row.need_by) if row.need_by else "",
        papers=", ".join(title for _id, title in papers_of(row, language=language)),
        arrived=f"{arrived.astimezone(office.zone):%H:%M}" if arrived else "",
        actions=[each for each in actions_for(row, now=now, office=office) if each.main],
        waits=standing_for(row, now=now),
        late=row.status == Status.BOOKED and row.slot.starts_at <= now,
        is_next=is_next,
    )

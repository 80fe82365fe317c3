"""The start page of the desk: who comes today and tomorrow, what is free, what needs a look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking import actions
from booking.admin.action_forms import papers_of
from booking.admin.appointment_actions import DeskAction, actions_for
from booking.models import Applicant, Appointment, Slot, WaitingEntry
from booking.states import Status
from booking.windows import day_bounds, local_day
from config.foundation.dates import show_birth_date
from config.foundation.office import Office, ServiceStatus, current_office, service_status
from config.foundation.outbox import Notification
from eligibility.labels import CATEGORIES

# Who has a place on the list of a day; who lost the time to a closure is on the page of that.
ON_THE_LIST = (Status.BOOKED, Status.CHECKED_IN, Status.COMPLETED, Status.NO_SHOW)
FREE_SHOWN = 8
SOON = timedelta(hours=24)
DAYS = 2


@dataclass(frozen=True, kw_only=True)
class Line:
    """One person on the list of a counter."""

    row: Appointment
    time: str
    name: str
    born: str
    category: str
    need_by: str
    papers: str
    arrived: str
    actions: list[DeskAction]
    late: bool

    @property
    def url(self) -> str:
        """The page of the appointment."""
        return reverse("admin:booking_appointment_change", args=[self.row.pk])


@dataclass(frozen=True, kw_only=True)
class CounterList:
    """What one counter does on one day."""

    counter: str
    lines: list[Line]


@dataclass(frozen=True, kw_only=True)
class DayList:
    """One day with its counters."""

    day: date
    title: str
    counters: list[CounterList]

    @property
    def count(self) -> int:
        """How many people."""
        return sum(len(each.lines) for each in self.counters)


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Something that somebody should look at, with the page where to do it."""

    text: str
    url: str = ""
    rows: list[Appointment] = field(default_factory=list)


def _expected(*, first: date, days: int, office: Office) -> list[Appointment]:
    since = day_bounds(first, zone=office.zone)[0]
    until = day_bounds(first + timedelta(days=days), zone=office.zone)[0]
    rows = Appointment.objects.filter(
        slot__starts_at__gte=since, slot__starts_at__lt=until, status__in=ON_THE_LIST
    )
    order = ("slot__counter__group__position", "slot__counter__slug", "slot__starts_at", "pk")
    return list(rows.select_related("slot__counter", "applicant").order_by(*order))


def day_lists(
    *, first: date, days: int, now: datetime, language: str
) -> tuple[list[DayList], list[Appointment]]:
    """The lists of `days` local days from `first` on, and their rows."""
    office = current_office()
    rows = _expected(first=first, days=days, office=office)
    papers: dict[str, str] = {}
    for row in rows:  # what a category has to bring is looked up once
        if row.category not in papers:
            titles = [title for _id, title in papers_of(row, language=language)]
            papers[row.category] = ", ".join(titles)
    lists = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        of_day = [row for row in rows if local_day(row.slot.starts_at, zone=office.zone) == day]
        counters = [
            CounterList(
                counter=str(counter),
                lines=[_line(row, papers[row.category], now=now, office=office) for row in group],
            )
            for counter, group in groupby(of_day, key=lambda row: row.slot.counter)
        ]
        title = f"{date_format(day, 'l')}, {day:%d.%m.%Y}"
        lists.append(DayList(day=day, title=title, counters=counters))
    return lists, rows


def _line(row: Appointment, papers: str, *, now: datetime, office: Office) -> Line:
    actions = actions_for(row, now=now, office=office)
    category = CATEGORIES.get(row.category)
    arrived = row.checked_in_at
    return Line(
        row=row,
        time=f"{row.slot.starts_at.astimezone(office.zone):%H:%M}",
        name=row.applicant.full_name or _("forgotten"),
        born=show_birth_date(row.applicant.birth_date) if row.applicant.birth_date else "",
        category=str(category.title) if category else "",
        need_by=f"{row.need_by:%d.%m.}" if row.need_by else "",
        papers=papers,
        arrived=f"{arrived.astimezone(office.zone):%H:%M}" if arrived else "",
        actions=[action for action in actions if action.main],
        late=row.status == Status.BOOKED and row.slot.starts_at <= now,
    )


def start_page(*, now: datetime, language: str) -> dict[str, Any]:
    """Everything the start page shows at `now` (UTC), in a number of queries that never grows."""
    office = current_office()
    today = local_day(now, zone=office.zone)
    lists, rows = day_lists(first=today, days=DAYS, now=now, language=language)
    free = Slot.objects.public(now=now, office=office).select_related("counter")
    waiting = WaitingEntry.objects.active().in_order().select_related("applicant")
    return {
        "days": lists,
        "next_free": [
            f"{slot.starts_at.astimezone(office.zone):%d.%m. %H:%M} · {slot.counter}"
            for slot in free.order_by("starts_at", "counter")[:FREE_SHOWN]
        ],
        "waiting": list(waiting[:FREE_SHOWN]),
        "waiting_count": WaitingEntry.objects.active().count(),
        "alarms": list(_alarms(rows, now=now)),
        "missed": list(actions.vacant_no_show_slots(now=now).select_related("counter")),
    }


def _alarms(rows: list[Appointment], *, now: datetime) -> Iterator[Alarm]:
    if (state := service_status().state_at(now)) != ServiceStatus.State.OPEN:
        yield Alarm(text=_("The service is not open: %s.") % ServiceStatus.State(state).label)
    unsent = _without_letter(rows, now=now)
    if unsent:
        yield Alarm(
            text=_("No letter accepted yet, appointment within 24 hours: please phone."),
            url=reverse("admin:foundation_notification_changelist") + "?state=waiting",
            rows=unsent,
        )
    outside = list(actions.booked_outside_hours(now=now)[:50])
    if outside:
        yield Alarm(
            text=_("Booked outside the hours of the counter: keep or close these times."),
            url=reverse("admin:booking_closure_close"),
            rows=outside,
        )
    mistakes = [row for row in rows if row.mistake_reported_at]
    if mistakes:
        yield Alarm(text=_("A mistake in name or date of birth is reported."), rows=mistakes)
    flagged = Applicant.objects.filter(flagged_at__isnull=False, forgotten_at=None).count()
    if flagged:
        yield Alarm(
            text=_("People who asked for a second appointment from another address: %s") % flagged,
            url=reverse("admin:booking_applicant_changelist"),
        )
    if untold := actions.undelivered(now=now):
        yield Alarm(
            text=_("Offers that no letter could tell of have passed on: please phone."),
            url=reverse("admin:booking_waitingentry_changelist"),
            rows=untold,
        )
    displaced = WaitingEntry.objects.active().filter(priority=0).count()
    if displaced:
        yield Alarm(
            text=_("People who lost a time to a closure and still wait: %s") % displaced,
            url=reverse("admin:booking_waitingentry_changelist") + "?state=displaced",
        )


def _without_letter(rows: list[Appointment], *, now: datetime) -> list[Appointment]:
    """Those of the next 24 hours with a letter that failed, or has waited for five minutes."""
    soon = {
        row.subject: row
        for row in rows
        if row.status == Status.BOOKED and now <= row.slot.starts_at <= now + SOON
    }
    stuck = Q(failed_at__isnull=False) | Q(promised_at__lte=now - timedelta(minutes=5))
    letters = Notification.objects.filter(
        stuck, subject__in=list(soon), sent_at=None, withdrawn_at=None
    )
    found = set(letters.values_list("subject", flat=True))
    return [row for subject, row in soon.items() if subject in found]

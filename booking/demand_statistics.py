"""Demand: at a glance, by hour, how long appointments last, how long people wait."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import ExtractHour, TruncDay
from django.utils.translation import gettext as _

from booking.category_names import CATEGORY_NAMES
from booking.models import Appointment, WaitingEntry
from booking.models.slots import booking_horizon
from booking.models.waiting import DISPLACED
from booking.states import NeedByKind, Status, WaitingStatus
from booking.statistics import (
    TAKEN,
    Span,
    Table,
    booked_between,
    days_waited,
    instants,
    kept,
    percent,
    published_slots,
    step_name,
)
from booking.windows import Release, opened_at
from config.foundation.office import current_office
from eligibility.models import Outcome


def before(span: Span) -> Span:
    """As many days as `span` has, directly before it."""
    return Span(since=span.since - (span.until - span.since), until=span.since, by=span.by)


def overview(span: Span) -> Table:
    """The figures somebody asks for first, beside those of as many days before."""
    rows: list[list[Any]] = [
        [name, now, then]
        for (name, now), (_same, then) in zip(_figures(span), _figures(before(span)), strict=True)
    ]
    waiting = WaitingEntry.objects.active().count()
    rows.append([_("on the waiting list now"), waiting, ""])
    head = (_("key figure"), _("value"), _("the period before"))
    return Table(key="overview", title=_("At a glance"), head=head, rows=rows, charts=())


def _figures(span: Span) -> list[tuple[str, Any]]:
    since, until = instants(span)
    slots = published_slots().filter(starts_at__gte=since, starts_at__lt=until).count()
    booked = booked_between(since, until)
    counts = booked.aggregate(
        taken=Count("pk", filter=Q(status__in=TAKEN)),
        missed=Count("pk", filter=Q(status=Status.NO_SHOW)),
        served=Count("pk", filter=Q(status=Status.COMPLETED)),
    )
    answers = Outcome.objects.filter(day__gte=span.since, day__lt=span.until)
    refused = answers.filter(eligible=False).aggregate(n=Sum("count"))["n"] or 0
    waited = sum(_days_since_wish(kept(booked)), Counter())
    came = counts["missed"] + counts["served"]
    return [
        (_("booked"), counts["taken"]),
        (_("of the appointments offered"), percent(counts["taken"], slots)),
        (_("not come, of those who were due"), percent(counts["missed"], came)),
        (_("days from wish to appointment, median"), _middle(waited)),
        (_("appointments offered"), slots),
        (_("refused by the check"), refused),
    ]


def by_hour(span: Span) -> Table:
    """At which hour of the day people booked, by category."""
    office = current_office()
    since, until = instants(span)
    found = (
        kept(booked_between(since, until))
        .annotate(hour=ExtractHour("booked_at", tzinfo=office.zone))
        .values("hour", "category")
        .annotate(n=Count("pk"))
        .order_by("hour")
    )
    hours: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in found:
        hours[row["hour"]][row["category"]] += row["n"]
    rows = [
        [
            f"{hour:02}:00–{hour:02}:59",
            hours[hour].total(),
            *(hours[hour][category] for category in CATEGORY_NAMES),
        ]
        for hour in range(min(hours, default=0), max(hours, default=-1) + 1)
    ]
    head = (_("hour of booking"), _("booked"), *(str(name) for name in CATEGORY_NAMES.values()))
    return Table(
        key="hours",
        title=_("Demand by hour and category"),
        head=head,
        rows=rows,
        charts=range(1, len(head)),
    )


def sold_out(span: Span) -> Table:
    """On how many days every appointment was taken, and how long after they had opened."""
    steps: dict[str, list[timedelta | None]] = {}
    for day, lasted in _days(span):
        steps.setdefault(step_name(_begins(day, span.by), span.by), []).append(lasted)
    rows = []
    for name, days in steps.items():
        full = [lasted.total_seconds() for lasted in days if lasted is not None]
        rows.append(
            [
                name,
                len(full),
                len(days),
                _lasting(median(full)) if full else "–",
            ]
        )
    head = (_("from"), _("days sold out"), _("days with appointments"), _("sold out after, median"))
    return Table(key="sold_out", title=_("Sold out, and after how long"), head=head, rows=rows)


def _days(span: Span) -> Iterator[tuple[date, timedelta | None]]:
    """Each local day with appointments, and how long they lasted where none was left."""
    office = current_office()
    since, until = instants(span)
    offered = (
        published_slots()
        .filter(starts_at__gte=since, starts_at__lt=until)
        .annotate(on=TruncDay("starts_at", tzinfo=office.zone))
        .values("on")
        .annotate(n=Count("pk"), first=Min("starts_at"))
        .order_by("on")
    )
    taken = (
        kept(booked_between(since, until))
        .filter(slot__closure=None, slot__in_hours=True)
        .annotate(on=TruncDay("slot__starts_at", tzinfo=office.zone))
        .values("on")
        .annotate(n=Count("slot", distinct=True), last=Max("booked_at"))
        .order_by("on")
    )
    last = {row["on"]: (row["n"], row["last"]) for row in taken}
    release = booking_horizon(office)
    for row in offered:
        count, at = last.get(row["on"], (0, None))
        lasted = _after(row["first"], at, release) if count >= row["n"] and at else None
        yield row["on"].date(), lasted


def _after(first: datetime, last_booked: datetime, release: Release) -> timedelta:
    return max(last_booked - opened_at(first, release=release), timedelta())


def wish_to_appointment(span: Span) -> Table:
    """How many local days passed from a person's wish to the appointment."""
    since, until = instants(span)
    booked = kept(booked_between(since, until))
    at_once, from_list = _days_since_wish(booked)
    rows = [
        [str(days), at_once[days] + from_list[days], at_once[days], from_list[days]]
        for days in sorted(at_once | from_list)
    ]
    head = (_("days"), _("people"), _("booked at once"), _("from the waiting list"))
    title = _("Days from wish to appointment")
    return Table(key="wait", title=title, head=head, rows=rows, charts=(1, 2, 3))


def _days_since_wish(booked: QuerySet[Appointment]) -> tuple[Counter[int], Counter[int]]:
    """Of who booked at once, then of who had to join the waiting list before."""
    office = current_office()
    from_list = booked.filter(entry__isnull=False)
    return (
        Counter(days_waited(booked.filter(entry=None), office)),
        Counter(days_waited(from_list, office, since="entry__joined_at")),
    )


def waiting_list(span: Span) -> Table:
    """Who joined the list in these days, what became of it and after how long."""
    since, until = instants(span)
    zone = current_office().zone
    joined = WaitingEntry.objects.filter(joined_at__gte=since, joined_at__lt=until)
    found = (
        joined.annotate(
            came=TruncDay("joined_at", tzinfo=zone), went=TruncDay("ended_at", tzinfo=zone)
        )
        .values_list("status", "came", "went")
        .annotate(n=Count("pk"))
        .order_by()
    )
    people: Counter[str] = Counter()
    days: dict[str, Counter[int]] = {status: Counter() for status in WaitingStatus}
    for status, came, went, count in found:
        people[status] += count
        if went:
            days[status][(went.date() - came.date()).days] += count
    names = {
        WaitingStatus.WAITING: _("still waiting"),
        WaitingStatus.SERVED: _("got an appointment"),
        WaitingStatus.LEFT: _("left the list"),
        WaitingStatus.ENDED: _("day of need passed without an appointment"),
    }
    rows = [[name, people[status], _middle(days[status])] for status, name in names.items()]
    head = (_("what became of it"), _("people"), _("days on the list, median"))
    title = _("Waiting list")
    return Table(key="waiting", title=title, head=head, rows=rows if people else [])


def waiting_now() -> Table:
    """Who waits at this moment, by category."""
    found = (
        WaitingEntry.objects.active()
        .values("applicant__situation__category")
        .annotate(
            n=Count("pk"),
            dated=Count("pk", filter=Q(need_kind=NeedByKind.HARD)),
            owed=Count("pk", filter=Q(priority=DISPLACED)),
        )
        .order_by("-n", "applicant__situation__category")
    )
    rows = [
        [
            str(CATEGORY_NAMES.get(row["applicant__situation__category"], "–")),
            *(row["n"], row["dated"], row["owed"]),
        ]
        for row in found
    ]
    head = (
        *(_("category"), _("people")),
        *(_("must have it by a certain day"), _("lost an appointment to a closure")),
    )
    title = _("On the waiting list now, by category")
    return Table(key="waiting_now", title=title, head=head, rows=rows)


def _begins(day: date, by: str) -> date:
    return day - timedelta(days=day.weekday()) if by == "week" else day


def _middle(days: Counter[int]) -> str:
    return f"{median(days.elements()):g}" if days else "–"


def _lasting(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("%s min") % minutes
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}
    return _("%s days") % (hours // 24)

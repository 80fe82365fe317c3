"""The figures of the office: tables over a span of local days, without a single person in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking.models import Appointment, Slot, WaitingEntry
from booking.models.appointments import STATUS_LABELS
from booking.models.slots import booking_horizon
from booking.states import Status
from booking.windows import day_bounds, local_day, opened_at
from config.foundation.office import Office, current_office
from config.foundation.outbox import Notification
from eligibility.labels import CATEGORIES, REASONS
from eligibility.models import Outcome

STEPS: dict[str, Callable[..., Any]] = {"day": TruncDay, "week": TruncWeek, "month": TruncMonth}
LONGEST = timedelta(days=732)
LEAST_SHOWN = 5  # a smaller figure could point to a person
MASKED = "<5"
# Times that a person had and used, missed or gave back.
TAKEN = (Status.BOOKED, Status.CHECKED_IN, Status.COMPLETED, Status.NO_SHOW)
CONFIRMED = Q(booked_at__isnull=False)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: the first column names the row, `chart` is the column to draw."""

    key: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    chart: int | None = 1


@dataclass(frozen=True, kw_only=True)
class Span:
    """The local days from `since` to `until`, the last exclusive, and the step of time."""

    since: date
    until: date
    by: str


def tables(span: Span) -> list[Table]:
    """Every table about `span`; the number of queries does not depend on the data."""
    office = current_office()
    since = day_bounds(span.since, zone=office.zone)[0]
    until = day_bounds(span.until, zone=office.zone)[0]
    rows = Appointment.objects.filter(slot__starts_at__gte=since, slot__starts_at__lt=until)
    booked = rows.filter(CONFIRMED)
    return [
        _over_time(booked, since, until, span.by, office),
        _by_category(booked),
        _by_language(booked),
        _refused(span),
        _cancelled(booked),
        _time_to_appointment(booked, office),
        _letters(since, until),
    ]


def _over_time(
    booked: QuerySet[Appointment], since: datetime, until: datetime, by: str, office: Office
) -> Table:
    def step(column: str) -> Any:
        return STEPS[by](column, tzinfo=office.zone)

    slots = Slot.objects.in_service().filter(starts_at__gte=since, starts_at__lt=until)
    offered = slots.annotate(at=step("starts_at")).values("at").order_by("at")
    quota = {row["at"]: row["n"] for row in offered.annotate(n=Count("pk"))}
    happened = booked.annotate(at=step("slot__starts_at")).values("at").order_by("at")
    taken = {
        row["at"]: row
        for row in happened.annotate(
            taken=Count("pk", filter=Q(status__in=TAKEN)),
            served=Count("pk", filter=Q(status=Status.COMPLETED, outcome="served")),
            missed=Count("pk", filter=Q(status=Status.NO_SHOW)),
            cancelled=Count("pk", filter=Q(status=Status.CANCELLED)),
        )
    }
    rows: list[list[Any]] = []
    for at in sorted({*quota, *taken}):
        found: dict[str, Any] = dict(taken.get(at, {}))
        total, used = quota.get(at, 0), found.get("taken", 0)
        rows.append(
            [
                _step_name(at.astimezone(office.zone), by),
                *(total, used, f"{100 * used / total:.0f} %" if total else "–"),
                *(found.get(name, 0) for name in ("served", "missed", "cancelled")),
            ]
        )
    return Table(
        key="time",
        title=_("Times and their use"),
        head=(
            *(_("from"), _("appointments"), _("booked"), _("use")),
            *(_("served"), _("not come"), _("cancelled")),
        ),
        rows=rows,
        chart=2,
    )


def _step_name(at: datetime, by: str) -> str:
    return date_format(at, "F Y") if by == "month" else f"{at:%d.%m.%Y}"


def _by_category(booked: QuerySet[Appointment]) -> Table:
    outcomes = Appointment.Outcome
    counts = {outcome.value: Count("pk", filter=Q(outcome=outcome)) for outcome in outcomes}
    found: Any = (
        booked.values("category")
        .order_by("category")
        .annotate(n=Count("pk"), missed=Count("pk", filter=Q(status=Status.NO_SHOW)), **counts)
    )
    rows = [
        [
            str(CATEGORIES[row["category"]].title) if row["category"] in CATEGORIES else "–",
            *(row["n"], *(row[outcome.value] for outcome in outcomes), row["missed"]),
        ]
        for row in found
    ]
    head = (_("category"), _("booked"), *(str(each.label) for each in outcomes), _("not come"))
    return Table(key="category", title=_("Demand and outcome by category"), head=head, rows=rows)


def _by_language(booked: QuerySet[Appointment]) -> Table:
    found = (
        booked.values("applicant__language")
        .annotate(
            n=Count("pk"),
            served=Count("pk", filter=Q(outcome="served")),
            missed=Count("pk", filter=Q(status=Status.NO_SHOW)),
        )
        .order_by("-n")
    )
    names = dict(settings.LANGUAGES)
    rows = [
        [
            str(names.get(row["applicant__language"], row["applicant__language"])),
            *(row["n"], row["served"], row["missed"]),
        ]
        for row in found
    ]
    head = (_("language"), _("booked"), _("served"), _("not come"))
    return Table(key="language", title=_("Demand and outcome by language"), head=head, rows=rows)


def _refused(span: Span) -> Table:
    found = (
        Outcome.objects.filter(day__gte=span.since, day__lt=span.until)
        .values("reason", "eligible")
        .annotate(n=Sum("count"))
        .order_by("eligible", "-n")
    )
    rows = [
        [
            str(REASONS.get(row["reason"], row["reason"])),
            *(row["n"], _("yes") if row["eligible"] else _("no")),
        ]
        for row in found
    ]
    head = (_("reason"), _("how often"), _("may book"))
    return Table(key="check", title=_("Answers of the check"), head=head, rows=rows)


def _cancelled(booked: QuerySet[Appointment]) -> Table:
    ended = booked.filter(status=Status.CANCELLED).values("cancel_reason")
    reasons = dict(Appointment.CancelReason.choices)
    rows = [
        [str(reasons[row["cancel_reason"]]), row["n"]]
        for row in ended.annotate(n=Count("pk")).order_by("-n")
    ]
    displaced = booked.filter(status=Status.DISPLACED).count()
    if displaced:
        rows.append([str(STATUS_LABELS[Status.DISPLACED]), displaced])
    head = (_("reason"), _("how often"))
    return Table(key="cancelled", title=_("Cancelled, by reason"), head=head, rows=rows)


def _time_to_appointment(booked: QuerySet[Appointment], office: Office) -> Table:
    days = _days_waited(booked, office)
    middle = median([d for d, n in days.items() for _each in range(n)]) if days else None
    title = _("Days from booking to appointment")
    if middle is not None:
        title += " · " + _("median: %s") % f"{middle:g}"
    rows = [[str(waited), count] for waited, count in sorted(days.items())]
    return Table(key="wait", title=title, head=(_("days"), _("people")), rows=rows)


def _days_waited(booked: QuerySet[Appointment], office: Office) -> dict[int, int]:
    """How many local days lie between booking and appointment; counted by the database."""
    pairs = (
        booked.annotate(
            on=TruncDay("slot__starts_at", tzinfo=office.zone),
            asked=TruncDay("booked_at", tzinfo=office.zone),
        )
        .values("on", "asked")
        .annotate(n=Count("pk"))
        .order_by()
    )
    days: dict[int, int] = {}
    for row in pairs:
        waited = (row["on"].date() - row["asked"].date()).days
        days[waited] = days.get(waited, 0) + row["n"]
    return days


def _letters(since: datetime, until: datetime) -> Table:
    found = (
        Notification.objects.filter(promised_at__gte=since, promised_at__lt=until)
        .values("kind")
        .annotate(
            n=Count("pk"),
            sent=Count("pk", filter=Q(sent_at__isnull=False)),
            failed=Count("pk", filter=Q(failed_at__isnull=False)),
        )
        .order_by("kind")
    )
    rows = [[row["kind"], row["n"], row["sent"], row["failed"]] for row in found]
    head = (_("letter"), _("promised"), _("accepted by the mail server"), _("failed"))
    return Table(key="letters", title=_("Letters"), head=head, rows=rows)


def masked(value: object) -> object:
    """A figure for the public: small ones could point to a person."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return MASKED if 0 < value < LEAST_SHOWN else value


def public_tables(*, now: datetime) -> list[Table]:
    """What everybody may know: quota, booked and free of the next days, no-shows of the last."""
    office = current_office()
    zone = office.zone
    today = local_day(now, zone=zone)
    ahead = day_bounds(today + timedelta(days=office.horizon_days), zone=zone)[1]
    month = day_bounds(today - timedelta(days=28), zone=zone)[0]
    slots = Slot.objects.in_service().filter(starts_at__gt=now, starts_at__lt=ahead)
    taken = Appointment.objects.live(now=now).filter(slot__in=slots)
    past = Appointment.objects.filter(
        CONFIRMED, slot__starts_at__gte=month, slot__starts_at__lt=now
    ).aggregate(
        booked=Count("pk", filter=Q(status__in=TAKEN)),
        served=Count("pk", filter=Q(status=Status.COMPLETED)),
        missed=Count("pk", filter=Q(status=Status.NO_SHOW)),
    )
    next_slot = Slot.objects.in_service().filter(starts_at__gte=ahead).order_by("starts_at")
    following = next_slot.values_list("starts_at", flat=True).first()
    opens = (
        opened_at(following, release=booking_horizon(office)).astimezone(zone)
        if following
        else None
    )
    return [
        Table(
            key="ahead",
            # Translators: everyone reads this
            title=_("The next %s days") % office.horizon_days,
            # Translators: everyone reads this
            head=("", _("appointments")),
            rows=[
                # Translators: everyone reads this
                [_("published appointments"), slots.count()],
                # Translators: everyone reads this
                [_("booked or reserved"), masked(taken.count())],
                # Translators: everyone reads this
                [_("free for everybody"), Slot.objects.public(now=now, office=office).count()],
                # Translators: everyone reads this
                [_("new appointments open"), f"{opens:%d.%m.%Y %H:%M}" if opens else "–"],
            ],
        ),
        Table(
            key="past",
            # Translators: everyone reads this
            title=_("The last 4 weeks"),
            # Translators: everyone reads this
            head=("", _("people")),
            rows=[
                # Translators: everyone reads this
                [_("booked"), masked(past["booked"])],
                # Translators: everyone reads this
                [_("served"), masked(past["served"])],
                # Translators: everyone reads this
                [_("not come"), masked(past["missed"])],
            ],
        ),
        Table(
            key="waiting",
            # Translators: everyone reads this
            title=_("Waiting times"),
            # Translators: everyone reads this
            head=("", _("people")),
            rows=[
                # Translators: everyone reads this
                [_("on the waiting list now"), masked(WaitingEntry.objects.active().count())],
                *[[name, masked(count)] for name, count in _waited(month, now, office)],
            ],
        ),
    ]


def _waited(since: datetime, until: datetime, office: Office) -> list[tuple[str, int]]:
    """How many of the people booked in this span waited how many local days for it."""
    rows = Appointment.objects.filter(
        CONFIRMED, status__in=TAKEN, slot__starts_at__gte=since, slot__starts_at__lt=until
    )
    counts = _days_waited(rows, office)
    return [
        # Translators: everyone reads this
        (_("waited up to one day"), sum(counts.get(day, 0) for day in range(2))),
        # Translators: everyone reads this
        (_("waited 2 to 3 days"), sum(counts.get(day, 0) for day in (2, 3))),
        # Translators: everyone reads this
        (_("waited 4 days or more"), sum(n for day, n in counts.items() if day > 3)),
    ]

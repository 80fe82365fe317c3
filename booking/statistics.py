"""The figures of the office: tables over a span of local days, without a single person in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking.category_names import CATEGORY_NAMES
from booking.cell_suppression import Total, suppress
from booking.models import Appointment, Slot, WaitingEntry, WalkIn
from booking.models.appointments import STATUS_LABELS, AppointmentQuerySet
from booking.models.slots import SlotQuerySet, booking_horizon
from booking.states import Status
from booking.windows import day_bounds, local_day, opened_at
from config.foundation.dates import say_moment
from config.foundation.notification_words import kind_in_words
from config.foundation.office import Office, current_office
from config.foundation.outbox import Notification
from eligibility.models import Outcome
from eligibility.staff_labels import REASONS

STEPS: dict[str, Callable[..., Any]] = {"day": TruncDay, "week": TruncWeek, "month": TruncMonth}
LONGEST = timedelta(days=732)
# Times that a person had and used, missed or gave back.
TAKEN = (Status.BOOKED, Status.CHECKED_IN, Status.COMPLETED, Status.NO_SHOW)
# What the public figures add up to. The free appointments are no part: the first page shows them.
TOTALS = (
    Total("published", ["taken"]),
    Total("booked", ["served", "missed"]),
    Total("booked", ["up_to_one_day", "two_or_three_days", "four_days_or_more"]),
)
# Times that a person had and lost again; the table of the reasons has both.
LOST = (Status.CANCELLED, Status.DISPLACED)
CONFIRMED = Q(booked_at__isnull=False)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: the first column names the row, those of `charts` are drawn on one scale.

    With `whole` the scale of each row is its figure in that column.
    """

    key: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    charts: Sequence[int] = (1,)
    whole: int | None = None


@dataclass(frozen=True, kw_only=True)
class Span:
    """The local days from `since` to `until`, the last exclusive, and the step of time."""

    since: date
    until: date
    by: str


def tables(span: Span) -> list[Table]:
    """Every table about emergencies in `span`; the number of queries never depends on the data."""
    office = current_office()
    since, until = instants(span)
    booked = booked_between(since, until)
    return [
        _over_time(booked, since, until, span.by, office),
        _by_category(booked),
        _by_language(booked),
        *_answers(span),
        _walk_ins(span),
        _cancelled(booked),
        _letters(since, until),
    ]


def _over_time(
    booked: QuerySet[Appointment], since: datetime, until: datetime, by: str, office: Office
) -> Table:
    def step(column: str) -> Any:
        return STEPS[by](column, tzinfo=office.zone)

    slots = published_slots().filter(starts_at__gte=since, starts_at__lt=until)
    offered = slots.annotate(at=step("starts_at")).values("at").order_by("at")
    quota = {row["at"]: row["n"] for row in offered.annotate(n=Count("pk"))}
    happened = booked.annotate(at=step("slot__starts_at")).values("at").order_by("at")
    taken = {
        row["at"]: row
        for row in happened.annotate(
            taken=Count("pk", filter=Q(status__in=TAKEN)),
            served=Count("pk", filter=Q(status=Status.COMPLETED, outcome="served")),
            came=Count("pk", filter=Q(status=Status.COMPLETED)),
            missed=Count("pk", filter=Q(status=Status.NO_SHOW)),
            cancelled=Count("pk", filter=Q(status__in=LOST)),
        )
    }
    rows: list[list[Any]] = []
    for at in sorted({*quota, *taken}):
        found: dict[str, Any] = dict(taken.get(at, {}))
        total, used = quota.get(at, 0), found.get("taken", 0)
        missed = found.get("missed", 0)
        rows.append(
            [
                step_name(at.astimezone(office.zone), by),
                *(total, used, percent(used, total), found.get("served", 0)),
                *(missed, percent(missed, missed + found.get("came", 0))),
                found.get("cancelled", 0),
            ]
        )
    return Table(
        key="time",
        title=_("Times and their use"),
        head=(
            *(_("from"), _("appointments"), _("booked"), _("use")),
            *(_("served"), _("not come"), _("share not come"), _("cancelled")),
        ),
        rows=rows,
        charts=(1, 2),
    )


def published_slots() -> SlotQuerySet:
    """The times of the emergency quota: what a quota keeps is no part of these figures."""
    return Slot.objects.of_quota(None).in_service()


def booked_between(since: datetime, until: datetime) -> AppointmentQuerySet:
    """Confirmed emergencies whose time begins between two UTC instants, the last exclusive."""
    return Appointment.objects.emergencies().filter(
        CONFIRMED, slot__starts_at__gte=since, slot__starts_at__lt=until
    )


def percent(part: int, whole: int) -> str:
    """A share in whole per cent; a dash where there is nothing to share."""
    return f"{100 * part / whole:.0f} %" if whole else "–"


def instants(span: Span) -> tuple[datetime, datetime]:
    """The first instant of the span and the first after it (UTC)."""
    zone = current_office().zone
    return day_bounds(span.since, zone=zone)[0], day_bounds(span.until, zone=zone)[0]


def step_name(at: date, by: str) -> str:
    """A step of the table by its first day, or by its month."""
    return date_format(at, "F Y") if by == "month" else f"{at:%d.%m.%Y}"


def kept(booked: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """What every table calls booked: without those that were cancelled or lost to a closure."""
    return booked.filter(status__in=TAKEN)


def _by_category(booked: QuerySet[Appointment]) -> Table:
    outcomes = Appointment.Outcome
    counts = {outcome.value: Count("pk", filter=Q(outcome=outcome)) for outcome in outcomes}
    found: Any = (
        kept(booked)
        .values("category")
        .order_by("category")
        .annotate(n=Count("pk"), missed=Count("pk", filter=Q(status=Status.NO_SHOW)), **counts)
    )
    rows = [
        [
            _category(row["category"]),
            *(row["n"], *(row[outcome.value] for outcome in outcomes), row["missed"]),
        ]
        for row in found
    ]
    head = (_("category"), _("booked"), *(str(each.label) for each in outcomes), _("not come"))
    return Table(key="category", title=_("Demand and outcome by category"), head=head, rows=rows)


def _category(code: str) -> str:
    return str(CATEGORY_NAMES.get(code, "–"))


def _by_language(booked: QuerySet[Appointment]) -> Table:
    found = (
        kept(booked)
        .values("applicant__language")
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


def _answers(span: Span) -> list[Table]:
    """What the check answered and why: the refusals, and whom it let book."""
    found = (
        Outcome.objects.filter(day__gte=span.since, day__lt=span.until)
        .values("reason", "eligible")
        .annotate(n=Sum("count"))
        .order_by("-n", "reason")
    )
    counts: dict[bool, list[tuple[str, int]]] = {False: [], True: []}
    for row in found:
        counts[row["eligible"]].append((row["reason"], row["n"]))
    head = (_("reason"), _("how often"), _("share"))
    titles = [
        ("refused", _("Refused by the check, and why"), counts[False]),
        ("admitted", _("Let through by the check, and why"), counts[True]),
    ]
    return [
        Table(key=key, title=title, head=head, rows=_shares(answers))
        for key, title, answers in titles
    ]


def _shares(answers: list[tuple[str, int]]) -> list[list[Any]]:
    total = sum(n for _reason, n in answers)
    return [[str(REASONS.get(reason, reason)), n, percent(n, total)] for reason, n in answers]


def _walk_ins(span: Span) -> Table:
    """People who came without an appointment, by what they were told."""
    found = WalkIn.objects.filter(day__gte=span.since, day__lt=span.until)
    counts: dict[str, dict[str, int]] = {}
    for row in found.values("category", "way").annotate(n=Sum("count")).order_by("category"):
        counts.setdefault(row["category"], {})[row["way"]] = row["n"]
    rows = [
        [
            _category(category),
            *(sum(ways.values()), *(ways.get(way, 0) for way in WalkIn.Way.values)),
        ]
        for category, ways in counts.items()
    ]
    head = (_("category"), _("people"), *(str(label) for label in WalkIn.Way.labels))
    return Table(key="walk_ins", title=_("People without an appointment"), head=head, rows=rows)


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


def days_waited(
    booked: QuerySet[Appointment], office: Office, *, since: str = "booked_at"
) -> dict[int, int]:
    """How many local days lie between `since` and the appointment; counted by the database."""
    pairs = (
        booked.annotate(
            on=TruncDay("slot__starts_at", tzinfo=office.zone),
            asked=TruncDay(since, tzinfo=office.zone),
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
    rows = [[kind_in_words(row["kind"]), row["n"], row["sent"], row["failed"]] for row in found]
    head = (_("letter"), _("promised"), _("accepted by the mail server"), _("failed"))
    return Table(key="letters", title=_("Letters"), head=head, rows=rows)


def public_tables(*, now: datetime) -> list[Table]:
    """What everybody may know: quota, booked and free of the next days, no-shows of the last."""
    office = current_office()
    zone = office.zone
    today = local_day(now, zone=zone)
    ahead = day_bounds(today + timedelta(days=office.horizon_days), zone=zone)[1]
    month = day_bounds(today - timedelta(days=28), zone=zone)[0]
    slots = published_slots().filter(starts_at__gt=now, starts_at__lt=ahead)
    taken = Appointment.objects.live(now=now).filter(slot__in=slots)
    past = booked_between(month, now).aggregate(
        booked=Count("pk", filter=Q(status__in=TAKEN)),
        served=Count("pk", filter=Q(status=Status.COMPLETED)),
        missed=Count("pk", filter=Q(status=Status.NO_SHOW)),
    )
    next_slot = published_slots().filter(starts_at__gte=ahead).order_by("starts_at")
    following = next_slot.values_list("starts_at", flat=True).first()
    opens = opened_at(following, release=booking_horizon(office)) if following else None
    free = Slot.objects.public(now=now, office=office).count()
    waited = _waited(month, now, office)
    figures = {"published": slots.count(), "taken": taken.count(), **past, **waited}
    figures["waiting"] = WaitingEntry.objects.active().count()
    shown = suppress(figures, TOTALS)
    return [
        Table(
            key="ahead",
            # Translators: everyone reads this
            title=_("The next %s days") % office.horizon_days,
            # Translators: everyone reads this
            head=("", _("appointments")),
            rows=[
                # Translators: everyone reads this
                [_("published appointments"), shown["published"]],
                # Translators: everyone reads this
                [_("booked or reserved"), shown["taken"]],
                # Translators: everyone reads this
                [_("open to everyone"), free],
                # Translators: everyone reads this
                [_("new appointments open"), say_moment(opens, zone) if opens else "–"],
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
                [_("booked"), shown["booked"]],
                # Translators: everyone reads this
                [_("attended"), shown["served"]],
                # Translators: everyone reads this
                [_("missed"), shown["missed"]],
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
                [_("on the waiting list now"), shown["waiting"]],
                # Translators: everyone reads this
                [_("waited up to one day"), shown["up_to_one_day"]],
                # Translators: everyone reads this
                [_("waited 2 to 3 days"), shown["two_or_three_days"]],
                # Translators: everyone reads this
                [_("waited 4 days or more"), shown["four_days_or_more"]],
            ],
        ),
    ]


def _waited(since: datetime, until: datetime, office: Office) -> dict[str, int]:
    """How many of the people booked in this span waited how many local days for it."""
    counts = days_waited(kept(booked_between(since, until)), office)
    return {
        "up_to_one_day": sum(n for day, n in counts.items() if day < 2),
        "two_or_three_days": sum(counts.get(day, 0) for day in (2, 3)),
        "four_days_or_more": sum(n for day, n in counts.items() if day > 3),
    }

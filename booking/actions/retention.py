"""Forgetting: personal columns are blanked, what statistics need stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from booking.actions.applicants import forget_applicant
from booking.models import Applicant, Appointment, Token, WaitingEntry
from booking.states import Status


@dataclass(frozen=True, kw_only=True)
class Periods:
    """How long personal data stay, by class."""

    draft_idle: timedelta = timedelta(hours=2)
    draft: timedelta = timedelta(hours=24)
    appointment: timedelta = timedelta(days=2)
    cancelled: timedelta = timedelta(hours=24)


def due(*, now: datetime, periods: Periods) -> dict[str, QuerySet[Applicant]]:
    """Applicants whose data have outlived their class at `now` (UTC), by class."""
    kept = Applicant.objects.filter(forgotten_at=None)
    live = Appointment.objects.live(now=now)
    waiting = WaitingEntry.objects.active()
    idle = kept.exclude(appointments__in=live).exclude(entries__in=waiting)
    with_past = Q(appointments__isnull=False) | Q(entries__isnull=False)
    drafts = idle.exclude(with_past).filter(
        Q(touched_at__lte=now - periods.draft_idle) | Q(created_at__lte=now - periods.draft)
    )
    # the newest end counts: somebody may have cancelled and waited again
    recent_end = Q(appointments__ended_at__gt=now - periods.cancelled) | Q(
        entries__ended_at__gt=now - periods.cancelled
    )
    seen = {Status.BOOKED, Status.CHECKED_IN, Status.COMPLETED, Status.NO_SHOW, Status.DISPLACED}
    visit = Q(appointments__status__in=seen)
    recent_visit = Q(
        appointments__status__in=seen, appointments__slot__ends_at__gt=now - periods.appointment
    )
    past = idle.filter(with_past).exclude(pk__in=Applicant.objects.filter(recent_end))
    visited = past.filter(pk__in=Applicant.objects.filter(visit))
    return {
        "drafts": drafts,
        "appointments": visited.exclude(pk__in=Applicant.objects.filter(recent_visit)),
        "cancelled": past.exclude(pk__in=Applicant.objects.filter(visit)),
    }


def forget(*, now: datetime, periods: Periods, apply: bool) -> dict[str, int]:
    """Blanks or deletes what is due at `now` (UTC), each person in an own transaction.

    Returns counts by class; with `apply` false nothing is changed. Stopped half-way, the next
    run does the rest.
    """
    counts: dict[str, int] = {}
    for name, rows in due(now=now, periods=periods).items():
        ids = list(rows.distinct().values_list("pk", flat=True))
        counts[name] = len(ids)
        if apply:
            for pk in ids:
                _forget_one(pk, now=now)
    tokens = Token.objects.filter(expires_at__lte=now - periods.cancelled)
    counts["tokens"] = tokens.count()
    if apply:
        tokens.delete()
    return counts


def _forget_one(pk: int, *, now: datetime) -> None:
    with transaction.atomic():
        applicant = Applicant.objects.filter(pk=pk, forgotten_at=None).first()
        if applicant is None:
            return
        if not applicant.appointments.exists() and not applicant.entries.exists():
            Token.objects.filter(subject=f"applicant/{pk}").delete()
            applicant.delete()
            return
        booked = applicant.appointments.filter(status=Status.BOOKED)
        if booked.exists():
            return  # nobody closed this visit: the desk does, by no_show_after_hours
        forget_applicant(applicant, now=now)

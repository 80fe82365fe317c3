"""Forgetting: personal columns are blanked, what statistics need stays."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from booking.actions.applicants import forget_applicant
from booking.actions.transitions import transition
from booking.actions.waiting_list import leave
from booking.models import Applicant, Appointment, AppointmentEvent, Token, WaitingEntry
from booking.states import PROVISIONAL, SETTLED, Status
from config.foundation.actions import Refused, action
from config.foundation.outbox import forget_files


@dataclass(frozen=True, kw_only=True)
class Periods:
    """How long personal data stay, by class."""

    draft_idle: timedelta = timedelta(hours=2)
    draft: timedelta = timedelta(hours=24)
    appointment: timedelta = timedelta(days=2)
    cancelled: timedelta = timedelta(hours=24)
    waiting: timedelta = timedelta(days=90)
    staff: timedelta = timedelta(days=365)


def due(*, now: datetime, periods: Periods) -> dict[str, QuerySet[Applicant]]:
    """Applicants whose data have outlived their class at `now` (UTC), by class.

    Over is what the clock says: that a sweeper has written it down is never asked for.
    """
    kept = Applicant.objects.filter(forgotten_at=None)
    live = Appointment.objects.live(now=now)
    waiting = WaitingEntry.objects.active()
    idle = kept.exclude(appointments__in=live).exclude(entries__in=waiting)
    idle = idle.filter(
        Q(touched_at__lte=now - periods.draft_idle) | Q(created_at__lte=now - periods.draft)
    )
    with_past = Q(appointments__isnull=False) | Q(entries__isnull=False)
    # the newest end counts: somebody may have cancelled and waited again
    since = now - periods.cancelled
    recent_end = (
        Q(appointments__ended_at__gt=since)
        # a hold or an offer that nobody has tidied up ended at its `free_from`
        | Q(appointments__status__in=PROVISIONAL, appointments__free_from__gt=since)
        | Q(entries__ended_at__gt=since)
    )
    seen = {Status.BOOKED, Status.CHECKED_IN, Status.COMPLETED, Status.NO_SHOW, Status.DISPLACED}
    visit = Q(appointments__status__in=seen)
    recent_visit = Q(
        appointments__status__in=seen, appointments__slot__ends_at__gt=now - periods.appointment
    )
    past = idle.filter(with_past).exclude(pk__in=Applicant.objects.filter(recent_end))
    visited = past.filter(pk__in=Applicant.objects.filter(visit))
    return {
        "drafts": idle.exclude(with_past),
        "appointments": visited.exclude(pk__in=Applicant.objects.filter(recent_visit)),
        "cancelled": past.exclude(pk__in=Applicant.objects.filter(visit)),
    }


def forget(*, now: datetime, periods: Periods, apply: bool) -> dict[str, int]:
    """Blanks or deletes what is due at `now` (UTC), each person in an own transaction.

    Returns counts by class; with `apply` false nothing is changed. Stopped half-way, the next
    run does the rest, and looks again at rows that somebody else moved meanwhile.
    """
    unclosed = Appointment.objects.filter(
        status__in=SETTLED, slot__ends_at__lte=now - periods.appointment
    )
    # an offer that can still be answered is not over, however old the place is
    places = WaitingEntry.objects.active().without_offer(now=now)
    stale = places.filter(joined_at__lte=now - periods.waiting)
    counts = {"unclosed visits": unclosed.count(), "stale waiting entries": stale.count()}
    if apply:
        for appointment in unclosed.select_related("slot"):
            with suppress(Refused):
                _close(appointment, now=now)
        for entry in stale:
            with suppress(Refused):  # an offer came meanwhile: the next run looks
                leave(entry=entry, now=now)
    for name, rows in due(now=now, periods=periods).items():
        ids = list(rows.distinct().values_list("pk", flat=True))
        counts[name] = (
            sum(_forget_quietly(pk, name, now=now, periods=periods) for pk in ids)
            if apply
            else len(ids)
        )
    tokens = Token.objects.filter(expires_at__lte=now - periods.cancelled)
    counts["tokens"] = tokens.delete()[0] if apply else tokens.count()
    # the step stays for statistics, and that somebody of the desk took it
    named = AppointmentEvent.objects.filter(by__isnull=False, at__lte=now - periods.staff)
    nobody = {"by": None, "actor": AppointmentEvent.Actor.DESK}
    counts["names of staff"] = named.update(**nobody) if apply else named.count()
    return counts


@action
def _close(appointment: Appointment, *, now: datetime) -> None:
    # A visit that nobody closed must not keep its person for ever.
    closing: dict[str, Any] = {"now": now, "system": True, "detail": "nobody closed it"}
    closing["ended_at"] = appointment.slot.ends_at
    if appointment.status == Status.BOOKED:
        transition(appointment, Status.NO_SHOW, action="no_show", **closing)
    else:
        served = Appointment.Outcome.SERVED
        transition(appointment, Status.COMPLETED, action="complete", outcome=served, **closing)


def _forget_quietly(pk: int, name: str, *, now: datetime, periods: Periods) -> bool:
    try:
        return _forget_one(pk, name, now=now, periods=periods)
    except Refused:
        return False  # somebody acts for this person: the next run looks again


@action
def _forget_one(pk: int, name: str, *, now: datetime, periods: Periods) -> bool:
    # another run may be at the same person: the second one waits, and finds nobody to count
    kept = Applicant.objects.filter(pk=pk, forgotten_at=None)
    applicant = kept.select_for_update(no_key=True).first()
    # whoever booked or typed since the list was made has been waited for: look again
    if applicant is None or not due(now=now, periods=periods)[name].filter(pk=pk).exists():
        return False
    if not applicant.appointments.exists() and not applicant.entries.exists():
        Token.objects.filter(subject=f"applicant/{pk}").delete()
        forget_files([applicant.subject])
        applicant.delete()
        return True
    forget_applicant(applicant, now=now)
    return Applicant.objects.filter(pk=pk, forgotten_at=now).exists()

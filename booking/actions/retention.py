"""Forgetting: personal columns are blanked, what statistics need stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from booking.actions.erasure import forget_applicants
from booking.actions.transitions import transition
from booking.actions.waiting_list import leave
from booking.models import (
    Applicant,
    Appointment,
    AppointmentEvent,
    Invitation,
    Token,
    VisitAssignment,
    VisitNote,
    WaitingEntry,
)
from booking.states import PROVISIONAL, SETTLED, Status
from config.foundation.actions import Refused, action
from config.foundation.outbox import forget_files

BATCH = 100  # people in one transaction: well below a second
NOBODY_CLOSED = "nobody closed it"  # the detail of the step that ends such a visit


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
    # whoever is invited is no idle draft
    idle = idle.exclude(invitation__in=_invited(now, periods))
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
        "drafts": idle.exclude(with_past).filter(invitation=None),
        "invitations": idle.exclude(with_past).exclude(invitation=None),
        "appointments": visited.exclude(pk__in=Applicant.objects.filter(recent_visit)),
        "cancelled": past.exclude(pk__in=Applicant.objects.filter(visit)),
    }


def _invited(now: datetime, periods: Periods) -> QuerySet[Invitation]:
    """Invitations that stand, or ended no longer ago than what was cancelled is kept."""
    since = now - periods.cancelled
    open_or_over = Invitation.objects.standing().unused(now=now).filter(valid_until__gt=since)
    return Invitation.objects.filter(Q(pk__in=open_or_over) | Q(withdrawn_at__gt=since))


def forget(*, now: datetime, periods: Periods, apply: bool) -> dict[str, int]:
    """Blanks or deletes all that is due at `now` (UTC); returns counts by class."""
    counts: Counter[str] = Counter()
    for name, count in forget_in_batches(now=now, periods=periods, apply=apply):
        counts[name] += count
    return dict(counts)


def forget_in_batches(*, now: datetime, periods: Periods, apply: bool) -> Iterator[tuple[str, int]]:
    """Blanks or deletes what is due at `now` (UTC): yields a class and the rows of a batch.

    With `apply` false nothing is changed. Whoever stops between two batches leaves the rest to the
    next run, which also looks again at rows that somebody else moved meanwhile.
    """
    unclosed = Appointment.objects.filter(
        status__in=SETTLED, slot__ends_at__lte=now - periods.appointment
    )
    # an offer that can still be answered is not over, however old the place is
    places = WaitingEntry.objects.active().without_offer(now=now)
    stale = places.filter(joined_at__lte=now - periods.waiting)
    yield "unclosed visits", 0 if apply else unclosed.count()
    yield "stale waiting entries", 0 if apply else stale.count()
    if apply:
        for appointment in unclosed.select_related("slot"):
            with suppress(Refused):
                _close(appointment, now=now)
            yield "unclosed visits", 1
        for entry in stale:
            with suppress(Refused):  # an offer came meanwhile: the next run looks
                leave(entry=entry, now=now)
            yield "stale waiting entries", 1
    for name, rows in due(now=now, periods=periods).items():
        keys = list(rows.distinct().order_by("pk").values_list("pk", flat=True))
        yield name, 0 if apply else len(keys)
        for start in range(0, len(keys) if apply else 0, BATCH):
            batch = keys[start : start + BATCH]
            yield name, _forget_quietly(batch, name, now=now, periods=periods)
    tokens = Token.objects.filter(expires_at__lte=now - periods.cancelled)
    yield "tokens", tokens.delete()[0] if apply else tokens.count()
    yield "notes and assignments", _forget_visits(now - periods.appointment, apply=apply)
    # the step stays for statistics, and that somebody of the desk took it
    named = AppointmentEvent.objects.filter(by__isnull=False, at__lte=now - periods.staff)
    nobody = {"by": None, "actor": AppointmentEvent.Actor.DESK}
    yield "names of staff", named.update(**nobody) if apply else named.count()
    yield "names of staff", _forget_issuers(now - periods.staff, apply=apply)


def _forget_issuers(before: datetime, *, apply: bool) -> int:
    """Who invited and who withdrew, on invitations that were issued so long ago."""
    rows = Invitation.objects.filter(issued_at__lte=before)
    rows = rows.filter(Q(issued_by__isnull=False) | Q(withdrawn_by__isnull=False))
    return rows.update(issued_by=None, withdrawn_by=None) if apply else rows.count()


def _forget_visits(before: datetime, *, apply: bool) -> int:
    """What the desk added to a visit goes with it, even if its person is still waiting."""
    found = 0
    for model in (VisitNote, VisitAssignment):
        rows = model._default_manager.filter(appointment__slot__ends_at__lte=before)
        found += rows.delete()[0] if apply else rows.count()
    return found


@action
def _close(appointment: Appointment, *, now: datetime) -> None:
    # A visit that nobody closed must not keep its person for ever.
    closing: dict[str, Any] = {"now": now, "system": True, "detail": NOBODY_CLOSED}
    closing["ended_at"] = appointment.slot.ends_at
    if appointment.status == Status.BOOKED:
        transition(appointment, Status.NO_SHOW, action="no_show", **closing)
    else:
        served = Appointment.Outcome.SERVED
        transition(appointment, Status.COMPLETED, action="complete", outcome=served, **closing)


def _forget_quietly(keys: list[int], name: str, *, now: datetime, periods: Periods) -> int:
    try:
        return _forget_batch(keys, name, now=now, periods=periods)
    except Refused:
        return 0  # the database is busy: the next run looks again


@action
def _forget_batch(keys: list[int], name: str, *, now: datetime, periods: Periods) -> int:
    # whoever acts at this moment, or another run, has a row locked: the next run looks again
    kept = Applicant.objects.filter(pk__in=keys, forgotten_at=None).order_by("pk")
    locked = list(
        kept.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)
    )
    # whoever booked or typed since the list was made has been seen by now
    still = due(now=now, periods=periods)[name].filter(pk__in=locked)
    found = sorted(still.distinct().values_list("pk", flat=True))
    drafts = Applicant.objects.filter(pk__in=found, appointments=None, entries=None)
    drafts = drafts.filter(invitation=None)
    unused = list(drafts.values_list("pk", flat=True))
    subjects = [f"applicant/{key}" for key in unused]
    Token.objects.filter(subject__in=subjects).delete()
    forget_files(subjects)
    Applicant.objects.filter(pk__in=unused).delete()
    return len(unused) + forget_applicants(sorted(set(found) - set(unused)), now=now)

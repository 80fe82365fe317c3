"""After the deadline and after trouble: how a compartment becomes free again."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused, action
from config.foundation.outbox import forget_files
from config.foundation.staff import Staff
from pickup_box.models import Consent, Deposit, Opening
from pickup_box.notifications import enqueue_message
from pickup_box.states import ENDED, TRANSITIONS, UNSETTLED, Status
from pickup_box.transitions import done_before, open_door, refuse, transition

FORGET_AFTER = timedelta(days=7)
FORGET_UNSETTLED_AFTER = timedelta(days=90)


class CompartmentOutOfService(Refused):
    """A broken door can't hand anything out."""

    sentence = _(
        "The compartment is out of service. Put it back into service, or take the document out."
    )


class PersonForgotten(Refused):
    """What was left behind for too long can only be taken out."""

    sentence = _(
        "It is no longer on record whose this document is. Please take it out of the compartment."
    )


class Found(StrEnum):
    """What staff saw behind a door of which nobody knew."""

    EMPTY = "empty"
    INSIDE = "inside"  # and it stays there
    TAKEN_OUT = "taken_out"


def expire(*, now: datetime, limit: int = 200) -> int:
    """Marks deposits as expired whose time is over and tells the persons; returns how many."""
    due = Deposit.objects.overdue(now=now).order_by("collect_until", "pk")[:limit]
    return sum(_expire(deposit=each, now=now) for each in due)


@action
def _expire(*, deposit: Deposit, now: datetime) -> int:
    if not Deposit.objects.overdue(now=now).filter(pk=deposit.pk).exists():
        return 0
    deposit = transition(deposit, to=Status.EXPIRED, action="expire", now=now)
    enqueue_message(deposit, "expired", now=now)
    return 1


def remind(*, now: datetime, limit: int = 200) -> int:
    """Promises the reminders that are due, one for each deposit; returns how many."""
    due = Deposit.objects.reminding(now=now).order_by("remind_at", "pk")[:limit]
    return sum(_remind(deposit=each, now=now) for each in due)


@action
def _remind(*, deposit: Deposit, now: datetime) -> int:
    mine = Deposit.objects.reminding(now=now).filter(pk=deposit.pk)
    if not mine.update(reminded_at=now):
        return 0
    enqueue_message(deposit, "reminder", now=now)
    return 1


@action
def recall(*, deposit: Deposit, by: Staff, now: datetime) -> Deposit:
    """Starts to take out what expired or was withdrawn, and opens its door.

    Raises TransitionNotAllowed.
    """
    deposit = Deposit.objects.select_related("compartment").get(pk=deposit.pk)
    if done_before(deposit, to=Status.RECALLED, action="recall", by=by):
        return deposit
    compartment = deposit.compartment
    if compartment is None:
        raise refuse(deposit)
    deposit = transition(deposit, to=Status.RECALLED, action="recall", by=by, now=now)
    open_door(
        deposit=deposit,
        compartment=compartment,
        kind=Opening.Kind.RECALL,
        by=by,
        now=now,
    )
    return deposit


@action
def remove(*, deposit: Deposit, by: Staff, now: datetime) -> Deposit:
    """Records that staff took the document out and saw the compartment empty: it is free again.

    Raises TransitionNotAllowed.
    """
    deposit = Deposit.objects.get(pk=deposit.pk)
    if done_before(deposit, to=Status.REMOVED, action="remove", by=by):
        return deposit
    if deposit.status != Status.RECALLED:
        raise refuse(deposit)
    return transition(deposit, to=Status.REMOVED, action="remove", by=by, now=now)


@action
def confirm_empty(*, deposit: Deposit, by: Staff, now: datetime) -> Deposit:
    """Records that staff saw the compartment empty after a pickup: it is free again.

    Raises TransitionNotAllowed.
    """
    deposit = Deposit.objects.get(pk=deposit.pk)
    if done_before(deposit, to=Status.CLEARED, action="confirm_empty", by=by):
        return deposit
    return transition(deposit, to=Status.CLEARED, action="confirm_empty", by=by, now=now)


@action
def settle(*, deposit: Deposit, found: Found, by: Staff, now: datetime) -> Deposit:
    """Ends `unknown` or `fault` with what staff saw behind the door.

    Empty: collected, and free. Still inside: loaded again, with a new message and a new code.
    Taken out: at the counter, and free. Raises TransitionNotAllowed.
    """
    deposit = Deposit.objects.select_related("box", "compartment").get(pk=deposit.pk)
    if deposit.status not in {Status.UNKNOWN, Status.FAULT}:
        raise refuse(deposit)
    move = partial(transition, action="settle", by=by, now=now, detail=found.value)
    if found is Found.EMPTY and Status.COLLECTED in TRANSITIONS[Status(deposit.status)]:
        deposit = move(deposit, to=Status.COLLECTED)
        return move(deposit, to=Status.CLEARED)
    if found is Found.TAKEN_OUT:
        return move(deposit, to=Status.REMOVED)
    if found is not Found.INSIDE:
        raise refuse(deposit)
    if not deposit.contact:
        raise PersonForgotten  # nobody to write to, nobody to compare with
    if deposit.compartment and not deposit.compartment.in_service:
        raise CompartmentOutOfService
    deposit = move(
        deposit,
        to=Status.LOADED,
        issue=F("issue") + 1,
        wrong_tries=0,
        reminded_at=None,
        loaded_by=by,
        checked_by=None,
    )
    if not deposit.box.four_eyes:
        enqueue_message(deposit, "ready", now=now)
    return deposit


def forgettable(
    *,
    now: datetime,
    after: timedelta = FORGET_AFTER,
    unsettled_after: timedelta = FORGET_UNSETTLED_AFTER,
) -> QuerySet[Deposit]:
    """Deposits of which nobody needs to know any more whose they were.

    Those that ended `after` ago, and those that staff have left as they are for `unsettled_after`.
    """
    known = Deposit.objects.exclude(contact="")
    old = known.filter(status_since__lte=now - after)
    gone = old.filter(status__in=ENDED) | old.filter(
        status=Status.WITHDRAWN, compartment__isnull=True
    )
    left = known.filter(status__in=UNSETTLED, status_since__lte=now - unsettled_after)
    return (gone | left).order_by("pk")


def forget(
    *,
    now: datetime,
    limit: int = 500,
    after: timedelta = FORGET_AFTER,
    unsettled_after: timedelta = FORGET_UNSETTLED_AFTER,
) -> int:
    """Blanks whose it was, a week after the end; the row, its state, steps and number stay.

    Consents go with the last deposit that rests on them. Returns how many deposits it blanked.
    """
    due = forgettable(now=now, after=after, unsettled_after=unsettled_after)
    return sum(forget_deposit(deposit=each, unsettled=True) for each in due[:limit])


@action
def forget_deposit(*, deposit: Deposit, unsettled: bool = False) -> int:
    """Blanks whose an ended deposit was, or, with `unsettled`, one that staff have left as it is.

    Returns 0 where it has not ended, is blank or was moved since it was read.
    """
    rows = Deposit.objects.filter(pk=deposit.pk).exclude(contact="")
    # as it was read: one that staff have settled in the meantime is somebody's again
    states = ENDED | UNSETTLED if unsettled else ENDED | {Status.WITHDRAWN}
    rows = rows.filter(status__in=states, status_since=deposit.status_since)
    done = rows.update(
        contact="", holder_birth_date="", case_reference="", collector_name="", wishes_low=False
    )
    if done:
        forget_files([deposit.subject])
    needed = Deposit.objects.exclude(contact="").values("consent")
    if deposit.consent_id:
        mine = Consent.objects.filter(pk=deposit.consent_id)
        mine.exclude(pk__in=needed).update(case_reference="")
    return done

"""How every verb acts: one transaction, one conditional UPDATE, one event."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, InternalError, OperationalError, connection, transaction
from django.db.models import F, Q

from booking.actions.refusals import (
    AlreadyBooked,
    AlreadyWaiting,
    BookingRefused,
    Busy,
    ServicePaused,
    SlotNotOpen,
    SlotTaken,
    TransitionNotAllowed,
)
from booking.models import Appointment, AppointmentEvent, Slot
from booking.states import ENDED, PROVISIONAL, Status, may_move
from config.foundation.office import Office
from config.foundation.staff import Staff

P = ParamSpec("P")
R = TypeVar("R")

_DEADLOCK, _LOCK_TIMEOUT, _READ_ONLY = "40P01", "55P03", "25006"
_MOST_RETRIES = 3
# PostgreSQL names the constraint, SQLite its columns
_REFUSAL_OF: tuple[tuple[tuple[str, str], type[BookingRefused]], ...] = (
    (("appointment_one_live_per_slot", "booking_appointment.slot_id"), SlotTaken),
    (("appointment_one_live_per_person", "booking_appointment.person_key"), AlreadyBooked),
    (("appointment_one_offer_per_entry", "booking_appointment.entry_id"), TransitionNotAllowed),
    (("waiting_one_entry_per_person", "booking_waitingentry.person_key"), AlreadyWaiting),
)


def action(verb: Callable[P, R]) -> Callable[P, R]:
    """Runs `verb` in one transaction and turns what the database refuses into a refusal.

    A deadlock is tried again up to three times by the outermost action; a lock that can't be had
    raises Busy, a database that is read-only for a while ServicePaused. What was rolled back is
    taken back from the rows in memory, too.
    """

    @wraps(verb)
    def acting(*args: P.args, **kwargs: P.kwargs) -> R:
        outermost = not connection.in_atomic_block
        retries = _MOST_RETRIES if outermost else 0
        rows = [each for each in kwargs.values() if isinstance(each, Appointment)]
        as_read = [dict(vars(row)) for row in rows]
        while True:
            try:
                with transaction.atomic():
                    return verb(*args, **kwargs)
            except IntegrityError as error:
                _put_back(rows, as_read)
                raise _refusal(error) from error
            except BookingRefused:
                _put_back(rows, as_read)
                raise
            except (OperationalError, InternalError) as error:
                _put_back(rows, as_read)
                state = getattr(error.__cause__, "sqlstate", None)
                if state == _LOCK_TIMEOUT and outermost:
                    raise Busy from error
                if state == _READ_ONLY:
                    raise ServicePaused from error
                if state != _DEADLOCK or retries == 0:
                    raise
                retries -= 1

    return acting


def _put_back(rows: list[Appointment], as_read: list[dict[str, object]]) -> None:
    # A row that looks moved after a rollback would tell its person "booked" when tried again.
    for row, values in zip(rows, as_read, strict=True):
        vars(row).clear()
        vars(row).update(values)


def _refusal(error: IntegrityError) -> Exception:
    text = str(error)
    for names, refusal in _REFUSAL_OF:
        if any(name in text for name in names):
            return refusal()
    return error


def move(
    appointment: Appointment,
    to: Status,
    *,
    verb: str,
    now: datetime,
    by: Staff | None = None,
    system: bool = False,
    detail: str = "",
    only_if: dict[str, object] | None = None,
    **columns: object,
) -> None:
    """Moves `appointment` to `to` and records the step; the one door for every status.

    One UPDATE on the row as it was read: raises TransitionNotAllowed when somebody was first or
    `only_if` (further conditions) does not hold any more. `columns` are written with it.
    """
    old = Status(appointment.status)
    if to != old and not may_move(old, to):
        raise TransitionNotAllowed
    if to not in PROVISIONAL:
        columns |= {"held_until": None, "free_from": None}
    columns.setdefault("ended_at", now if to in ENDED else None)
    rows = Appointment.objects.filter(
        pk=appointment.pk, status=old, version=appointment.version, **(only_if or {})
    ).update(status=to, version=F("version") + 1, **columns)
    if rows != 1:
        raise TransitionNotAllowed
    for name, value in columns.items():
        setattr(appointment, name, value)
    appointment.status, appointment.version = to, appointment.version + 1
    record(appointment, verb=verb, old=old, now=now, by=by, system=system, detail=detail)


def record(
    appointment: Appointment,
    *,
    verb: str,
    old: Status | None,
    now: datetime,
    by: Staff | None = None,
    system: bool = False,
    detail: str = "",
) -> None:
    """Adds the event of the step that has just been written."""
    actors = AppointmentEvent.Actor
    AppointmentEvent.objects.create(
        appointment=appointment,
        version=appointment.version,
        verb=verb,
        from_status=old or "",
        to_status=appointment.status,
        slot_id=appointment.slot_id,
        actor=actors.STAFF if by else actors.SYSTEM if system else actors.APPLICANT,
        by=by,
        at=now,
        detail=detail,
    )


def claim_slot(slot_id: int, *, now: datetime, resting: bool = False) -> None:
    """Makes closing the counter wait for this transaction, or the other way round.

    Raises SlotNotOpen when the slot has been closed, lies outside the hours or has begun, or rests
    after somebody let go of it; with `resting` that last is no hindrance.
    """
    open_still = Slot.objects.in_service().filter(pk=slot_id, starts_at__gt=now)
    if not resting:
        open_still = open_still.filter(Q(bookable_from=None) | Q(bookable_from__lte=now))
    if not open_still.update(bookable_from=None):
        raise SlotNotOpen


def exchange_slots(*, old: int, new: int, office: Office, now: datetime) -> None:
    """Claims one slot and lets another rest, always in the same order, so that nobody deadlocks."""
    for slot_id in sorted((old, new)):
        if slot_id == new:
            claim_slot(new, now=now)
        else:
            rest_slot(old, office=office, now=now)


def rest_slot(slot_id: int, *, office: Office, now: datetime) -> None:
    """Keeps a slot that a person let go of from the public for a random 2 to 15 minutes."""
    least = office.quarantine_minutes_least * 60
    most = max(office.quarantine_minutes_most * 60, least)
    wait = timedelta(seconds=least + secrets.randbelow(most - least + 1))
    Slot.objects.filter(pk=slot_id).update(free_since=now, bookable_from=now + wait)

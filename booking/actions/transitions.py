"""How every verb acts: one transaction, one conditional UPDATE, one event."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import IntegrityError, InternalError, OperationalError, connection, transaction
from django.db.models import F, ProtectedError, Q

from booking.actions.refusals import (
    AlreadyBooked,
    AlreadyWaiting,
    BookingRefused,
    Busy,
    EntriesChanged,
    ServicePaused,
    SlotNotOpen,
    SlotTaken,
    TransitionNotAllowed,
)
from booking.models import Applicant, Appointment, AppointmentEvent, Slot
from booking.states import ENDED, PROVISIONAL, NeedKind, Status, may_move
from config.foundation import limits
from config.foundation.office import Office, current_office
from config.foundation.staff import Staff

P = ParamSpec("P")
R = TypeVar("R")

_DEADLOCK, _LOCK_TIMEOUT, _READ_ONLY, _NO_SUCH_ROW = "40P01", "55P03", "25006", "23503"
_SQLITE_NO_SUCH_ROW = "FOREIGN KEY constraint failed"
_MOST_RETRIES = 3
HOUR = timedelta(hours=1)
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
        rows = [each for each in kwargs.values() if isinstance(each, (Appointment, Applicant))]
        as_read = [dict(vars(row)) for row in rows]
        while True:
            try:
                with transaction.atomic():
                    return verb(*args, **kwargs)
            except IntegrityError as error:
                _put_back(rows, as_read)
                refusal = _refusal(error)
                if refusal is None:
                    raise  # never from itself: a chain without an end
                raise refusal from error
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


def _put_back(rows: Sequence[Appointment | Applicant], as_read: list[dict[str, object]]) -> None:
    # A row that looks moved after a rollback would tell its person "booked" when tried again.
    for row, values in zip(rows, as_read, strict=True):
        vars(row).clear()
        vars(row).update(values)


def _refusal(error: IntegrityError) -> BookingRefused | None:
    text = str(error)
    for names, refusal in _REFUSAL_OF:
        if any(name in text for name in names):
            return refusal()
    # a row that this one points to has gone, or this one may not go: others acted in between
    state = getattr(error.__cause__, "sqlstate", None)
    gone = state == _NO_SUCH_ROW or _SQLITE_NO_SUCH_ROW in text
    return EntriesChanged() if gone or isinstance(error, ProtectedError) else None


def claim_applicant(applicant: Applicant, *, verified: bool = False, **changes: object) -> None:
    """Makes everybody else who acts for this person wait until this transaction has ended.

    One UPDATE on the row as it was read, the first statement of a transaction: whatever is read
    after it is as the last one left it. `verified` asks that the proof of the address still
    stands; `changes` are columns written with it, which makes the row a new version. Raises
    EntriesChanged when entries, keys or proof are no longer those, or the person is gone.
    """
    rows = Applicant.objects.filter(**_as_read(applicant))
    if verified:
        rows = rows.exclude(verified_at=None, waived_at=None)
    step = 1 if changes else 0
    if not rows.update(version=F("version") + step, **changes):
        raise EntriesChanged
    for name, value in changes.items():
        setattr(applicant, name, value)
    applicant.version += step


def _as_read(applicant: Applicant) -> dict[str, object]:
    columns = ("pk", "person_key", "namesake", "address_key", "version")
    return {name: getattr(applicant, name) for name in columns} | {"forgotten_at": None}


def claim_family(applicant: Applicant) -> set[str]:
    """Like `claim_applicant`, with all who share the address; returns their person keys.

    Members of one family who press at once wait for each other, in the order of their numbers, so
    that nobody deadlocks. Nothing is written: in a rush most are refused right after it.
    """
    family = Applicant.objects.filter(address_key=applicant.address_key).order_by("pk")
    columns = ("pk", "person_key", "namesake", "address_key", "version", "forgotten_at")
    # a row that was waited for comes back as it is now
    rows = family.select_for_update(no_key=True).values(*columns, "verified_at", "waived_at")
    now_there = {row["pk"]: row for row in rows}
    mine = now_there.get(applicant.pk, {})
    if any(mine.get(name, "") != value for name, value in _as_read(applicant).items()):
        raise EntriesChanged
    if mine["verified_at"] is None and mine["waived_at"] is None:
        raise EntriesChanged
    return {row["person_key"] for row in now_there.values()}


def transition(
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
            quarantine_slot(old, office=office, now=now)


def release_slot(appointment: Appointment, *, now: datetime) -> None:
    """Lets the slot rest that a person lets go of, and counts it as one choice of the hour.

    Nobody is kept from giving a time back; who does so again and again can't choose any more.
    """
    office = current_office()
    # counted before the slot is locked, as by whoever exchanges it: else the two would deadlock
    count_choice(appointment.person_key, office=office, now=now)
    quarantine_slot(appointment.slot_id, office=office, now=now)


def count_choice(person_key: str, *, office: Office, now: datetime) -> bool:
    """Counts one choice, exchange or return of a time; whether it was within the hour's number."""
    return limits.take("hold", person_key, limit=office.holds_per_hour, per=HOUR, now=now)


def judged(situation: dict[str, Any]) -> dict[str, Any]:
    """The columns of an appointment that say what it is for."""
    return {
        "situation": situation,
        "category": situation.get("category", ""),
        "need_by": situation.get("need_by"),
        "need_kind": situation.get("need_kind", NeedKind.NONE),
    }


def quarantine_slot(slot_id: int, *, office: Office, now: datetime) -> None:
    """Keeps a slot that a person let go of from the public for a random 2 to 15 minutes."""
    least = office.quarantine_minutes_least * 60
    most = max(office.quarantine_minutes_most * 60, least)
    wait = timedelta(seconds=least + secrets.randbelow(most - least + 1))
    Slot.objects.filter(pk=slot_id).update(free_since=now, bookable_from=now + wait)

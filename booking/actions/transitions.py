"""What actions share: claims of rows, and a status written in one conditional UPDATE."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from booking.actions.refusals import EntriesChanged, SlotNotOpen, TransitionNotAllowed
from booking.models import Applicant, Appointment, AppointmentEvent, Quota, Slot
from booking.models.waiting import WaitingEntryQuerySet
from booking.states import (
    ENDED,
    PROVISIONAL,
    WAITING_TRANSITIONS,
    NeedByKind,
    Status,
    WaitingStatus,
    may_move,
)
from config.foundation import limits
from config.foundation.office import Office, current_office
from config.foundation.staff import Staff

HOUR = timedelta(hours=1)


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
    columns = ("pk", "person_key", "namesake_number", "address_key", "version")
    return {name: getattr(applicant, name) for name in columns} | {"forgotten_at": None}


def claim_family(applicant: Applicant) -> set[str]:
    """Like `claim_applicant`, with all who share the address; returns their person keys.

    Members of one family who press at once wait for each other, in the order of their numbers, so
    that nobody deadlocks. Nothing is written: in a rush most are refused right after it.
    """
    family = Applicant.objects.filter(address_key=applicant.address_key).order_by("pk")
    columns = ("pk", "person_key", "namesake_number", "address_key", "version", "forgotten_at")
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
    action: str,
    now: datetime,
    by: Staff | None = None,
    system: bool = False,
    detail: str = "",
    only_if: dict[str, object] | None = None,
    **columns: object,
) -> None:
    """Moves `appointment` to `to` and records the step; the only place that writes its status.

    One UPDATE on the row as it was read: raises TransitionNotAllowed when somebody was first or
    `only_if` (further conditions) does not hold any more. `columns` are written with it.
    """
    old = Status(appointment.status)
    # a step within a state belongs to a life that goes on: what has ended ends once
    stays = to == old and old not in ENDED
    if not stays and not may_move(old, to):
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
    record(appointment, action=action, old=old, now=now, by=by, system=system, detail=detail)


def transition_waiting_entries(
    entries: WaitingEntryQuerySet, to: WaitingStatus, *, now: datetime
) -> int:
    """Moves those of `entries` that still wait to `to`, at `now` (UTC); returns how many.

    One UPDATE, whose condition is the state from which every step starts: an entry that has ended
    stays as it is. Raises TransitionNotAllowed where the table knows no such step.
    """
    if to not in WAITING_TRANSITIONS[WaitingStatus.WAITING]:
        raise TransitionNotAllowed
    return entries.active().step(status=to, ended_at=now)


def record(
    appointment: Appointment,
    *,
    action: str,
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
        action=action,
        from_status=old or "",
        to_status=appointment.status,
        slot_id=appointment.slot_id,
        actor=actors.STAFF if by else actors.SYSTEM if system else actors.APPLICANT,
        by=by,
        at=now,
        detail=detail,
    )


def claim_slot(
    slot_id: int, *, quota: Quota | None, now: datetime, quarantined: bool = False
) -> None:
    """Makes closing the counter wait for this transaction, or the other way round.

    Raises SlotNotOpen when the slot has been closed, lies outside the hours or has begun, is not
    kept for `quota` (None: not published), or rests after somebody let go of it; with `quarantined`
    that last is no hindrance.
    """
    open_still = Slot.objects.of_quota(quota).in_service().filter(pk=slot_id, starts_at__gt=now)
    if not quarantined:
        open_still = open_still.filter(Q(bookable_from=None) | Q(bookable_from__lte=now))
    if not open_still.update(bookable_from=None):
        raise SlotNotOpen


def replace_slot(*, old: int, new: int, quota: Quota | None, office: Office, now: datetime) -> None:
    """Claims one slot and lets another rest, always in the same order, so that nobody deadlocks."""
    for slot_id in sorted((old, new)):
        if slot_id == new:
            claim_slot(new, quota=quota, now=now)
        else:
            quarantine_slot(old, office=office, now=now)


def release_slot(appointment: Appointment, *, now: datetime) -> None:
    """Lets the slot rest that a person lets go of, and counts it as one choice of the hour.

    Nobody is kept from giving a time back; who does so again and again can't choose any more.
    """
    office = current_office()
    # counted before the slot is locked, as by whoever exchanges it: else the two would deadlock
    count_slot_choice(appointment.person_key, office=office, now=now)
    quarantine_slot(appointment.slot_id, office=office, now=now)


def count_slot_choice(person_key: str, *, office: Office, now: datetime) -> bool:
    """Counts one choice, exchange or return of a time; whether it was within the hour's number."""
    return limits.take("hold", person_key, limit=office.holds_per_hour, per=HOUR, now=now)


def situation_columns(situation: dict[str, Any]) -> dict[str, Any]:
    """The columns of an appointment that say what it is for."""
    return {
        "situation": situation,
        "category": situation.get("category", ""),
        "need_by": situation.get("need_by"),
        "need_kind": situation.get("need_kind", NeedByKind.NONE),
    }


def quarantine_slot(slot_id: int, *, office: Office, now: datetime) -> None:
    """Keeps a slot that a person let go of from the public for a random 2 to 15 minutes."""
    least = office.quarantine_minutes_least * 60
    most = max(office.quarantine_minutes_most * 60, least)
    wait = timedelta(seconds=least + secrets.randbelow(most - least + 1))
    Slot.objects.filter(pk=slot_id).update(free_since=now, bookable_from=now + wait)

"""The waiting list: joining it, leaving it, and the order of the line."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from booking import notifications
from booking.actions.applicants import save_draft
from booking.actions.offers import mark_declined
from booking.actions.preconditions import validate_can_book
from booking.actions.refusals import (
    AlreadyBooked,
    NotEligible,
    NotWaiting,
    TransitionNotAllowed,
)
from booking.actions.texts import vouch_for_phone
from booking.actions.transitions import claim_applicant, transition_waiting_entries
from booking.models import Applicant, Appointment, Draw, WaitingEntry
from booking.states import LIVE_FOR_PERSON, NeedByKind, Status, WaitingStatus
from booking.windows import local_day
from config.foundation.actions import action
from config.foundation.office import Office, current_office


@action
def join(*, applicant: Applicant, now: datetime) -> WaitingEntry:
    """Puts a verified applicant on the waiting list, once per person.

    Somebody with a booked time after the day of need may wait for an earlier one. Joining twice
    is a quiet success. Raises ServicePaused, NotEligible, NotVerified, KeepAppointment,
    EntriesChanged or AlreadyBooked.
    """
    validate_can_book(applicant, office=current_office(), now=now)
    claim_applicant(applicant, verified=True)
    mine = WaitingEntry.objects.active().filter(
        person_key=applicant.person_key, namesake_number=applicant.namesake_number
    )
    entry = mine.filter(applicant__address_key=applicant.address_key).first()
    if entry:
        return entry
    _check_may_wait(applicant, now=now)
    return _new_entry(applicant, now=now)


@action
def join_at_desk(*, now: datetime, **entries: Any) -> WaitingEntry:
    """Puts somebody on the waiting list who is here or calls, with or without an e-mail address.

    `entries` are those of `save_draft`. Raises NotEligible, AlreadyBooked or AlreadyWaiting.
    """
    applicant = save_draft(applicant=None, verified=None, now=now, **entries)
    vouch_for_phone(applicant, now=now)
    _check_may_wait(applicant, now=now)
    return _new_entry(applicant, now=now)


def _new_entry(applicant: Applicant, *, now: datetime) -> WaitingEntry:
    situation = applicant.situation
    entry = WaitingEntry.objects.create(
        applicant=applicant,
        person_key=applicant.person_key,
        namesake_number=applicant.namesake_number,
        need_by=situation.get("need_by"),
        need_kind=situation.get("need_kind", NeedByKind.NONE),
        joined_at=now,
        ordered_at=now,
    )
    _give_lot_of_the_day(entry, now=now)
    notifications.enqueue_waiting(entry, "joined", now=now)
    return entry


def _check_may_wait(applicant: Applicant, *, now: datetime) -> None:
    # the list is about emergencies: a visit by invitation, and whoever was invited, is no part
    if applicant.invitation_id is not None:
        raise NotEligible
    live = Appointment.objects.live(now=now).of_person(
        applicant.person_key, applicant.namesake_number
    )
    booked = live.filter(status__in=LIVE_FOR_PERSON).select_related("slot").first()
    if booked is not None and not _comes_too_late(booked):
        raise AlreadyBooked


def _comes_too_late(appointment: Appointment) -> bool:
    day = local_day(appointment.slot.starts_at, zone=current_office().zone)
    return appointment.need_by is not None and day > appointment.need_by


@action
def leave(*, entry: WaitingEntry, now: datetime) -> None:
    """Ends a place as it was read, by its person's wish; the offer it had passes on.

    Leaving twice changes nothing. Raises TransitionNotAllowed when the place has had an offer, a
    lapse or another end since it was read.
    """
    offer = Appointment.objects.filter(entry=entry, status=Status.OFFERED).first()
    if offer is not None:
        mark_declined(offer, now=now)
    as_read = WaitingEntry.objects.filter(pk=entry.pk, version=entry.version)
    if not transition_waiting_entries(as_read, WaitingStatus.LEFT, now=now):
        entry.refresh_from_db()
        if entry.status != WaitingStatus.LEFT:
            raise TransitionNotAllowed


@action
def end_overdue(*, now: datetime) -> int:
    """Ends the places of people whose hard day has passed, with a letter naming the other ways."""
    today = local_day(now, zone=current_office().zone)
    overdue = WaitingEntry.objects.active().filter(need_kind=NeedByKind.HARD, need_by__lt=today)
    ended = 0
    for entry in overdue.select_related("applicant")[:500]:
        row = WaitingEntry.objects.filter(pk=entry.pk)
        if transition_waiting_entries(row, WaitingStatus.ENDED, now=now):
            notifications.enqueue_waiting(entry, "ended", now=now)
            ended += 1
    return ended


@action
def draw_lots(*, now: datetime) -> Draw | None:
    """Draws the order of the line anew, once a local day, where the office distributes by draw.

    The seed is kept and published: whoever has it and the number of an entry gets the same lot
    from `lot_of`. Returns the day's draw; None where nothing is drawn.
    """
    office = current_office()
    if office.distribution != Office.Distribution.DRAW:
        return None
    today = local_day(now, zone=office.zone)
    draw, made = Draw.objects.get_or_create(
        drawn_on=today, defaults={"seed": secrets.token_hex(16), "drawn_at": now}
    )
    if made:
        entries = list(WaitingEntry.objects.active().only("pk"))
        for entry in entries:
            entry.lot = lot_of(entry.pk, seed=draw.seed)
        WaitingEntry.objects.bulk_update(entries, ["lot"], batch_size=500)
    return draw


def lot_of(entry_id: int, *, seed: str) -> int:
    """The lot of an entry under a seed: the first 60 bits of SHA-256 over "seed:number"."""
    return int(hashlib.sha256(f"{seed}:{entry_id}".encode()).hexdigest()[:15], 16)


def _give_lot_of_the_day(entry: WaitingEntry, *, now: datetime) -> None:
    today: date = local_day(now, zone=current_office().zone)
    draw = Draw.objects.filter(drawn_on=today).first()
    if draw is not None:
        entry.lot = lot_of(entry.pk, seed=draw.seed)
        entry.save(update_fields=["lot"])


def position(entry: WaitingEntry) -> int:
    """How many people stand before this one in the plain order of the list."""
    before = Q(priority__lt=entry.priority) | Q(
        priority=entry.priority, ordered_at__lt=entry.ordered_at
    )
    return WaitingEntry.objects.active().filter(before).count()


def active_entry(*, applicant: Applicant) -> WaitingEntry:
    """The place of an applicant on the list; raises NotWaiting."""
    entry = WaitingEntry.objects.active().filter(applicant=applicant).first()
    if entry is None:
        raise NotWaiting
    return entry

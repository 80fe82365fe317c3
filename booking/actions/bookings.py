"""Confirming, rebooking and cancelling."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models.functions import Coalesce

from booking import notifications
from booking.actions.calendar_entries import inherit_calendar_uid
from booking.actions.email_links import enqueue_link
from booking.actions.expiry import expire_stale
from booking.actions.holds import count_exchange
from booking.actions.invitation_terms import reopen_invitation
from booking.actions.preconditions import (
    check_takeable,
    require_open,
    validate_can_book,
    validate_invitation,
)
from booking.actions.refusals import (
    AppointmentOver,
    EntriesChanged,
    HoldExpired,
    LetterJustSent,
    NotEligible,
    TooManyChanges,
    TransitionNotAllowed,
)
from booking.actions.transitions import (
    claim_applicant,
    quarantine_slot,
    release_slot,
    replace_slot,
    transition,
    transition_waiting_entries,
)
from booking.models import Applicant, Appointment, AppointmentEvent, WaitingEntry
from booking.models.applicants import void_tokens
from booking.states import Status, WaitingStatus
from config.foundation.actions import action
from config.foundation.office import current_office
from config.foundation.staff import Staff

TOO_FAST = timedelta(seconds=2)


@action
def book(*, appointment: Appointment, now: datetime) -> Appointment:
    """Confirms a hold at `now` (UTC) and promises the letter about it.

    A hold counts until its `free_from`, tidied up or not. Confirming twice is a quiet success.
    Raises HoldExpired, ServicePaused, NotEligible, NotVerified, KeepAppointment or EntriesChanged.
    """
    if appointment.status == Status.BOOKED:
        return appointment
    if appointment.status != Status.HELD or appointment.free_from is None:
        raise HoldExpired
    applicant = appointment.applicant
    if applicant.invitation_id is None:
        validate_can_book(applicant, office=current_office(), now=now)
    else:
        require_open(now=now)
    claim_applicant(applicant, verified=True)
    if applicant.invitation_id is not None:
        validate_invitation(applicant, now=now, ends=False)
    if (applicant.person_key, applicant.namesake_number) != (
        appointment.person_key,
        appointment.namesake_number,
    ):
        raise EntriesChanged
    if applicant.situation != appointment.situation:
        raise NotEligible
    started = appointment.created_at if not appointment.extensions else None
    try:
        transition(
            appointment,
            Status.BOOKED,
            action="book",
            now=now,
            only_if={"free_from__gt": now},
            booked_at=now,
            confirmed_too_fast=started is not None and now - started < TOO_FAST,
        )
    except TransitionNotAllowed:
        return _booked_meanwhile(appointment, now=now)
    fulfil_entry(appointment, now=now)
    notifications.enqueue_confirmation(appointment, now=now)
    return appointment


def _booked_meanwhile(appointment: Appointment, *, now: datetime) -> Appointment:
    # the same press, twice: the other request was first and has booked it
    seen = appointment.version
    appointment.refresh_from_db()
    if appointment.status == Status.BOOKED and appointment.version == seen + 1:
        return appointment
    if appointment.free_from is not None and appointment.free_from > now:
        raise TransitionNotAllowed  # extended or moved in another window
    raise HoldExpired


def fulfil_entry(appointment: Appointment, *, now: datetime) -> None:
    """Ends the person's place on the waiting list: there is an emergency appointment now.

    A visit by invitation ends no place; it goes on with the calendar entry of a time that was lost.
    """
    if appointment.invitation_id is not None:
        inherit_calendar_uid(appointment)
        return
    mine = WaitingEntry.objects.filter(
        person_key=appointment.person_key, namesake_number=appointment.namesake_number
    )
    if transition_waiting_entries(mine, WaitingStatus.SERVED, now=now):
        inherit_calendar_uid(appointment)


def rebook(
    *,
    appointment: Appointment,
    slot_id: int,
    revision: int,
    now: datetime,
    by: Staff | None = None,
) -> Appointment:
    """Moves a booked appointment to another slot of its quota in one step, or leaves it as it was.

    `appointment` as it was read and `revision` are what the person saw: an older page can't undo a
    newer choice. The same slot again is a quiet success. A person's own choice counts like a hold.
    Raises AppointmentOver, TransitionNotAllowed, SlotTaken, SlotNotOpen, TooManyHolds,
    TooManyChanges, ServicePaused or Busy.
    """
    expire_stale(slot_id=slot_id, person_key=appointment.person_key, now=now)
    return _rebook(appointment=appointment, slot_id=slot_id, revision=revision, now=now, by=by)


@action
def _rebook(
    *, appointment: Appointment, slot_id: int, revision: int, now: datetime, by: Staff | None
) -> Appointment:
    seen = appointment.version
    appointment.refresh_from_db()
    if appointment.status == Status.BOOKED and appointment.slot_id == slot_id:
        return appointment
    check_changeable(appointment, now=now)
    if (appointment.version, appointment.revision) != (seen, revision):
        raise TransitionNotAllowed
    office = current_office()
    if by is None:
        require_open(now=now)
        check_changes(appointment)
    check_takeable(slot_id, quota=appointment.quota, office=office, now=now)
    if by is None:
        count_exchange(appointment, office=office, now=now)
    switch_slot(appointment, slot_id=slot_id, action="rebook", now=now, by=by)
    return appointment


def check_changes(appointment: Appointment) -> None:
    """Raises TooManyChanges once somebody invited has moved as often as the quota allows."""
    invitation = appointment.invitation
    if invitation is None:
        return
    own = AppointmentEvent.objects.filter(
        appointment__invitation=invitation,
        action="rebook",
        actor=AppointmentEvent.Actor.APPLICANT,
    )
    if own.count() >= invitation.quota.changes:
        raise TooManyChanges


def switch_slot(
    appointment: Appointment, *, slot_id: int, action: str, now: datetime, by: Staff | None = None
) -> None:
    """Gives a booked appointment another slot; the old one rests before it is public again."""
    old_slot = appointment.slot_id
    office, quota = current_office(), appointment.quota
    replace_slot(old=old_slot, new=slot_id, quota=quota, office=office, now=now)
    transition(
        appointment,
        Status.BOOKED,
        action=action,
        now=now,
        by=by,
        only_if={"slot_id": old_slot},
        slot_id=slot_id,
        revision=appointment.revision + 1,
    )
    void_tokens(subject=appointment.subject)
    notifications.enqueue_confirmation(appointment, now=now)


def check_changeable(appointment: Appointment, *, now: datetime) -> None:
    """Raises unless the appointment is booked and has not begun."""
    if appointment.status != Status.BOOKED:
        raise TransitionNotAllowed
    if appointment.slot.starts_at <= now:
        raise AppointmentOver


def cancel(
    *,
    appointment: Appointment,
    reason: Appointment.CancelReason,
    now: datetime,
    by: Staff | None = None,
) -> Appointment:
    """Cancels a booked appointment as it was read, promises the letter and lets the slot rest.

    Cancelling twice is a quiet success with one letter. Raises TransitionNotAllowed, or
    AppointmentOver when an applicant comes too late.
    """
    try:
        return _cancel(appointment=appointment, reason=reason, now=now, by=by)
    except TransitionNotAllowed:
        # the same press, twice: the other request was first and has cancelled it
        appointment.refresh_from_db()
        if appointment.status != Status.CANCELLED:
            raise
        return appointment


@action
def _cancel(
    *,
    appointment: Appointment,
    reason: Appointment.CancelReason,
    now: datetime,
    by: Staff | None,
) -> Appointment:
    seen = appointment.version
    appointment.refresh_from_db()
    if appointment.status == Status.CANCELLED:
        return appointment
    if appointment.version != seen:
        raise TransitionNotAllowed  # moved since: this time was never meant
    if by is None:
        check_changeable(appointment, now=now)
    elif appointment.status != Status.BOOKED:
        raise TransitionNotAllowed
    # the slot before the row, as rebooking does: in another order the two would deadlock
    if by is None:
        release_slot(appointment, now=now)
    else:
        quarantine_slot(appointment.slot_id, office=current_office(), now=now)
    transition(
        appointment,
        Status.CANCELLED,
        action="cancel",
        now=now,
        by=by,
        detail=reason,
        cancel_reason=reason,
    )
    if reason != Appointment.CancelReason.BY_APPLICANT:
        reopen_invitation(appointment, now=now)
    void_tokens(subject=appointment.subject)
    notifications.enqueue_cancellation(appointment, now=now)
    return appointment


@action
def resend(*, appointment: Appointment, now: datetime) -> None:
    """Promises the letter with the link once more; raises LetterJustSent after too many."""
    if appointment.status not in {Status.BOOKED, Status.CHECKED_IN}:
        raise TransitionNotAllowed
    if not enqueue_link(appointment, now=now):
        raise LetterJustSent


@action
def request_correction(*, appointment: Appointment, now: datetime) -> None:
    """Tells the desk that name or birth date are wrong; a caseworker mends them.

    The first report stands. Raises TransitionNotAllowed when the appointment as it was read has
    changed: nobody is told "the office will look at it" of what nobody has written down.
    """
    as_read = Appointment.objects.filter(pk=appointment.pk, version=appointment.version)
    if not as_read.update(mistake_reported_at=Coalesce("mistake_reported_at", now)):
        raise TransitionNotAllowed


@action
def change_language(*, applicant: Applicant, language: str, now: datetime) -> None:
    """From now on letters to this person are written in `language`; raises EntriesChanged."""
    # not what a page acts on: no new version, and any order of two choices is a right one
    mine = Applicant.objects.filter(
        pk=applicant.pk, person_key=applicant.person_key, forgotten_at=None
    )
    if not mine.update(language=language, touched_at=now):
        raise EntriesChanged
    applicant.language, applicant.touched_at = language, now

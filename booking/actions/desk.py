"""What a caseworker does with appointments during a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from booking import notifications
from booking.actions.applicants import save_draft
from booking.actions.bookings import fulfil_entry
from booking.actions.expiry import expire_stale
from booking.actions.holds import new_appointment
from booking.actions.offers import withdraw_offer
from booking.actions.preconditions import check_public
from booking.actions.refusals import NotWaiting, SlotTaken, TransitionNotAllowed
from booking.actions.texts import vouch_for_phone
from booking.actions.transitions import claim_applicant, claim_slot, transition
from booking.models import Appointment, Invitation, Slot, WaitingEntry
from booking.states import Status, WaitingStatus
from booking.windows import local_day
from config.foundation.actions import action
from config.foundation.office import current_office
from config.foundation.persons import person_key
from config.foundation.staff import Staff

# A mistake can be put back for so long.
SECOND_THOUGHTS = timedelta(minutes=10)


@action
def check_in(
    *,
    appointment: Appointment,
    now: datetime,
    by: Staff,
    missing: Sequence[str] = (),
    papers_checked: bool = False,
) -> Appointment:
    """Notes that the person has arrived; also after a no-show, on the same local day.

    `missing` are ids of requirements seen to be missing already; `complete` may be told the same.
    `papers_checked` says that somebody looked, also where nothing is missing.
    Raises TransitionNotAllowed on another day, SlotTaken when a no-show's time went to somebody
    else, or EntriesChanged when the person is forgotten by now.
    """
    if appointment.status == Status.CHECKED_IN:
        return appointment
    _check_same_day(appointment, now=now)
    if appointment.status == Status.NO_SHOW:
        claim_applicant(appointment.applicant)
    transition(
        appointment,
        Status.CHECKED_IN,
        action="check_in",
        now=now,
        by=by,
        checked_in_at=now,
        missing=list(missing),
        papers_checked=papers_checked or bool(missing),
    )
    return appointment


@action
def complete(
    *,
    appointment: Appointment,
    outcome: Appointment.Outcome,
    missing: list[str],
    now: datetime,
    by: Staff,
    papers_checked: bool = False,
) -> Appointment:
    """Closes a visit with its outcome; `missing` are ids of requirements that were not brought.

    The same outcome twice is a quiet success; another one raises TransitionNotAllowed.
    """
    if appointment.status == Status.COMPLETED and appointment.outcome == outcome:
        return appointment
    if appointment.status != Status.CHECKED_IN:
        raise TransitionNotAllowed
    transition(
        appointment,
        Status.COMPLETED,
        action="complete",
        now=now,
        by=by,
        detail=outcome,
        outcome=outcome,
        missing=missing,
        papers_checked=papers_checked or bool(missing) or _were_all_there(appointment),
    )
    return appointment


def _were_all_there(appointment: Appointment) -> bool:
    # what was missing at the arrival may lie here by now, or nobody asked again
    return appointment.papers_checked and not appointment.missing


@action
def mark_no_show(*, appointment: Appointment, now: datetime, by: Staff) -> Appointment:
    """Notes that the person did not come.

    Raises TransitionNotAllowed before the office's minutes of patience are over.
    """
    if appointment.status == Status.NO_SHOW:
        return appointment
    patience = timedelta(minutes=current_office().no_show_minutes)
    if appointment.slot.starts_at + patience > now:
        raise TransitionNotAllowed
    transition(appointment, Status.NO_SHOW, action="no_show", now=now, by=by)
    return appointment


@action
def undo_last_step(*, appointment: Appointment, now: datetime, by: Staff) -> Appointment:
    """Takes back the last step within ten minutes: a completion, an arrival, a cancellation.

    A cancellation by the office can be taken back only while nobody else has the time. Raises
    TransitionNotAllowed, SlotTaken, or EntriesChanged when the person is forgotten by now.
    """
    # whoever has nothing live may end everything at this moment
    claim_applicant(appointment.applicant)
    _check_same_day_of_act(appointment, now=now)
    if appointment.status == Status.COMPLETED:
        # what was missing still is, until somebody says otherwise
        transition(appointment, Status.CHECKED_IN, action="put_back", now=now, by=by, outcome="")
    elif appointment.status == Status.CHECKED_IN:
        transition(
            appointment,
            Status.BOOKED,
            action="put_back",
            now=now,
            by=by,
            checked_in_at=None,
            missing=[],
            papers_checked=False,
        )
    elif appointment.status == Status.CANCELLED:
        _undo_cancellation(appointment, now=now, by=by)
    else:
        raise TransitionNotAllowed
    return appointment


def _undo_cancellation(appointment: Appointment, *, now: datetime, by: Staff) -> None:
    by_the_office = appointment.events.filter(action="cancel", by__isnull=False)
    if not by_the_office.exists() or appointment.slot.starts_at <= now:
        raise TransitionNotAllowed
    # locked as it is now: the row in hand may be older than a press that hands the time over
    as_left = Slot.objects.in_service().filter(
        pk=appointment.slot_id, free_since=appointment.ended_at
    )
    if not as_left.update(bookable_from=None):
        raise SlotTaken
    invitation = Invitation.objects.filter(appointments=appointment, withdrawn_at__isnull=False)
    if invitation.exists():
        raise TransitionNotAllowed
    transition(
        appointment,
        Status.BOOKED,
        action="put_back",
        now=now,
        by=by,
        cancel_reason="",
        revision=appointment.revision + 1,
    )
    notifications.enqueue_confirmation(appointment, now=now)


def _check_same_day(appointment: Appointment, *, now: datetime) -> None:
    zone = current_office().zone
    if local_day(now, zone=zone) != local_day(appointment.slot.starts_at, zone=zone):
        raise TransitionNotAllowed


def _check_same_day_of_act(appointment: Appointment, *, now: datetime) -> None:
    last = appointment.events.order_by("-version").first()
    if last is None or now - last.at > SECOND_THOUGHTS:
        raise TransitionNotAllowed


def book_by_phone(
    *,
    slot_id: int,
    now: datetime,
    by: Staff,
    **entries: Any,
) -> Appointment:
    """Books a public time for somebody who calls, with or without an e-mail address.

    `entries` are those of `save_draft`: the names, birth_date, email, phone, text_me, access_need,
    language and situation. Nobody jumps the queue: only times that anybody may take. Raises
    SlotTaken, SlotNotOpen, NotEligible or AlreadyBooked.
    """
    person = person_key(
        family_name=entries["family_name"],
        given_names=entries["given_names"],
        birth_date=entries["birth_date"],
    )
    expire_stale(slot_id=slot_id, person_key=person, now=now)
    return _book_by_phone(slot_id=slot_id, now=now, by=by, **entries)


@action
def _book_by_phone(*, slot_id: int, now: datetime, by: Staff, **entries: Any) -> Appointment:
    check_public(slot_id, office=current_office(), now=now)
    applicant = save_draft(applicant=None, verified=None, now=now, **entries)
    vouch_for_phone(applicant, now=now)
    claim_slot(slot_id, quota=None, now=now)
    appointment = new_appointment(
        applicant,
        slot_id=slot_id,
        status=Status.BOOKED,
        action="book_by_phone",
        now=now,
        by=by,
        booked_at=now,
    )
    fulfil_entry(appointment, now=now)
    notifications.enqueue_confirmation(appointment, now=now)
    return appointment


def fill_no_show_slot(
    *, entry: WaitingEntry, slot_id: int, now: datetime, by: Staff
) -> Appointment:
    """Serves a waiting person who is here now in the time of somebody who did not come.

    Raises NotWaiting, TransitionNotAllowed unless the time is running and its person was noted as
    not come, AlreadyBooked, or SlotTaken.
    """
    expire_stale(slot_id=slot_id, person_key=entry.person_key, now=now)
    return _fill_no_show_slot(entry=entry, slot_id=slot_id, now=now, by=by)


def vacant_no_show_slots(*, now: datetime) -> QuerySet[Slot]:
    """Published times that run at `now` (UTC) and whose person was noted as not come."""
    missed = Appointment.objects.filter(status=Status.NO_SHOW)
    # no slot lasts a day: the index need not be read from its beginning
    published = Slot.objects.of_quota(None)
    begun = published.filter(starts_at__gt=now - timedelta(days=1), starts_at__lte=now)
    running = begun.free(now=now).filter(ends_at__gt=now)
    return running.filter(appointments__in=missed).distinct()


@action
def _fill_no_show_slot(
    *, entry: WaitingEntry, slot_id: int, now: datetime, by: Staff
) -> Appointment:
    claim_applicant(entry.applicant)
    if entry.status != WaitingStatus.WAITING:
        raise NotWaiting
    if not vacant_no_show_slots(now=now).filter(pk=slot_id).exists():
        raise TransitionNotAllowed
    for offered in Appointment.objects.filter(entry=entry, status=Status.OFFERED):
        withdraw_offer(offered, now=now, by=by)
    appointment = new_appointment(
        entry.applicant,
        slot_id=slot_id,
        status=Status.CHECKED_IN,
        action="stand_in",
        now=now,
        by=by,
        booked_at=now,
        checked_in_at=now,
    )
    fulfil_entry(appointment, now=now)
    notifications.enqueue_confirmation(appointment, now=now)
    return appointment

"""Inviting people to times of a quota, and what becomes of an invitation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from booking import notifications
from booking.actions.applicants import identity_keys
from booking.actions.desk_refusals import EndTooEarly, InvitationTaken, NoTimesLeft, Restricted
from booking.actions.expiry import expire_stale
from booking.actions.holds import new_appointment, new_reference
from booking.actions.invitation_terms import end_of_choice
from booking.actions.preconditions import check_takeable
from booking.actions.refusals import (
    AlreadyBooked,
    InvitationOver,
    InvitationUsed,
    PageOutdated,
)
from booking.actions.transitions import claim_applicant, claim_slot, transition
from booking.models import Applicant, Appointment, Invitation, Quota, Slot
from booking.models.applicants import void_tokens
from booking.states import SETTLED, InvitationState, Status
from config.foundation.actions import action
from config.foundation.office import ServiceStatus, current_office, service_status
from config.foundation.persons import person_key
from config.foundation.staff import Staff
from documents.applications.actions.reviews import end_invitation
from documents.applications.states import Status as ApplicationStatus


@dataclass(frozen=True, kw_only=True)
class Invitee:
    """Who is invited; names, birth date (in stored form) and address as `save_draft` gets them."""

    family_name: str
    given_names: str
    birth_date: str
    email: str
    phone: str
    access_need: str
    language: str
    case_reference: str


@action
def invite(
    *,
    quota: Quota,
    people: Sequence[Invitee],
    valid_until: datetime | None,
    quiet: bool,
    now: datetime,
    by: Staff,
) -> list[Invitation]:
    """Invites everybody of `people` to choose a time of `quota`, or nobody.

    `valid_until` is a UTC instant (None: as the quota says). Somebody with an open invitation to
    this quota for the same file keeps it and gets the letter again. Raises Restricted,
    AlreadyBooked, PageOutdated when that invitation changes at this moment, or NoTimesLeft when
    there would be more open invitations than free times.
    """
    begin_issuing(quota, now=now)
    until = valid_until or end_of_choice(quota, now=now)
    issued = [issue(quota, each, valid_until=until, quiet=quiet, now=now, by=by) for each in people]
    for each in issued:
        notifications.enqueue_invitation(each, now=now)
    check_enough_times(quota, now=now)
    return issued


def invite_to_time(
    *,
    quota: Quota,
    person: Invitee,
    slot_id: int,
    valid_until: datetime | None,
    quiet: bool,
    now: datetime,
    by: Staff,
) -> Appointment:
    """Invites somebody and books this time for them at once; they may change it.

    Raises what `invite` raises, SlotTaken or SlotNotOpen.
    """
    expire_stale(slot_id=slot_id, person_key="", now=now)
    return _invite_to_time(
        quota=quota,
        person=person,
        slot_id=slot_id,
        valid_until=valid_until,
        quiet=quiet,
        now=now,
        by=by,
    )


@action
def _invite_to_time(
    *,
    quota: Quota,
    person: Invitee,
    slot_id: int,
    valid_until: datetime | None,
    quiet: bool,
    now: datetime,
    by: Staff,
) -> Appointment:
    begin_issuing(quota, now=now)
    until = valid_until or end_of_choice(quota, now=now)
    invitation = issue(quota, person, valid_until=until, quiet=quiet, now=now, by=by)
    check_takeable(slot_id, quota=quota, office=current_office(), now=now)
    claim_slot(slot_id, quota=quota, now=now)
    appointment = new_appointment(
        invitation.applicant,
        slot_id=slot_id,
        status=Status.BOOKED,
        action="invite",
        now=now,
        by=by,
        booked_at=now,
    )
    notifications.enqueue_confirmation(appointment, now=now)
    check_enough_times(quota, now=now)
    return appointment


def may_issue(*, now: datetime) -> bool:
    """Whether anybody is invited at `now` (UTC): not in restricted operation, nor in a pause."""
    return service_status().state_at(now) == ServiceStatus.State.OPEN


def begin_issuing(quota: Quota, *, now: datetime) -> None:
    """Takes the quota's turn; raises Restricted, or NoTimesLeft once it is out of service."""
    if not may_issue(now=now):
        raise Restricted
    quota.take_turn()
    if not Quota.objects.filter(pk=quota.pk, in_service=True).exists():
        raise NoTimesLeft


def check_enough_times(quota: Quota, *, now: datetime) -> None:
    """Raises NoTimesLeft when more people may choose than there are times to choose from."""
    if left_to_give(quota, now=now) < 0:
        raise NoTimesLeft


def left_to_give(quota: Quota, *, now: datetime) -> int:
    """For how many people there is a time that nobody else may choose."""
    return free_times(quota, now=now) - open_invitations(quota, now=now)


def open_invitations(quota: Quota, *, now: datetime) -> int:
    """How many people may choose a time of `quota`."""
    return Invitation.objects.open(now=now).filter(quota=quota).count()


def free_times(quota: Quota, *, now: datetime) -> int:
    """How many times of `quota` nobody has; one that rests is free again in some minutes."""
    opened = Slot.objects.opened(now=now, office=current_office(), quota=quota)
    return opened.free(now=now).count()


def issue(
    quota: Quota,
    person: Invitee,
    *,
    valid_until: datetime,
    quiet: bool,
    now: datetime,
    by: Staff | None,
) -> Invitation:
    """The open invitation of this person and file, or a new one; within the quota's turn."""
    key = person_key(
        family_name=person.family_name,
        given_names=person.given_names,
        birth_date=person.birth_date,
    )
    contact: dict[str, Any] = {
        **identity_keys(key, email=person.email),
        "email": person.email,
        "phone": person.phone,
        "access_need": person.access_need,
        "language": person.language,
    }
    before = _before(quota, key, person.case_reference, now=now)
    if before is not None:
        # the address may be the reason for inviting again
        is_new_address = before.applicant.email != person.email
        claim_applicant(before.applicant, touched_at=now, **contact)
        # whoever withdraws it, or chooses a time, at this moment has been waited for
        as_read = Invitation.objects.open(now=now).filter(pk=before.pk, revision=before.revision)
        if not as_read.exists():
            raise PageOutdated
        if is_new_address:
            void_tokens(subject=before.subject)
        return before
    invitation = Invitation.objects.create(
        reference=new_reference(),
        quota=quota,
        case_reference=person.case_reference,
        person_key=key,
        issued_at=now,
        issued_by=by,
        valid_until=valid_until,
        quiet=quiet,
    )
    applicant = Applicant.objects.create(
        invitation=invitation,
        family_name=person.family_name,
        given_names=person.given_names,
        birth_date=person.birth_date,
        # link, or reference and date of birth, stand for the proof
        waived_at=now,
        created_at=now,
        touched_at=now,
        **contact,
    )
    invitation.applicant = applicant
    notifications.enqueue_invitation_reminders(invitation, now=now)
    return invitation


def _before(quota: Quota, key: str, case: str, *, now: datetime) -> Invitation | None:
    same = Invitation.objects.filter(quota=quota, person_key=key, case_reference=case)
    if same.taken(now=now).exists():
        raise AlreadyBooked
    return same.open(now=now).select_related("applicant", "quota").order_by("pk").first()


@action
def extend_invitation(
    *, invitation: Invitation, valid_until: datetime, revision: int, now: datetime
) -> Invitation:
    """Lets somebody choose until `valid_until` (UTC), also after the end, and tells them.

    `revision` is what the page showed; the same press twice is a quiet success. Raises
    PageOutdated, InvitationOver once withdrawn or for an end that has passed, EndTooEarly for one
    before the end that the person knows, InvitationUsed, NoTimesLeft, or EntriesChanged when the
    person is forgotten.
    """
    invitation.quota.take_turn()
    present = _claim(invitation)
    if present.revision == revision + 1 and present.valid_until == valid_until:
        return present
    _check(present, revision, now=now)
    if present.withdrawn_at is not None or valid_until <= now:
        raise InvitationOver
    if present.application is not None and present.application.status != ApplicationStatus.INVITED:
        raise InvitationOver  # its review goes on: it invites anew
    if valid_until < present.valid_until:
        raise EndTooEarly
    _change(present, valid_until=valid_until)
    if present.state_at(now) == InvitationState.OPEN:
        notifications.enqueue_invitation(present, now=now)
        check_enough_times(present.quota, now=now)
    notifications.enqueue_invitation_reminders(present, now=now)
    return present


@action
def withdraw_invitation(
    *, invitation: Invitation, revision: int, now: datetime, by: Staff | None
) -> Invitation:
    """Takes back an invitation whose person has no appointment; a hold ends with it.

    An application for whose review it was issued goes back to that review.
    Twice is a quiet success. Raises PageOutdated, InvitationTaken, InvitationUsed, or
    EntriesChanged when the person is forgotten.
    """
    present = _claim(invitation)
    if present.withdrawn_at is not None:
        return present
    _check(present, revision, now=now)
    if present.appointments.filter(status__in=SETTLED).exists():
        raise InvitationTaken
    for held in present.appointments.filter(status=Status.HELD):
        Slot.objects.filter(pk=held.slot_id).update(free_since=now)
        transition(
            held,
            Status.CANCELLED,
            action="withdraw",
            now=now,
            by=by,
            cancel_reason=Appointment.CancelReason.OFFICE,
        )
    _change(present, withdrawn_at=now, withdrawn_by=by)
    void_tokens(subject=present.subject)
    if present.application is not None:
        end_invitation(application=present.application, by=by, now=now)
    return present


def _claim(invitation: Invitation) -> Invitation:
    """The row as it is once everybody who acts for its person has been waited for."""
    claim_applicant(invitation.applicant)
    rows = Invitation.objects.select_related("applicant", "quota", "application")
    return rows.get(pk=invitation.pk)


def _check(present: Invitation, revision: int, *, now: datetime) -> None:
    if present.revision != revision:
        raise PageOutdated
    if present.state_at(now) == InvitationState.USED:
        raise InvitationUsed


def _change(present: Invitation, **columns: object) -> None:
    # a closure may reopen it at this moment, which claims nobody
    as_read = Invitation.objects.filter(pk=present.pk, revision=present.revision)
    if not as_read.update(revision=F("revision") + 1, **columns):
        raise PageOutdated
    present.revision += 1
    for name, value in columns.items():
        setattr(present, name, value)


@action
def hand_over(*, quota: Quota, slot_ids: Sequence[int], now: datetime) -> int:
    """Gives free times of `quota` to the public, the waiting list first; returns how many.

    Never back. What somebody has taken meanwhile stays. Raises NoTimesLeft when too few would
    remain for those who may still choose.
    """
    quota.take_turn()
    kept = Slot.objects.of_quota(quota).in_service().filter(pk__in=slot_ids, starts_at__gt=now)
    # Locked first, so that nobody can take one from here on; only then look who was quicker.
    locked = kept.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)
    free = Slot.objects.free(now=now).filter(pk__in=list(locked)).values_list("pk", flat=True)
    given = Slot.objects.filter(pk__in=list(free))
    count = given.update(quota=None, handed_over_at=now, free_since=now)
    check_enough_times(quota, now=now)
    return count

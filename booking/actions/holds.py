"""Holding a time while its person reviews and confirms."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection
from django.db.models import QuerySet

from booking import notifications
from booking.actions.email_links import enqueue_link
from booking.actions.expiry import expire_stale
from booking.actions.preconditions import (
    check_takeable,
    validate_can_take,
    validate_invitation,
    why_not,
)
from booking.actions.refusals import (
    AlreadyBooked,
    BookedFromOtherAddress,
    HeldElsewhere,
    HoldExpired,
    NoMoreExtensions,
    NoneFree,
    SlotTaken,
    TooManyAtDomain,
    TooManyHolds,
    TooManyPersons,
)
from booking.actions.transitions import (
    claim_family,
    claim_slot,
    count_slot_choice,
    record,
    release_slot,
    replace_slot,
    situation_columns,
    transition,
)
from booking.models import (
    Applicant,
    Appointment,
    AppointmentEvent,
    Slot,
    WaitingEntry,
)
from booking.models.slots import SlotQuerySet
from booking.states import LIVE_FOR_PERSON, NeedByKind, Status
from booking.windows import day_bounds
from config.foundation.actions import Refused, action
from config.foundation.office import Office, current_office
from config.foundation.staff import Staff

# After `held_until` the slot stays with its person for a random while, so that nobody can wait
# for the second at which it becomes free.
_MOST_GRACE_SECONDS = 300
# Nobody looks for a better time by letting go of more within a quarter of an hour, and the limit's
# hours have edges: around one of them a person could take twice as many off the list.
MOST_QUARANTINED = 10
_TRIES_FOR_EARLIEST = 6
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def hold(*, applicant: Applicant, slot_id: int, now: datetime) -> Appointment:
    """Holds a public slot for a verified applicant, who may still change the choice.

    Somebody with an invitation holds one of the times that are kept for it.

    An applicant with a live hold moves it; choosing the same slot again is a quiet success.
    `now` is a UTC instant. Raises ServicePaused, NotEligible, NotVerified, EntriesChanged,
    TooManyHolds, TooManyPersons, SlotNotOpen, SlotTaken, AlreadyBooked, KeepAppointment or Busy;
    for an invitation InvitationOver or InvitationUsed instead of the second and third.
    """
    office = current_office()
    validate_can_take(applicant, office=office, now=now)
    # In a rush nearly everybody chooses what others have: they are refused by one question.
    others = Appointment.objects.live(now=now).exclude(person_key=applicant.person_key)
    if others.filter(slot=slot_id).exists():
        raise SlotTaken
    try:
        try:
            return _hold(applicant=applicant, slot_id=slot_id, office=office, now=now)
        except (SlotTaken, AlreadyBooked) as refusal:
            if not _stale_in_the_way(refusal, applicant, slot_id=slot_id, now=now):
                raise
            return _hold(applicant=applicant, slot_id=slot_id, office=office, now=now)
    except AlreadyBooked:
        raise report_second(applicant=applicant, now=now) from None


def hold_earliest(*, applicant: Applicant, now: datetime) -> Appointment:
    """Holds the earliest public slot that is of use to a verified applicant.

    In a rush each request takes another slot instead of all meeting at the first one. Raises
    NoneFree and what `hold` raises.
    """
    office = current_office()
    validate_can_take(applicant, office=office, now=now)
    for _attempt in range(_TRIES_FOR_EARLIEST):
        try:
            return _hold_earliest(applicant=applicant, office=office, now=now)
        except AlreadyBooked as refusal:
            if not _stale_in_the_way(refusal, applicant, slot_id=None, now=now):
                raise report_second(applicant=applicant, now=now) from None
        except SlotTaken as refusal:
            # on PostgreSQL the list is older than the other's commit: look again
            _stale_in_the_way(refusal, applicant, slot_id=None, now=now)
    raise SlotTaken


@action
def report_second(*, applicant: Applicant, now: datetime) -> Refused:
    """What to answer somebody who asks for a second appointment; promises the letters about it.

    At the same address the link to the appointment goes out again. At another address nobody
    learns of it from the site: the desk is told, and the first address gets a letter.
    """
    live = Appointment.objects.live(now=now).of_claim(applicant)
    first = live.filter(status__in=LIVE_FOR_PERSON).select_related("applicant").first()
    if first is None:
        return SlotTaken()  # it ended a moment ago
    if first.status == Status.HELD:
        same = first.applicant.address_key == applicant.address_key
        return HeldElsewhere() if same else BookedFromOtherAddress()
    if first.applicant.address_key == applicant.address_key:
        enqueue_link(first, now=now)
        return AlreadyBooked()
    Applicant.objects.filter(pk=applicant.pk, flagged_at=None).update(flagged_at=now)
    notifications.enqueue_second_attempt(first, now=now)
    return BookedFromOtherAddress()


def new_reference() -> str:
    """Eight characters nobody mistakes for others, like "7K3F-92QX"."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{text[:4]}-{text[4:]}"


def end_of_hold(office: Office, *, now: datetime) -> tuple[datetime, datetime]:
    """The promise (`held_until`) and the moment from which others may take the slot (UTC)."""
    held_until = now + timedelta(minutes=office.hold_minutes)
    grace = secrets.randbelow(_MOST_GRACE_SECONDS + 1)
    return held_until, held_until + timedelta(seconds=grace)


def _stale_in_the_way(
    refusal: Refused, applicant: Applicant, *, slot_id: int | None, now: datetime
) -> bool:
    # The index refused and not the clock: it can't see that a hold has lapsed. The transaction
    # is undone; the sweeper's action tidies up in its own, and the action may try again.
    by_index = isinstance(refusal.__cause__, IntegrityError)
    return by_index and bool(
        expire_stale(slot_id=slot_id, person_key=applicant.person_key, now=now)
    )


@action
def _hold(*, applicant: Applicant, slot_id: int, office: Office, now: datetime) -> Appointment:
    family = _claim(applicant, now=now)
    own = _own_hold(applicant, now=now)
    if own and own.slot_id == slot_id:
        return own
    quota = applicant.quota
    if own:
        check_takeable(slot_id, quota=quota, office=office, now=now)
        return _change(own, applicant, slot_id, office=office, now=now)
    # one UPDATE looks and claims; the index has the last word
    takeable = Slot.objects.takeable(now=now, office=office, quota=quota).filter(pk=slot_id)
    if not takeable.update(bookable_from=None):
        raise why_not(slot_id, quota=quota, office=office, now=now)
    return _take(applicant, slot_id, family, office=office, now=now)


@action
def _hold_earliest(*, applicant: Applicant, office: Office, now: datetime) -> Appointment:
    family = _claim(applicant, now=now)
    own = _own_hold(applicant, now=now)
    takeable = Slot.objects.takeable(now=now, office=office, quota=applicant.quota)
    slots = _of_use(takeable, applicant, office=office)
    slots = slots.order_by("starts_at", "pk")
    if connection.features.has_select_for_update_skip_locked:
        slots = slots.select_for_update(skip_locked=True, no_key=True, of=("self",))
    slot = slots.first()
    if slot is None:
        raise NoneFree
    if own:
        return _change(own, applicant, slot.pk, office=office, now=now)
    claim_slot(slot.pk, quota=applicant.quota, now=now)
    return _take(applicant, slot.pk, family, office=office, now=now)


def _claim(applicant: Applicant, *, now: datetime) -> set[str]:
    family = claim_family(applicant)
    if applicant.invitation_id is not None:
        # whoever withdraws or changes an invitation claims its person first
        validate_invitation(applicant, now=now)
    return family


def _of_use(slots: SlotQuerySet, applicant: Applicant, *, office: Office) -> SlotQuerySet:
    situation = applicant.situation
    if situation.get("need_kind") != NeedByKind.HARD:
        return slots
    last = date.fromisoformat(situation["need_by"])
    return slots.filter(starts_at__lt=day_bounds(last, zone=office.zone)[1])


def _own_hold(applicant: Applicant, *, now: datetime) -> Appointment | None:
    # at most one row, by appointment_one_live_per_person or _per_invitation
    mine = Appointment.objects.of_claim(applicant).filter(status__in=LIVE_FOR_PERSON).first()
    if mine is None or (mine.free_from is not None and mine.free_from <= now):
        return None
    if mine.status != Status.HELD or mine.applicant_id != applicant.pk:
        raise AlreadyBooked
    return mine


def _take(
    applicant: Applicant, slot_id: int, family: set[str], *, office: Office, now: datetime
) -> Appointment:
    held_until, free_from = end_of_hold(office, now=now)
    if applicant.invitation_id is None:
        _validate_address(applicant, family, office=office, now=now)
    count_hold(applicant.person_key, office=office, now=now)
    return new_appointment(
        applicant,
        slot_id=slot_id,
        status=Status.HELD,
        action="hold",
        now=now,
        held_until=held_until,
        free_from=free_from,
    )


def _change(
    own: Appointment, applicant: Applicant, slot_id: int, *, office: Office, now: datetime
) -> Appointment:
    held_until, free_from = end_of_hold(office, now=now)
    count_exchange(own, office=office, now=now)
    replace_slot(old=own.slot_id, new=slot_id, quota=applicant.quota, office=office, now=now)
    transition(
        own,
        Status.HELD,
        action="hold",
        now=now,
        slot_id=slot_id,
        held_until=held_until,
        free_from=free_from,
        extensions=0,
    )
    return own


def count_hold(person_key: str, *, office: Office, now: datetime) -> None:
    """Counts one choice of a time; raises TooManyHolds after the office's number within an hour."""
    if not count_slot_choice(person_key, office=office, now=now):
        raise TooManyHolds


def count_exchange(appointment: Appointment, *, office: Office, now: datetime) -> None:
    """Like `count_hold` for a choice that lets another time go, which then rests for a while.

    Raises TooManyHolds, too, while as many times rest as this person had and let go of.
    """
    count_hold(appointment.person_key, office=office, now=now)
    own = AppointmentEvent.objects.filter(appointment__in=Appointment.objects.of_claim(appointment))
    quarantined = Slot.objects.filter(bookable_from__gt=now, pk__in=own.values("slot"))
    if quarantined.count() >= MOST_QUARANTINED:
        raise TooManyHolds


def new_appointment(
    applicant: Applicant,
    *,
    slot_id: int,
    status: Status,
    action: str,
    now: datetime,
    entry: WaitingEntry | None = None,
    by: Staff | None = None,
    system: bool = False,
    **columns: object,
) -> Appointment:
    """Writes a new row with the applicant's situation and its first event."""
    appointment = Appointment(
        reference=new_reference(),
        applicant=applicant,
        invitation_id=applicant.invitation_id,
        slot_id=slot_id,
        entry=entry,
        status=status,
        person_key=applicant.person_key,
        namesake_number=applicant.namesake_number,
        created_at=now,
        **situation_columns(applicant.situation),
        **columns,
    )
    appointment.save(force_insert=True)
    record(appointment, action=action, old=None, now=now, by=by, system=system)
    return appointment


def _validate_address(
    applicant: Applicant, family: set[str], *, office: Office, now: datetime
) -> None:
    others = Appointment.objects.live(now=now).emergencies().filter(status__in=LIVE_FOR_PERSON)
    others = others.exclude(person_key=applicant.person_key)
    at_address = others.filter(applicant__address_key=applicant.address_key)
    many = len(family) > office.persons_per_address
    if many and _persons(at_address) >= office.persons_per_address:
        raise TooManyPersons
    if not applicant.domain_key:
        return
    at_domain = others.filter(applicant__domain_key=applicant.domain_key)
    if _persons(at_domain) >= office.persons_per_domain:
        raise TooManyAtDomain


def _persons(rows: QuerySet[Appointment]) -> int:
    return rows.values("person_key").distinct().count()


@action
def extend(*, appointment: Appointment, now: datetime) -> Appointment:
    """Holds the time for ten more minutes from `now` (UTC), up to ten times.

    Raises HoldExpired or NoMoreExtensions.
    """
    office = current_office()
    _check_held(appointment, now=now)
    if appointment.extensions >= office.hold_extensions:
        raise NoMoreExtensions
    held_until, free_from = end_of_hold(office, now=now)
    transition(
        appointment,
        Status.HELD,
        action="extend",
        now=now,
        only_if={"free_from__gt": now},
        held_until=held_until,
        free_from=free_from,
        extensions=appointment.extensions + 1,
    )
    return appointment


@action
def cancel_hold(*, appointment: Appointment, now: datetime) -> Appointment:
    """Ends a hold by its person's wish; a hold that has ended stays as it is."""
    if appointment.status != Status.HELD:
        return appointment
    release_slot(appointment, now=now)
    transition(
        appointment,
        Status.CANCELLED,
        action="give_up",
        now=now,
        cancel_reason=Appointment.CancelReason.HOLD_GIVEN_UP,
    )
    return appointment


def _check_held(appointment: Appointment, *, now: datetime) -> None:
    end = appointment.free_from
    if appointment.status != Status.HELD or end is None or end <= now:
        raise HoldExpired

"""Offers: a hold that the office makes for somebody who waits."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from booking import notifications
from booking.actions.bookings import fulfil_entry
from booking.actions.expiry import expire_stale
from booking.actions.holds import count_exchange, new_appointment
from booking.actions.preconditions import check_public, require_open
from booking.actions.refusals import NotWaiting, OfferGone, SlotNotOpen, TransitionNotAllowed
from booking.actions.transitions import (
    claim_applicant,
    claim_slot,
    count_slot_choice,
    replace_slot,
    transition,
)
from booking.deadlines import TOO_LATE_TO_OFFER, offer_deadline
from booking.models import Appointment, Slot, WaitingEntry
from booking.states import LIVE_FOR_PERSON, NeedByKind, Status
from booking.windows import day_bounds, local_day
from config.foundation.actions import Refused, action
from config.foundation.notification_kinds import after_sent
from config.foundation.office import Office, ServiceStatus, current_office, service_status
from config.foundation.outbox import Notification
from config.foundation.staff import Staff


def offer_slots(*, now: datetime, limit: int = 50) -> int:
    """Offers free slots to the people who wait, each slot in its own transaction; returns how many.

    A slot for which nobody fits stays as it is and is public. None is offered while the service is
    paused: who accepted could not exchange it, and the office has said that it gives no times.
    """
    office = current_office()
    paused = service_status().state_at(now) == ServiceStatus.State.PAUSED
    if paused or office.distribution == Office.Distribution.OPEN:
        return 0
    if not WaitingEntry.objects.active().anybody():
        return 0
    slots = Slot.objects.offerable(now=now, office=office).order_by("starts_at", "pk")
    made = 0
    for slot in list(slots[:limit]):
        expire_stale(slot_id=slot.pk, person_key="", now=now)
        try:
            made += offer(slot=slot, office=office, now=now) is not None
        except Refused:
            continue  # taken, closed or offered by somebody else in the meantime
    return made


@action
def offer(*, slot: Slot, office: Office, now: datetime) -> Appointment | None:
    """Keeps a free slot for the next person it fits and promises the letter; None: nobody fits.

    Until the letter has left it has no deadline and lasts to one hour before the start.
    """
    entry = next_entry(slot, office=office, now=now)
    if entry is None:
        return None
    claim_applicant(entry.applicant)
    claim_slot(slot.pk, quota=None, now=now, quarantined=True)
    made = new_appointment(
        entry.applicant,
        slot_id=slot.pk,
        status=Status.OFFERED,
        action="offer",
        now=now,
        entry=entry,
        system=True,
        free_from=slot.starts_at - TOO_LATE_TO_OFFER,
    )
    # who left the list a moment ago gets nothing, and a page without this offer is outdated now
    if not WaitingEntry.objects.active().filter(pk=entry.pk).step():
        raise NotWaiting
    notifications.enqueue_offer(made, now=now)
    return made


def next_entry(slot: Slot, *, office: Office, now: datetime) -> WaitingEntry | None:
    """Whose turn it is for a slot: displaced, then hard days with no later window, then in order.

    Reads the head of an index, never the whole list. Nobody gets the same slot offered twice.
    """
    day = local_day(slot.starts_at, zone=office.zone)
    by_draw = office.distribution == Office.Distribution.DRAW
    waiting = (
        WaitingEntry.objects.active()
        .without_offer(now=now)
        .exclude(offers__slot=slot)
        .exclude(Exists(_no_later_than(slot, now=now)))
        .select_related("applicant")
    )
    displaced = waiting.filter(priority=0).in_order(by_draw=by_draw).first()
    if displaced is not None:
        return displaced
    following = _next_day_with_times(slot, office=office)
    last_chance = waiting.filter(need_kind=NeedByKind.HARD, need_by__gte=day)
    if following is not None:
        last_chance = last_chance.filter(need_by__lt=following)
    return last_chance.in_order(by_draw=by_draw).first() or (
        waiting.filter(~Q(need_kind=NeedByKind.HARD) | Q(need_by__gte=day))
        .in_order(by_draw=by_draw)
        .first()
    )


def _no_later_than(slot: Slot, *, now: datetime) -> QuerySet[Appointment]:
    # who has a time before this one gains nothing from it
    own = Appointment.objects.of_person(OuterRef("person_key"), OuterRef("namesake_number"))
    live = own.live(now=now).filter(status__in=LIVE_FOR_PERSON)
    return live.filter(slot__starts_at__lte=slot.starts_at)


def _next_day_with_times(slot: Slot, *, office: Office) -> date | None:
    day = local_day(slot.starts_at, zone=office.zone)
    end_of_day = day_bounds(day, zone=office.zone)[1]
    published = Slot.objects.of_quota(None).in_service()
    later = published.filter(starts_at__gte=end_of_day).order_by("starts_at")
    found = later.values_list("starts_at", flat=True).first()
    return local_day(found, zone=office.zone) if found else None


@after_sent("booking.offer")
def _offer_left(letter: Notification, now: datetime) -> None:
    appointment = Appointment.objects.select_related("slot").get(pk=letter.about)
    start_offer_clock(appointment=appointment, now=now)


@action
def start_offer_clock(*, appointment: Appointment, now: datetime) -> None:
    """Sets the end of an offer once, when its letter has left at `now` (UTC)."""
    if appointment.status != Status.OFFERED or appointment.held_until is not None:
        return
    ends = offer_deadline(appointment.slot.starts_at, told_at=now, zone=current_office().zone)
    transition(
        appointment,
        Status.OFFERED,
        action="offer_sent",
        now=now,
        system=True,
        held_until=ends,
        free_from=ends,
    )


@action
def accept(*, appointment: Appointment, now: datetime, by: Staff | None = None) -> Appointment:
    """Books an offered slot; who is booked after the day of need is moved to it instead.

    Returns the booked appointment; accepting twice is a quiet success. A pause does not take
    back what the office has offered. Raises OfferGone.
    """
    if appointment.status == Status.BOOKED:
        return appointment
    if not _is_open(appointment, now=now):
        raise OfferGone
    booked = (
        Appointment.objects.of_person(appointment.person_key, appointment.namesake_number)
        .filter(status=Status.BOOKED)
        .first()
    )
    try:
        if booked is not None:
            return _accept_as_rebooking(appointment, booked, now=now, by=by)
        transition(
            appointment,
            Status.BOOKED,
            action="accept",
            now=now,
            by=by,
            only_if={"free_from__gt": now},
            booked_at=now,
        )
    except TransitionNotAllowed:
        return _accepted_meanwhile(appointment)
    fulfil_entry(appointment, now=now)
    notifications.enqueue_confirmation(appointment, now=now)
    return appointment


def _accepted_meanwhile(appointment: Appointment) -> Appointment:
    # the same press, twice: the other request was first and has booked it
    appointment.refresh_from_db()
    if appointment.status != Status.BOOKED:
        raise OfferGone
    return appointment


def _accept_as_rebooking(
    offered: Appointment, booked: Appointment, *, now: datetime, by: Staff | None
) -> Appointment:
    office = current_office()
    if by is None:
        count_slot_choice(booked.person_key, office=office, now=now)
    replace_slot(old=booked.slot_id, new=offered.slot_id, quota=None, office=office, now=now)
    transition(
        offered,
        Status.DECLINED,
        action="hand_over",
        now=now,
        by=by,
        only_if={"free_from__gt": now},
    )
    transition(
        booked,
        Status.BOOKED,
        action="rebook",
        now=now,
        by=by,
        slot_id=offered.slot_id,
        revision=booked.revision + 1,
    )
    fulfil_entry(booked, now=now)
    notifications.enqueue_confirmation(booked, now=now)
    return booked


@action
def decline(*, appointment: Appointment, now: datetime, by: Staff | None = None) -> None:
    """Passes an offered slot on at once; its person keeps the place. Twice is a quiet success."""
    if appointment.status == Status.DECLINED:
        return
    if not _is_open(appointment, now=now):
        raise OfferGone
    mark_declined(appointment, now=now, by=by)
    WaitingEntry.objects.filter(offers=appointment).step()


def may_swap_to(starts_at: datetime, *, entry: WaitingEntry, now: datetime) -> bool:
    """Whether an offer may be exchanged for this time: early enough to answer, not past the need.

    Who can't answer any more before the hour in which times are public books such a time instead.
    """
    if starts_at - TOO_LATE_TO_OFFER <= now:
        return False
    day = local_day(starts_at, zone=current_office().zone)
    return entry.need_kind != NeedByKind.HARD or entry.need_by is None or day <= entry.need_by


def swap(*, appointment: Appointment, slot_id: int, now: datetime) -> Appointment:
    """Exchanges an offered slot for a public one, which then waits for the same answer.

    The time to answer never grows; it ends an hour before the new time at the latest. Counts like
    a hold. Raises OfferGone, SlotTaken, SlotNotOpen, TooManyHolds or ServicePaused.
    """
    expire_stale(slot_id=slot_id, person_key=appointment.person_key, now=now)
    return _swap(appointment=appointment, slot_id=slot_id, now=now)


@action
def _swap(*, appointment: Appointment, slot_id: int, now: datetime) -> Appointment:
    require_open(now=now)
    entry = appointment.entry
    if entry is None or not _is_open(appointment, now=now):
        raise OfferGone
    if appointment.slot_id == slot_id:
        return appointment
    office = current_office()
    check_public(slot_id, office=office, now=now)
    starts_at = Slot.objects.values_list("starts_at", flat=True).get(pk=slot_id)
    if not may_swap_to(starts_at, entry=entry, now=now):
        raise SlotNotOpen
    count_exchange(appointment, office=office, now=now)
    ends = _deadline_after_swap(appointment, starts_at, office=office, now=now)
    replace_slot(old=appointment.slot_id, new=slot_id, quota=None, office=office, now=now)
    try:
        transition(
            appointment,
            Status.OFFERED,
            action="swap",
            now=now,
            only_if={"free_from__gt": now},
            slot_id=slot_id,
            held_until=ends,
            free_from=ends,
        )
    except TransitionNotAllowed:
        raise OfferGone from None  # answered in another window
    WaitingEntry.objects.filter(pk=entry.pk).step()
    return appointment


def _deadline_after_swap(
    appointment: Appointment, starts_at: datetime, *, office: Office, now: datetime
) -> datetime:
    # who swaps has seen the offer: its clock runs, though the letter may still be on its way
    if appointment.held_until is None:
        return offer_deadline(starts_at, told_at=now, zone=office.zone)
    return min(appointment.held_until, starts_at - TOO_LATE_TO_OFFER)


def mark_declined(offered: Appointment, *, now: datetime, by: Staff | None = None) -> None:
    """Ends an offer by its person's wish; the next person is asked at once.

    Counts like a hold: while anybody waits the time is not public.
    """
    if by is None:
        count_slot_choice(offered.person_key, office=current_office(), now=now)
    Slot.objects.filter(pk=offered.slot_id).update(free_since=now)
    transition(offered, Status.DECLINED, action="decline", now=now, by=by)


def withdraw_offer(offered: Appointment, *, now: datetime, by: Staff | None = None) -> None:
    """Takes back an open offer for the office; its person keeps the place on the list."""
    transition(
        offered,
        Status.CANCELLED,
        action="withdraw",
        now=now,
        by=by,
        system=by is None,
        cancel_reason=Appointment.CancelReason.OFFICE,
    )
    Slot.objects.filter(pk=offered.slot_id).update(free_since=now)
    WaitingEntry.objects.filter(offers=offered).step()


def _is_open(appointment: Appointment, *, now: datetime) -> bool:
    until = appointment.free_from
    return appointment.status == Status.OFFERED and until is not None and until > now


def open_offer(entry: WaitingEntry, *, now: datetime) -> Appointment | None:
    """The offer that an entry has to answer at `now`, if any."""
    return (
        Appointment.objects.live(now=now)
        .filter(entry=entry, status=Status.OFFERED)
        .select_related("slot__counter")
        .first()
    )

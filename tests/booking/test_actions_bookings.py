"""Confirming, rebooking and cancelling."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from booking import actions
from booking.actions.refusals import (
    AppointmentOver,
    HoldExpired,
    ServicePaused,
    SlotNotOpen,
    SlotTaken,
    TransitionNotAllowed,
)
from booking.models import Appointment, Slot, Token, WaitingEntry
from booking.models.applicants import mint_token, subject_of_token, was_token
from booking.states import Status, WaitingStatus
from config.foundation.office import ServiceStatus
from config.foundation.outbox import Notification
from tests.booking.holding import end_of
from tests.factories import ApplicantFactory, AppointmentFactory, StaffFactory, WaitingEntryFactory

BY_APPLICANT = Appointment.CancelReason.BY_APPLICANT


@pytest.fixture
def held(slots: list[Slot], now: datetime) -> Appointment:
    return actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)


@pytest.fixture
def booked(held: Appointment, now: datetime) -> Appointment:
    return actions.book(appointment=held, now=now + timedelta(minutes=1))


def test_book_confirms_and_promises_one_letter(held: Appointment, now: datetime) -> None:
    actions.book(appointment=held, now=now + timedelta(minutes=5))

    held.refresh_from_db()
    assert (held.status, held.held_until, held.free_from) == (Status.BOOKED, None, None)
    letters = Notification.objects.order_by("due_at").values_list("kind", "subject")
    assert list(letters) == [
        ("booking.confirmation", held.subject),
        ("booking.reminder", held.subject),
    ]


@pytest.mark.parametrize("swept", [False, True])
def test_book_within_the_grace_after_the_promise(
    held: Appointment, now: datetime, swept: bool
) -> None:
    """F20: a hold counts to its free_from, before and after the sweeper."""
    last = end_of(held) - timedelta(milliseconds=1)
    if swept:
        assert actions.expire_due_holds(now=last) == 0
    assert actions.book(appointment=held, now=last).status == Status.BOOKED


@pytest.mark.parametrize("swept", [False, True])
def test_book_refuses_a_lapsed_hold(held: Appointment, now: datetime, swept: bool) -> None:
    """F20"""
    after = end_of(held)
    if swept:
        assert actions.expire_due_holds(now=after) == 1
    with pytest.raises(HoldExpired):
        actions.book(appointment=held, now=after)
    assert not Notification.objects.exists()


def test_book_from_a_stale_copy_is_a_quiet_success(held: Appointment, now: datetime) -> None:
    """T-B6"""
    twin = Appointment.objects.select_related("applicant").get(pk=held.pk)
    actions.book(appointment=held, now=now)
    assert actions.book(appointment=twin, now=now).reference == held.reference
    assert Notification.objects.filter(kind="booking.confirmation").count() == 1
    assert held.events.filter(action="book").count() == 1


def test_book_flags_a_confirmation_within_two_seconds(held: Appointment, now: datetime) -> None:
    """T-A7"""
    assert actions.book(appointment=held, now=now + timedelta(seconds=1)).confirmed_too_fast


def test_book_does_not_flag_a_person(held: Appointment, now: datetime) -> None:
    """T-A7"""
    assert not actions.book(appointment=held, now=now + timedelta(seconds=3)).confirmed_too_fast


def test_book_refuses_while_paused(held: Appointment, now: datetime) -> None:
    ServiceStatus.objects.update(state="paused")
    with pytest.raises(ServicePaused):
        actions.book(appointment=held, now=now)


def test_book_ends_the_place_on_the_waiting_list(held: Appointment, now: datetime) -> None:
    entry = WaitingEntryFactory(applicant=held.applicant)
    actions.book(appointment=held, now=now)
    entry.refresh_from_db()
    assert entry.status == WaitingStatus.SERVED


def test_rebook_takes_the_new_time_and_rests_the_old_one(
    booked: Appointment, slots: list[Slot], now: datetime
) -> None:
    secret = mint_token(purpose=Token.Purpose.MANAGE, subject=booked.subject, now=now)
    actions.rebook(appointment=booked, slot_id=slots[1].pk, revision=0, now=now)

    booked.refresh_from_db()
    assert (booked.slot_id, booked.revision, booked.status) == (slots[1].pk, 1, Status.BOOKED)
    old = Slot.objects.get(pk=slots[0].pk)
    assert old.bookable_from
    assert now + timedelta(minutes=2) <= old.bookable_from <= now + timedelta(minutes=15)
    assert subject_of_token(secret, purpose=Token.Purpose.MANAGE, now=now) is None
    assert was_token(secret, purpose=Token.Purpose.MANAGE)
    assert Notification.objects.filter(kind="booking.confirmation", revision=1).count() == 1


def test_rebook_to_the_same_time_changes_nothing(
    booked: Appointment, slots: list[Slot], now: datetime
) -> None:
    actions.rebook(appointment=booked, slot_id=slots[0].pk, revision=0, now=now)
    booked.refresh_from_db()
    assert (booked.revision, booked.events.count()) == (0, 2)


def test_rebook_from_an_older_page_is_refused(
    booked: Appointment, slots: list[Slot], now: datetime
) -> None:
    actions.rebook(appointment=booked, slot_id=slots[1].pk, revision=0, now=now)
    with pytest.raises(TransitionNotAllowed):
        actions.rebook(appointment=booked, slot_id=slots[2].pk, revision=0, now=now)


def test_rebook_to_a_taken_time_keeps_the_old_one(
    booked: Appointment, slots: list[Slot], now: datetime
) -> None:
    """T-B9"""
    AppointmentFactory(slot=slots[1])
    with pytest.raises(SlotTaken):
        actions.rebook(appointment=booked, slot_id=slots[1].pk, revision=0, now=now)
    booked.refresh_from_db()
    assert booked.slot_id == slots[0].pk


def test_rebook_to_an_unknown_time_is_refused(booked: Appointment, now: datetime) -> None:
    with pytest.raises(SlotNotOpen):
        actions.rebook(appointment=booked, slot_id=10**9, revision=0, now=now)


def test_rebook_is_refused_once_the_time_has_begun(
    booked: Appointment, slots: list[Slot], now: datetime
) -> None:
    with pytest.raises(AppointmentOver):
        actions.rebook(appointment=booked, slot_id=slots[1].pk, revision=0, now=slots[0].starts_at)


def test_rebook_is_refused_while_paused_but_not_for_staff(
    booked: Appointment, slots: list[Slot], now: datetime
) -> None:
    ServiceStatus.objects.update(state="paused")
    with pytest.raises(ServicePaused):
        actions.rebook(appointment=booked, slot_id=slots[1].pk, revision=0, now=now)
    by = StaffFactory()
    actions.rebook(appointment=booked, slot_id=slots[1].pk, revision=0, now=now, by=by)
    assert booked.events.latest("pk").by == by


def test_cancel_twice_frees_once_and_writes_once(booked: Appointment, now: datetime) -> None:
    """T-B11"""
    actions.cancel(appointment=booked, reason=BY_APPLICANT, now=now)
    freed = Slot.objects.get(pk=booked.slot_id).free_since
    actions.cancel(appointment=booked, reason=BY_APPLICANT, now=now + timedelta(minutes=1))

    assert booked.status == Status.CANCELLED
    assert Slot.objects.get(pk=booked.slot_id).free_since == freed
    assert Notification.objects.filter(kind="booking.cancellation").count() == 1


def test_cancel_is_refused_once_the_time_has_begun(booked: Appointment, slots: list[Slot]) -> None:
    with pytest.raises(AppointmentOver):
        actions.cancel(appointment=booked, reason=BY_APPLICANT, now=slots[0].starts_at)


def test_cancel_of_a_checked_in_person_is_refused(booked: Appointment, now: datetime) -> None:
    arrived = AppointmentFactory(checked_in=True)
    with pytest.raises(TransitionNotAllowed):
        actions.cancel(appointment=arrived, reason=BY_APPLICANT, now=now, by=StaffFactory())


def test_cancelled_person_may_book_again(
    booked: Appointment, slots: list[Slot], now: datetime
) -> None:
    actions.cancel(appointment=booked, reason=BY_APPLICANT, now=now)
    again = actions.hold(applicant=booked.applicant, slot_id=slots[1].pk, now=now)
    assert again.status == Status.HELD


def test_resend_promises_the_link_again(booked: Appointment, now: datetime) -> None:
    actions.resend(appointment=booked, now=now)
    assert Notification.objects.filter(kind="booking.link").count() == 1


def test_report_mistake_tells_the_desk_once(booked: Appointment, now: datetime) -> None:
    actions.request_correction(appointment=booked, now=now)
    actions.request_correction(appointment=booked, now=now + timedelta(hours=1))
    booked.refresh_from_db()
    assert booked.mistake_reported_at == now


def test_waiting_entries_of_others_stay(booked: Appointment) -> None:
    other = WaitingEntryFactory()
    assert WaitingEntry.objects.active().get() == other


def test_book_what_was_extended_in_another_window_is_refused(
    held: Appointment, now: datetime
) -> None:
    stale = Appointment.objects.get(pk=held.pk)
    actions.extend(appointment=held, now=now + timedelta(minutes=1))
    with pytest.raises(TransitionNotAllowed):
        actions.book(appointment=stale, now=now + timedelta(minutes=2))
    assert not Notification.objects.exists()


def test_book_what_was_never_held_is_refused(held: Appointment, now: datetime) -> None:
    actions.cancel_hold(appointment=held, now=now)
    with pytest.raises(HoldExpired):
        actions.book(appointment=held, now=now)


def test_cancel_from_a_page_older_than_the_arrival_is_refused(
    booked: Appointment, now: datetime
) -> None:
    stale = Appointment.objects.get(pk=booked.pk)
    actions.check_in(appointment=booked, now=now + timedelta(hours=25), by=StaffFactory())
    with pytest.raises(TransitionNotAllowed):
        actions.cancel(appointment=stale, reason=BY_APPLICANT, now=now + timedelta(minutes=2))
    booked.refresh_from_db()
    assert booked.status == Status.CHECKED_IN


def test_cancel_from_a_stale_copy_is_a_quiet_success(booked: Appointment, now: datetime) -> None:
    """T-B11"""
    stale = Appointment.objects.get(pk=booked.pk)
    actions.cancel(appointment=booked, reason=BY_APPLICANT, now=now)
    assert actions.cancel(appointment=stale, reason=BY_APPLICANT, now=now).status == "cancelled"
    assert Notification.objects.filter(kind="booking.cancellation").count() == 1


def test_resend_of_what_has_ended_is_refused(booked: Appointment, now: datetime) -> None:
    actions.cancel(appointment=booked, reason=BY_APPLICANT, now=now)
    with pytest.raises(TransitionNotAllowed):
        actions.resend(appointment=booked, now=now)


# --- a row that somebody has changed since it was read -------------------------------------------


@pytest.fixture
def as_read(booked: Appointment, slots: list[Slot], now: datetime) -> Appointment:
    """The appointment as it was read before it was moved in another window."""
    read = Appointment.objects.get(pk=booked.pk)
    actions.rebook(appointment=booked, slot_id=slots[1].pk, revision=0, now=now)
    return read


def test_cancel_of_what_was_moved_since_is_refused(as_read: Appointment, now: datetime) -> None:
    with pytest.raises(TransitionNotAllowed):
        actions.cancel(appointment=as_read, reason=BY_APPLICANT, now=now)
    assert Appointment.objects.get().status == Status.BOOKED


def test_rebook_of_what_arrived_and_was_put_back_since_is_refused(
    booked: Appointment, slots: list[Slot], now: datetime
) -> None:
    read, by = Appointment.objects.get(pk=booked.pk), StaffFactory()
    there = slots[0].starts_at
    actions.check_in(appointment=booked, now=there - timedelta(minutes=5), by=by)
    actions.undo_last_step(appointment=booked, now=there - timedelta(minutes=4), by=by)
    with pytest.raises(TransitionNotAllowed):
        actions.rebook(
            appointment=read, slot_id=slots[1].pk, revision=0, now=there - timedelta(minutes=3)
        )
    assert Appointment.objects.get().slot == slots[0]


def test_mistake_of_what_was_moved_since_is_not_reported(
    as_read: Appointment, now: datetime
) -> None:
    # nor is anybody thanked for it
    with pytest.raises(TransitionNotAllowed):
        actions.request_correction(appointment=as_read, now=now)
    assert Appointment.objects.get().mistake_reported_at is None


def test_book_of_what_was_booked_and_moved_since_is_refused(
    held: Appointment, slots: list[Slot], now: datetime
) -> None:
    read = Appointment.objects.get(pk=held.pk)
    actions.book(appointment=held, now=now)
    actions.rebook(appointment=held, slot_id=slots[1].pk, revision=0, now=now)
    with pytest.raises(HoldExpired):
        actions.book(appointment=read, now=now)

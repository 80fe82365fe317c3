"""What becomes of an offer: accepted, declined, swapped, lapsed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from booking import actions
from booking.actions import offers
from booking.actions.refusals import (
    NotWaiting,
    OfferGone,
    ServicePaused,
    SlotNotOpen,
    SlotTaken,
    TooManyHolds,
    TransitionNotAllowed,
)
from booking.models import Appointment, Slot, WaitingEntry
from booking.states import NeedByKind, Status, WaitingStatus
from config.foundation.office import Office, ServiceStatus
from config.foundation.outbox import Notification
from tests.booking.holding import end_of
from tests.booking.waiting import offered_to
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    AppointmentFactory,
    SlotFactory,
    WaitingEntryFactory,
)


def test_lapse_passes_the_slot_on(slots: list[Slot], now: datetime) -> None:
    first = WaitingEntryFactory(joined_at=MONDAY - timedelta(hours=2))
    second = WaitingEntryFactory(joined_at=MONDAY - timedelta(hours=1))
    Slot.objects.exclude(pk=slots[0].pk).delete()
    actions.offer_slots(now=now)
    offered = Appointment.objects.get(entry=first)
    actions.start_offer_clock(appointment=offered, now=now)
    after = end_of(offered)

    actions.expire_due_holds(now=after)
    actions.offer_slots(now=after)

    assert offered_to(slots[0]) == second
    first.refresh_from_db()
    assert (first.status, first.lapses) == (WaitingStatus.WAITING, 1)


def test_two_lapses_go_to_the_end_but_not_out(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory()
    last = WaitingEntryFactory()
    for number in range(2):
        AppointmentFactory(offered=True, entry=entry, slot=slots[number])
        actions.expire_due_holds(now=now + timedelta(hours=5))
    order = list(WaitingEntry.objects.active().in_order())
    assert order == [last, entry]


def test_lapses_do_not_move_the_displaced(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory(displaced=True)
    for number in range(3):
        AppointmentFactory(offered=True, entry=entry, slot=slots[number])
        actions.expire_due_holds(now=now + timedelta(hours=5))
    before = entry.ordered_at
    entry.refresh_from_db()
    assert (entry.status, entry.ordered_at) == (WaitingStatus.WAITING, before)


def test_accept_books(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory()
    actions.offer_slots(now=now)
    offered = Appointment.objects.get(entry=entry)
    actions.accept(appointment=offered, now=now)
    actions.accept(appointment=offered, now=now)

    entry.refresh_from_db()
    assert (offered.status, entry.status) == (Status.BOOKED, WaitingStatus.SERVED)
    assert Notification.objects.filter(kind="booking.confirmation").count() == 1


def test_accept_of_a_lapsed_offer_is_refused(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory()
    actions.offer_slots(now=now)
    offered = Appointment.objects.get(entry=entry)
    with pytest.raises(OfferGone):
        actions.accept(appointment=offered, now=end_of(offered))


def test_accept_moves_somebody_who_is_booked_later(slots: list[Slot], now: datetime) -> None:
    late = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=2))
    booked = AppointmentFactory(slot=late, need_by=date(2026, 11, 25), need_kind=NeedByKind.SOFT)
    entry = WaitingEntryFactory(applicant=booked.applicant)
    actions.offer_slots(now=now)
    offered = Appointment.objects.get(entry=entry)

    moved = actions.accept(appointment=offered, now=now)

    assert moved.pk == booked.pk
    assert (moved.slot_id, moved.revision) == (slots[0].pk, 1)
    late.refresh_from_db()
    assert late.free_since == now
    assert Appointment.objects.live(now=now).count() == 1


def test_decline_passes_on_at_once_and_keeps_the_place(slots: list[Slot], now: datetime) -> None:
    Slot.objects.exclude(pk=slots[0].pk).delete()
    first = WaitingEntryFactory(joined_at=MONDAY - timedelta(hours=2))
    second = WaitingEntryFactory(joined_at=MONDAY - timedelta(hours=1))
    actions.offer_slots(now=now)
    actions.decline(appointment=Appointment.objects.get(entry=first), now=now)
    actions.decline(appointment=Appointment.objects.get(entry=first), now=now)

    assert actions.offer_slots(now=now) == 1
    assert offered_to(slots[0]) == second
    first.refresh_from_db()
    assert first.status == WaitingStatus.WAITING


def test_leave_passes_an_open_offer_on(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory()
    actions.offer_slots(now=now)
    with pytest.raises(TransitionNotAllowed):  # the place as it was before the offer
        actions.leave(entry=entry, now=now)
    assert Appointment.objects.live(now=now).exists()
    entry.refresh_from_db()
    actions.leave(entry=entry, now=now)
    actions.leave(entry=entry, now=now)
    assert not Appointment.objects.live(now=now).exists()
    with pytest.raises(NotWaiting):
        actions.active_entry(applicant=entry.applicant)


def test_swap_takes_a_public_time_and_keeps_the_clock(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory()
    offered = AppointmentFactory(offered=True, entry=entry, slot=slots[0])
    until = offered.held_until
    actions.swap(appointment=offered, slot_id=slots[1].pk, now=now)
    assert (offered.slot_id, offered.held_until) == (slots[1].pk, until)
    assert actions.accept(appointment=offered, now=now).slot_id == slots[1].pk


def test_swap_to_a_taken_time_keeps_the_offer(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory()
    offered = AppointmentFactory(offered=True, entry=entry, slot=slots[0])
    AppointmentFactory(slot=slots[1])
    with pytest.raises(SlotTaken):
        actions.swap(appointment=offered, slot_id=slots[1].pk, now=now)
    offered.refresh_from_db()
    assert offered.slot_id == slots[0].pk


def test_swap_of_a_lapsed_offer_is_refused(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory()
    offered = AppointmentFactory(offered=True, entry=entry, slot=slots[0])
    with pytest.raises(OfferGone):
        actions.swap(appointment=offered, slot_id=slots[1].pk, now=end_of(offered))


@pytest.fixture
def offered(slots: list[Slot], now: datetime) -> Appointment:
    WaitingEntryFactory()
    actions.offer_slots(now=now)
    return Appointment.objects.select_related("slot").get(status=Status.OFFERED)


def test_accept_from_a_stale_copy_is_a_quiet_success(offered: Appointment, now: datetime) -> None:
    stale = Appointment.objects.get(pk=offered.pk)
    actions.accept(appointment=offered, now=now)
    assert actions.accept(appointment=offered, now=now).status == Status.BOOKED
    assert actions.accept(appointment=stale, now=now).status == Status.BOOKED
    assert Notification.objects.filter(kind="booking.confirmation").count() == 1


def test_accept_what_was_declined_in_another_window_is_refused(
    offered: Appointment, now: datetime
) -> None:
    stale = Appointment.objects.get(pk=offered.pk)
    actions.decline(appointment=offered, now=now)
    with pytest.raises(OfferGone):
        actions.accept(appointment=stale, now=now)


def test_decline_twice_is_quiet_and_after_the_end_refused(
    offered: Appointment, now: datetime
) -> None:
    late = Appointment.objects.get(pk=offered.pk)
    with pytest.raises(OfferGone):
        actions.decline(appointment=late, now=end_of(late))
    actions.decline(appointment=offered, now=now)
    actions.decline(appointment=offered, now=now)
    assert offered.events.filter(action="decline").count() == 1


def test_swap_to_the_same_time_changes_nothing(offered: Appointment, now: datetime) -> None:
    swapped = actions.swap(appointment=offered, slot_id=offered.slot_id, now=now)
    assert (swapped.pk, swapped.version) == (offered.pk, offered.version)


def test_offer_clock_is_set_once_though_the_letter_leaves_twice(
    offered: Appointment, now: datetime
) -> None:
    actions.start_offer_clock(appointment=offered, now=now)
    ends = offered.held_until
    actions.start_offer_clock(appointment=offered, now=now + timedelta(minutes=5))
    offered.refresh_from_db()
    assert offered.held_until == ends


def test_swap_ends_an_hour_before_the_new_time(slots: list[Slot], now: datetime) -> None:
    offered = AppointmentFactory(offered=True, slot=slots[0])
    sooner = SlotFactory(starts_at=now + timedelta(hours=3))
    actions.swap(appointment=offered, slot_id=sooner.pk, now=now)
    assert offered.held_until == offered.free_from == now + timedelta(hours=2)


def test_swap_before_the_letter_left_starts_the_clock(slots: list[Slot], now: datetime) -> None:
    last = slots[0].starts_at - timedelta(hours=1)
    offered = AppointmentFactory(offered=True, slot=slots[0], held_until=None, free_from=last)
    actions.swap(appointment=offered, slot_id=slots[1].pk, now=now)
    assert offered.held_until == now + timedelta(hours=2)  # one day ahead
    actions.start_offer_clock(appointment=offered, now=now + timedelta(minutes=20))
    assert offered.held_until == now + timedelta(hours=2)


def test_swap_over_a_hold_that_lapsed_unswept(slots: list[Slot], now: datetime) -> None:
    offered = AppointmentFactory(offered=True, slot=slots[0])
    ended = {"held_until": now - timedelta(minutes=20), "free_from": now - timedelta(minutes=20)}
    AppointmentFactory(held=True, slot=slots[1], **ended)
    assert actions.swap(appointment=offered, slot_id=slots[1].pk, now=now).slot_id == slots[1].pk


@pytest.mark.parametrize(
    ("starts_at", "need"),
    [
        (MONDAY + timedelta(minutes=55), {}),  # too near to be answered
        (TUESDAY_NINE + timedelta(days=2), {"need_kind": "hard", "need_by": date(2026, 11, 25)}),
    ],
)
def test_swap_to_a_time_of_no_use_is_refused(
    slots: list[Slot], now: datetime, starts_at: datetime, need: dict[str, object]
) -> None:
    offered = AppointmentFactory(
        offered=True, slot=slots[0], entry=WaitingEntryFactory(lapses=0, **need)
    )
    with pytest.raises(SlotNotOpen):
        actions.swap(appointment=offered, slot_id=SlotFactory(starts_at=starts_at).pk, now=now)
    offered.refresh_from_db()
    assert offered.slot_id == slots[0].pk


def test_swap_counts_like_a_hold(slots: list[Slot], now: datetime) -> None:  # T-A1
    Office.objects.update(holds_per_hour=1, quarantine_minutes_most=2)
    offered = AppointmentFactory(offered=True, slot=slots[0])
    actions.swap(appointment=offered, slot_id=slots[1].pk, now=now)
    with pytest.raises(TooManyHolds):
        actions.swap(appointment=offered, slot_id=slots[2].pk, now=now)
    offered.refresh_from_db()
    assert offered.slot_id == slots[1].pk


def test_swap_while_the_service_is_paused_is_refused(slots: list[Slot], now: datetime) -> None:
    offered = AppointmentFactory(offered=True, slot=slots[0])
    ServiceStatus.objects.update(state=ServiceStatus.State.PAUSED)
    with pytest.raises(ServicePaused):
        actions.swap(appointment=offered, slot_id=slots[1].pk, now=now)
    assert actions.accept(appointment=offered, now=now).slot_id == slots[0].pk


def test_swap_lets_the_first_time_rest(slots: list[Slot], now: datetime) -> None:
    offered = AppointmentFactory(offered=True, slot=slots[0])
    actions.swap(appointment=offered, slot_id=slots[1].pk, now=now)
    slots[0].refresh_from_db()
    assert slots[0].bookable_from is not None
    assert slots[0].bookable_from >= now + timedelta(minutes=2)


def test_offer_to_somebody_who_leaves_at_that_moment_is_none(
    slots: list[Slot], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = WaitingEntryFactory()
    read = WaitingEntry.objects.get(pk=entry.pk)
    WaitingEntryFactory()  # somebody else still waits
    actions.leave(entry=entry, now=now)
    monkeypatch.setattr(offers, "next_entry", lambda slot, office, now: read)
    assert actions.offer_slots(now=now) == 0
    assert not Appointment.objects.exists()
    assert Slot.objects.filter(bookable_from=None).count() == len(slots)


def test_every_step_of_a_place_makes_pages_of_it_outdated(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory()
    versions = []

    def look() -> Appointment:
        entry.refresh_from_db()
        versions.append(entry.version)
        return Appointment.objects.filter(entry=entry).latest("pk")

    actions.offer_slots(now=now, limit=1)
    first = look()
    actions.swap(appointment=first, slot_id=slots[2].pk, now=now)
    look()
    actions.decline(appointment=first, now=now)
    look()
    actions.offer_slots(now=now, limit=1)
    second = look()
    actions.expire_due_holds(now=end_of(second))
    look()
    actions.leave(entry=entry, now=now)
    look()
    assert versions == [2, 3, 4, 5, 6, 7]

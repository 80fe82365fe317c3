"""The waiting list and its offers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.actions import offers
from booking.actions.refusals import (
    AlreadyBooked,
    NotVerified,
    NotWaiting,
    OfferGone,
    ServicePaused,
    SlotNotOpen,
    SlotTaken,
    TooManyHolds,
)
from booking.actions.waiting import lot_of
from booking.letters.offers import offer_ends
from booking.models import Appointment, Slot, WaitingEntry
from booking.states import NeedKind, Status, Waiting
from config.foundation.letters import Letter
from config.foundation.office import Office, ServiceStatus
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    SlotFactory,
    WaitingEntryFactory,
    situation,
)


def offered_to(slot: Slot) -> WaitingEntry | None:
    made = Appointment.objects.filter(slot=slot, status=Status.OFFERED).first()
    return made.entry if made else None


def test_join_is_once_per_person(magdeburg: Office, now: datetime) -> None:
    applicant = ApplicantFactory()
    first = actions.join(applicant=applicant, now=now)
    assert actions.join(applicant=applicant, now=now + timedelta(hours=1)).pk == first.pk
    assert Letter.objects.filter(kind="booking.waiting_joined").count() == 1


def test_join_keeps_the_need(magdeburg: Office, now: datetime) -> None:
    known = situation("urgent_travel", need_by="2026-11-26", need_kind="hard")
    entry = actions.join(applicant=ApplicantFactory(situation=known), now=now)
    entry.refresh_from_db()
    assert (entry.need_by, entry.need_kind) == (date(2026, 11, 26), NeedKind.HARD)


def test_join_refuses_the_unverified_and_the_booked(
    magdeburg: Office, slots: list[Slot], now: datetime
) -> None:
    with pytest.raises(NotVerified):
        actions.join(applicant=ApplicantFactory(unverified=True), now=now)
    booked = AppointmentFactory(slot=slots[0])
    with pytest.raises(AlreadyBooked):
        actions.join(applicant=booked.applicant, now=now)


def test_join_refuses_while_paused(magdeburg: Office, now: datetime) -> None:
    ServiceStatus.objects.update(state="paused")
    with pytest.raises(ServicePaused):
        actions.join(applicant=ApplicantFactory(), now=now)


def test_join_of_somebody_booked_after_the_need(magdeburg: Office, now: datetime) -> None:
    late = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=2))
    known = situation("urgent_travel", need_by="2026-11-25", need_kind="hard")
    booked = AppointmentFactory(slot=late, situation=known, need_by=date(2026, 11, 25))
    booked.applicant.situation = known
    assert actions.join(applicant=booked.applicant, now=now).status == Waiting.WAITING


def test_offer_goes_by_joining_time(slots: list[Slot], now: datetime) -> None:
    second, first = (WaitingEntryFactory(joined_at=MONDAY - timedelta(hours=n)) for n in (1, 2))
    assert actions.offer_slots(now=now) == 2
    assert [offered_to(slot) for slot in slots] == [first, second, None]


def test_offer_goes_to_the_displaced_first(slots: list[Slot], now: datetime) -> None:
    WaitingEntryFactory(joined_at=MONDAY - timedelta(days=1))
    displaced = WaitingEntryFactory(displaced=True, joined_at=MONDAY)
    actions.offer_slots(now=now)
    assert offered_to(slots[0]) == displaced


def test_offer_goes_to_hard_days_without_a_later_window(slots: list[Slot], now: datetime) -> None:
    SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=2))
    first = WaitingEntryFactory(joined_at=MONDAY - timedelta(days=2))
    WaitingEntryFactory(
        leaving_on=True, need_by=date(2026, 11, 26), joined_at=MONDAY - timedelta(days=1)
    )
    last_chance = WaitingEntryFactory(leaving_on=True, need_by=date(2026, 11, 25), joined_at=MONDAY)
    actions.offer_slots(now=now)
    assert [offered_to(slots[0]), offered_to(slots[1])] == [last_chance, first]


def test_offer_never_goes_past_a_hard_day(slots: list[Slot], now: datetime) -> None:
    WaitingEntryFactory(leaving_on=True, need_by=date(2026, 11, 23))
    assert actions.offer_slots(now=now) == 0


def test_offer_goes_past_a_soft_day(slots: list[Slot], now: datetime) -> None:
    WaitingEntryFactory(need_kind=NeedKind.SOFT, need_by=date(2026, 11, 23))
    assert actions.offer_slots(now=now) == 1


def test_offer_keeps_the_slot_from_the_public(slots: list[Slot], now: datetime) -> None:
    WaitingEntryFactory()
    actions.offer_slots(now=now)
    with pytest.raises(SlotTaken):
        actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)


def test_offer_ignores_a_quarantine(slots: list[Slot], now: datetime) -> None:
    Slot.objects.update(bookable_from=now + timedelta(minutes=15), free_since=now)
    WaitingEntryFactory()
    assert actions.offer_slots(now=now) == 1


def test_offer_is_not_made_within_the_last_hour(slots: list[Slot]) -> None:
    WaitingEntryFactory()
    now = TUESDAY_NINE - timedelta(minutes=40)
    assert actions.offer_slots(now=now) == 0
    assert Slot.objects.public(now=now, office=Office.objects.get()).count() == 3


def test_slots_freed_while_people_wait_are_the_lists_for_ten_minutes(
    slots: list[Slot], now: datetime
) -> None:
    """A dead beat makes nothing public early and nothing late."""
    office = Office.objects.get()
    WaitingEntryFactory()
    Slot.objects.update(free_since=now, bookable_from=now + timedelta(minutes=2))

    def public(minutes: int) -> int:
        return Slot.objects.public(now=now + timedelta(minutes=minutes), office=office).count()

    assert [public(3), public(9), public(10)] == [0, 0, 3]


def test_slots_are_public_while_only_people_wait_whom_they_do_not_fit(
    slots: list[Slot], now: datetime
) -> None:
    WaitingEntryFactory(leaving_on=True, need_by=date(2026, 11, 23))
    Slot.objects.update(free_since=now)
    assert Slot.objects.public(now=now, office=Office.objects.get()).count() == 3


def test_lapse_passes_the_slot_on(slots: list[Slot], now: datetime) -> None:
    first = WaitingEntryFactory(joined_at=MONDAY - timedelta(hours=2))
    second = WaitingEntryFactory(joined_at=MONDAY - timedelta(hours=1))
    Slot.objects.exclude(pk=slots[0].pk).delete()
    actions.offer_slots(now=now)
    offered = Appointment.objects.get(entry=first)
    actions.start_offer_clock(appointment=offered, now=now)
    after = offered.free_from

    actions.release_lapsed(now=after)
    actions.offer_slots(now=after)

    assert offered_to(slots[0]) == second
    first.refresh_from_db()
    assert (first.status, first.lapses) == (Waiting.WAITING, 1)


def test_two_lapses_go_to_the_end_but_not_out(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory()
    last = WaitingEntryFactory()
    for number in range(2):
        AppointmentFactory(offered=True, entry=entry, slot=slots[number])
        actions.release_lapsed(now=now + timedelta(hours=5))
    order = list(WaitingEntry.objects.active().in_order())
    assert order == [last, entry]


def test_lapses_do_not_move_the_displaced(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory(displaced=True)
    for number in range(3):
        AppointmentFactory(offered=True, entry=entry, slot=slots[number])
        actions.release_lapsed(now=now + timedelta(hours=5))
    before = entry.ordered_at
    entry.refresh_from_db()
    assert (entry.status, entry.ordered_at) == (Waiting.WAITING, before)


def test_accept_books(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory()
    actions.offer_slots(now=now)
    offered = Appointment.objects.get(entry=entry)
    actions.accept(appointment=offered, now=now)
    actions.accept(appointment=offered, now=now)

    entry.refresh_from_db()
    assert (offered.status, entry.status) == (Status.BOOKED, Waiting.SERVED)
    assert Letter.objects.filter(kind="booking.confirmation").count() == 1


def test_accept_of_a_lapsed_offer_is_refused(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory()
    actions.offer_slots(now=now)
    offered = Appointment.objects.get(entry=entry)
    with pytest.raises(OfferGone):
        actions.accept(appointment=offered, now=offered.free_from)


def test_accept_moves_somebody_who_is_booked_later(slots: list[Slot], now: datetime) -> None:
    late = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=2))
    booked = AppointmentFactory(slot=late, need_by=date(2026, 11, 25), need_kind=NeedKind.SOFT)
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
    assert first.status == Waiting.WAITING


def test_leave_passes_an_open_offer_on(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory()
    actions.offer_slots(now=now)
    actions.leave(entry=entry, now=now)
    actions.leave(entry=entry, now=now)
    assert not Appointment.objects.live(now=now).exists()
    with pytest.raises(NotWaiting):
        actions.active_entry(applicant=entry.applicant)


def test_end_overdue_ends_hard_days_with_a_letter(magdeburg: Office, now: datetime) -> None:
    hard = WaitingEntryFactory(leaving_on=True, need_by=date(2026, 11, 22))
    soft = WaitingEntryFactory(need_kind=NeedKind.SOFT, need_by=date(2026, 11, 22))
    assert [actions.end_overdue(now=now) for _run in range(2)] == [1, 0]
    hard.refresh_from_db()
    soft.refresh_from_db()
    assert (hard.status, soft.status) == (Waiting.ENDED, Waiting.WAITING)
    assert Letter.objects.filter(kind="booking.waiting_ended").count() == 1


def test_position_counts_who_stands_before(magdeburg: Office) -> None:
    entries = [WaitingEntryFactory(joined_at=MONDAY + timedelta(hours=n)) for n in range(3)]
    WaitingEntryFactory(displaced=True, joined_at=MONDAY + timedelta(days=1))
    assert [actions.position(entry) for entry in entries] == [1, 2, 3]


def test_no_waiting_list_no_offers(slots: list[Slot], now: datetime) -> None:
    Office.objects.update(distribution=Office.Distribution.OPEN)
    WaitingEntryFactory()
    assert actions.offer_slots(now=now) == 0


@pytest.mark.parametrize(
    ("left_at", "starts_at", "ends"),
    [
        # three days ahead: 4 h
        ((2026, 11, 23, 9), (2026, 11, 26, 9), (2026, 11, 23, 13)),
        # one day: 2 h
        ((2026, 11, 23, 9), (2026, 11, 24, 9), (2026, 11, 23, 11)),
        # on the day: 30 min
        ((2026, 11, 24, 9), (2026, 11, 24, 14), (2026, 11, 24, 9, 30)),
        # late in the evening the clock rests from 21:00 to 07:00
        ((2026, 11, 23, 20), (2026, 11, 26, 9), (2026, 11, 24, 10)),
        # in the night it has not started yet
        ((2026, 11, 23, 23), (2026, 11, 26, 9), (2026, 11, 24, 11)),
        ((2026, 11, 24, 2), (2026, 11, 26, 9), (2026, 11, 24, 9)),
        # never later than an hour before the start
        ((2026, 11, 24, 8, 45), (2026, 11, 24, 10), (2026, 11, 24, 9)),
    ],
)
def test_offer_ends_by_distance_and_daytime(
    left_at: tuple[int, ...], starts_at: tuple[int, ...], ends: tuple[int, ...], magdeburg: Office
) -> None:
    zone = magdeburg.zone
    moments = [datetime(*each, tzinfo=zone).astimezone(UTC) for each in (left_at, starts_at, ends)]
    assert offer_ends(moments[1], left_at=moments[0], office=magdeburg) == moments[2]


def test_offer_costs_a_constant_number_of_queries(slots: list[Slot], now: datetime) -> None:
    def queries() -> int:
        Appointment.objects.all().delete()
        with CaptureQueriesContext(connection) as captured:
            assert actions.offer_slots(now=now, limit=1) == 1
        statements = [q["sql"] for q in captured if not q["sql"].startswith(("SAVE", "RELE"))]
        return len(statements)

    WaitingEntryFactory()
    few = queries()
    WaitingEntryFactory.create_batch(60)
    assert queries() == few


# --- draw, swap, caps ---------------------------------------------------------------------------


def test_draw_orders_by_lots_that_anybody_can_check(slots: list[Slot], now: datetime) -> None:
    Office.objects.update(distribution=Office.Distribution.DRAW)
    entries = WaitingEntryFactory.create_batch(8)
    draw = actions.draw_lots(now=now)

    assert actions.draw_lots(now=now + timedelta(hours=1)) == draw
    actions.offer_slots(now=now)
    lots = sorted(entries, key=lambda entry: lot_of(entry.pk, seed=draw.seed))
    assert [offered_to(slot) for slot in slots] == lots[:3]


def test_draw_is_made_anew_the_next_day(magdeburg: Office, now: datetime) -> None:
    Office.objects.update(distribution=Office.Distribution.DRAW)
    WaitingEntryFactory.create_batch(3)
    first, second = actions.draw_lots(now=now), actions.draw_lots(now=now + timedelta(days=1))
    assert first.seed != second.seed
    for entry in WaitingEntry.objects.all():
        assert entry.lot == lot_of(entry.pk, seed=second.seed)


def test_draw_gives_who_joins_later_a_lot_of_the_day(magdeburg: Office, now: datetime) -> None:
    Office.objects.update(distribution=Office.Distribution.DRAW)
    draw = actions.draw_lots(now=now)
    entry = actions.join(applicant=ApplicantFactory(), now=now)
    assert entry.lot == lot_of(entry.pk, seed=draw.seed)


def test_no_draw_where_the_list_goes_by_joining_time(magdeburg: Office, now: datetime) -> None:
    assert actions.draw_lots(now=now) is None


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
        actions.swap(appointment=offered, slot_id=slots[1].pk, now=offered.free_from)


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
    assert Letter.objects.filter(kind="booking.confirmation").count() == 1


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
        actions.decline(appointment=late, now=late.free_from)
    actions.decline(appointment=offered, now=now)
    actions.decline(appointment=offered, now=now)
    assert offered.events.filter(verb="decline").count() == 1


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


def test_offer_slots_goes_on_when_somebody_was_faster(
    slots: list[Slot], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    WaitingEntryFactory.create_batch(3)
    offer = offers.offer

    def beaten(*, slot: Slot, **more: object) -> Appointment | None:
        if slot == slots[0]:
            raise SlotTaken
        return offer(slot=slot, **more)

    monkeypatch.setattr(offers, "offer", beaten)
    assert actions.offer_slots(now=now) == 2


def test_active_entry_of_nobody_is_refused(magdeburg: Office) -> None:
    with pytest.raises(NotWaiting):
        actions.active_entry(applicant=ApplicantFactory())


def test_swap_ends_an_hour_before_the_new_time(slots: list[Slot], now: datetime) -> None:
    offered = AppointmentFactory(offered=True, slot=slots[0])
    sooner = SlotFactory(starts_at=now + timedelta(hours=3))
    actions.swap(appointment=offered, slot_id=sooner.pk, now=now)
    assert offered.held_until == offered.free_from == now + timedelta(hours=2)


def test_swap_before_the_letter_left_starts_the_clock(slots: list[Slot], now: datetime) -> None:
    last = slots[0].starts_at - timedelta(hours=1)
    offered = AppointmentFactory(offered=True, slot=slots[0], held_until=last, free_from=last)
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

"""Opening, closing and lifting."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from booking import actions
from booking.actions.refusals import SlotNotOpen, TransitionNotAllowed
from booking.models import Appointment, Closure, Counter, ServiceWindow, Slot, WaitingEntry
from booking.states import SETTLED, Status, WaitingStatus
from config.foundation.outbox import Notification
from config.foundation.staff import Staff
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    CounterFactory,
    SlotFactory,
    StaffFactory,
    WaitingEntryFactory,
)
from tests.invariants import assert_invariants

ELEVEN = TUESDAY_NINE + timedelta(hours=2)


@pytest.fixture
def by(db: None) -> Staff:
    return StaffFactory()


def _close(
    by: Staff,
    *,
    now: datetime = MONDAY,
    counter: Counter | None = None,
    starts_at: datetime = TUESDAY_NINE,
    ends_at: datetime = ELEVEN,
) -> Closure:
    return actions.close(
        counter=counter,
        starts_at=starts_at,
        ends_at=ends_at,
        reason={"de": "Krankheit"},
        now=now,
        by=by,
    )


# --- opening --------------------------------------------------------------------------------------


def test_open_slots_makes_four_weeks_once(counter: Counter) -> None:
    assert actions.open_slots(now=MONDAY) == 4 * 12
    assert actions.open_slots(now=MONDAY) == 0


def test_open_slots_leaves_public_holidays_out(counter: Counter) -> None:
    ServiceWindow.objects.update(weekday=4)  # Friday, 25 December
    actions.open_slots(now=MONDAY, days=40)
    days = {slot.starts_at.date() for slot in Slot.objects.all()}
    assert date(2026, 12, 18) in days
    assert date(2026, 12, 25) not in days


def test_open_slots_makes_closed_ones_inside_a_closure(counter: Counter, by: Staff) -> None:
    closure = _close(by)
    actions.open_slots(now=MONDAY, days=1)
    assert set(Slot.objects.values_list("closure", flat=True)) == {closure.pk}


def test_open_slots_never_overlaps_what_is_there(counter: Counter) -> None:
    SlotFactory(counter=counter, starts_at=TUESDAY_NINE + timedelta(minutes=5))
    assert actions.open_slots(now=MONDAY, days=1) == 10  # 09:00 and 09:10 overlap 09:05


# --- closing --------------------------------------------------------------------------------------


def test_close_loses_nobody(counter: Counter, by: Staff) -> None:
    actions.open_slots(now=MONDAY, days=1)
    booked = [AppointmentFactory(slot=slot) for slot in Slot.objects.order_by("starts_at")]
    _close(by, counter=counter)

    assert {row.status for row in Appointment.objects.all()} == {Status.DISPLACED}
    entries = WaitingEntry.objects.active().in_order()
    assert [entry.applicant for entry in entries] == [row.applicant for row in booked]
    assert set(entries.values_list("priority", flat=True)) == {0}
    letters = Notification.objects.filter(kind="booking.displacement")
    assert set(letters.values_list("subject", flat=True)) == {row.subject for row in booked}
    assert not Slot.objects.free(now=MONDAY).exists()
    assert_invariants(MONDAY)


def test_closed_people_get_the_nearest_times_first(counter: Counter, by: Staff) -> None:
    actions.open_slots(now=MONDAY, days=1)
    earlier = WaitingEntryFactory()
    slots = list(Slot.objects.order_by("starts_at"))
    first, second = AppointmentFactory(slot=slots[0]), AppointmentFactory(slot=slots[1])
    _close(by, counter=counter, ends_at=slots[2].starts_at)
    assert actions.offer_slots(now=MONDAY) == 3

    offers = Appointment.objects.filter(status=Status.OFFERED).order_by("slot__starts_at")
    assert [offer.applicant for offer in offers] == [
        first.applicant,
        second.applicant,
        earlier.applicant,
    ]
    assert_invariants(MONDAY)


def test_close_ends_holds_and_offers(slots: list[Slot], by: Staff) -> None:
    held = AppointmentFactory(held=True, slot=slots[0])
    offered = AppointmentFactory(offered=True, slot=slots[1])
    _close(by)

    for row in (held, offered):
        row.refresh_from_db()
        assert (row.status, row.cancel_reason) == (Status.CANCELLED, "office")
    assert offered.entry
    assert offered.entry.status == WaitingStatus.WAITING


def test_close_leaves_those_who_are_being_served(slots: list[Slot], by: Staff) -> None:
    here = AppointmentFactory(checked_in=True, slot=slots[0])
    _close(by, now=TUESDAY_NINE)
    here.refresh_from_db()
    assert here.status == Status.CHECKED_IN


def test_close_one_counter_leaves_the_other(slots: list[Slot], by: Staff) -> None:
    other = SlotFactory(counter=CounterFactory(slug="2"), starts_at=TUESDAY_NINE)
    row = AppointmentFactory(slot=other)
    _close(by, counter=slots[0].counter)

    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.status, other.closure) == (Status.BOOKED, None)


def test_close_keeps_the_edges(counter: Counter, by: Staff) -> None:
    """The end is exclusive; a slot that is cut is closed whole."""
    actions.open_slots(now=MONDAY, days=1)
    _close(by, starts_at=TUESDAY_NINE + timedelta(minutes=15), ends_at=ELEVEN - timedelta(hours=1))
    closed = Slot.objects.exclude(closure=None).order_by("starts_at")
    assert [f"{slot.starts_at:%H:%M}" for slot in closed] == [
        "08:10", "08:20", "08:30", "08:40", "08:50",
    ]  # fmt: skip


def test_nobody_holds_a_closed_time(slots: list[Slot], by: Staff, now: datetime) -> None:
    _close(by)
    with pytest.raises(SlotNotOpen):
        actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)


def test_day_of_need_does_not_end_a_displaced_place(slots: list[Slot], by: Staff) -> None:
    AppointmentFactory(slot=slots[0], need_kind="hard", need_by=TUESDAY_NINE.date())
    _close(by)
    assert actions.end_overdue(now=MONDAY + timedelta(days=5)) == 0


# --- lifting --------------------------------------------------------------------------------------


def test_lift_gives_everybody_the_time_back(slots: list[Slot], by: Staff) -> None:
    booked = [AppointmentFactory(slot=slot) for slot in slots]
    closure = _close(by)
    later = MONDAY + timedelta(minutes=10)

    assert actions.lift(closure=closure, now=later, by=by) == 3
    for row in booked:
        row.refresh_from_db()
        assert (row.status, row.revision) == (Status.BOOKED, 1)
    assert not WaitingEntry.objects.active().exists()
    assert_invariants(later)


def test_lift_withdraws_offers_that_were_made_meanwhile(counter: Counter, by: Staff) -> None:
    actions.open_slots(now=MONDAY, days=1)
    slots = list(Slot.objects.order_by("starts_at"))
    booked = AppointmentFactory(slot=slots[0])
    closure = _close(by, ends_at=slots[1].starts_at)
    assert actions.offer_slots(now=MONDAY) == 1

    assert actions.lift(closure=closure, now=MONDAY, by=by) == 1
    booked.refresh_from_db()
    assert booked.status == Status.BOOKED
    assert not Appointment.objects.filter(status=Status.OFFERED).exists()
    assert_invariants(MONDAY)


def test_lift_leaves_who_has_another_time(counter: Counter, by: Staff) -> None:
    actions.open_slots(now=MONDAY, days=1)
    slots = list(Slot.objects.order_by("starts_at"))
    booked = AppointmentFactory(slot=slots[0])
    closure = _close(by, ends_at=slots[1].starts_at)
    actions.offer_slots(now=MONDAY)
    actions.accept(appointment=Appointment.objects.get(status=Status.OFFERED), now=MONDAY)

    assert actions.lift(closure=closure, now=MONDAY, by=by) == 0
    booked.refresh_from_db()
    assert booked.status == Status.DISPLACED
    assert Appointment.objects.filter(status__in=SETTLED).count() == 1


def test_lift_is_not_stopped_by_a_lapsed_hold(slots: list[Slot], by: Staff) -> None:
    """The person held another time and let it lapse; nobody has tidied up yet."""
    booked = AppointmentFactory(slot=slots[0])
    closure = _close(by, ends_at=slots[1].starts_at)
    lapsed = MONDAY + timedelta(minutes=1)
    AppointmentFactory(
        held=True, applicant=booked.applicant, slot=slots[1], held_until=lapsed, free_from=lapsed
    )

    assert actions.lift(closure=closure, now=lapsed, by=by) == 1


def test_lift_leaves_closed_what_another_closure_covers(slots: list[Slot], by: Staff) -> None:
    booked = AppointmentFactory(slot=slots[0])
    first = _close(by)
    second = _close(by, counter=slots[0].counter, ends_at=slots[1].starts_at)

    assert actions.lift(closure=first, now=MONDAY, by=by) == 0
    booked.refresh_from_db()
    slots[0].refresh_from_db()
    slots[1].refresh_from_db()
    assert (booked.status, slots[0].closure, slots[1].closure) == (
        Status.DISPLACED,
        second,
        None,
    )


def test_lift_twice_is_refused(slots: list[Slot], by: Staff) -> None:
    closure = _close(by)
    actions.lift(closure=closure, now=MONDAY, by=by)
    with pytest.raises(TransitionNotAllowed):
        actions.lift(closure=closure, now=MONDAY, by=by)

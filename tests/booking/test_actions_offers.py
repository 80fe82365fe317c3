"""Offers: who gets one, of which time, until when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.actions import offers
from booking.actions.refusals import (
    SlotTaken,
)
from booking.deadlines import offer_deadline
from booking.models import Appointment, Slot
from booking.states import NeedByKind
from config.foundation.office import Office
from tests.booking.waiting import offered_to
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    SlotFactory,
    WaitingEntryFactory,
)


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
    WaitingEntryFactory(need_kind=NeedByKind.SOFT, need_by=date(2026, 11, 23))
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


def test_no_waiting_list_no_offers(slots: list[Slot], now: datetime) -> None:
    Office.objects.update(distribution=Office.Distribution.OPEN)
    WaitingEntryFactory()
    assert actions.offer_slots(now=now) == 0


@pytest.mark.parametrize(
    ("left_at", "starts_at", "ends"),
    [
        # three days ahead: 4 h
        (datetime(2026, 11, 23, 9), datetime(2026, 11, 26, 9), datetime(2026, 11, 23, 13)),
        # one day: 2 h
        (datetime(2026, 11, 23, 9), datetime(2026, 11, 24, 9), datetime(2026, 11, 23, 11)),
        # on the day: 30 min
        (datetime(2026, 11, 24, 9), datetime(2026, 11, 24, 14), datetime(2026, 11, 24, 9, 30)),
        # late in the evening the clock rests from 21:00 to 07:00
        (datetime(2026, 11, 23, 20), datetime(2026, 11, 26, 9), datetime(2026, 11, 24, 10)),
        # in the night it has not started yet
        (datetime(2026, 11, 23, 23), datetime(2026, 11, 26, 9), datetime(2026, 11, 24, 11)),
        (datetime(2026, 11, 24, 2), datetime(2026, 11, 26, 9), datetime(2026, 11, 24, 9)),
        # never later than an hour before the start
        (datetime(2026, 11, 24, 8, 45), datetime(2026, 11, 24, 10), datetime(2026, 11, 24, 9)),
    ],
)
def test_offer_ends_by_distance_and_daytime(
    left_at: datetime, starts_at: datetime, ends: datetime, magdeburg: Office
) -> None:
    def local(moment: datetime) -> datetime:
        return moment.replace(tzinfo=magdeburg.zone).astimezone(UTC)

    found = offer_deadline(local(starts_at), told_at=local(left_at), zone=magdeburg.zone)
    assert found == local(ends)


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


def test_offer_slots_goes_on_when_somebody_was_faster(
    slots: list[Slot], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    WaitingEntryFactory.create_batch(3)
    offer = offers.offer

    def beaten(*, slot: Slot, office: Office, now: datetime) -> Appointment | None:
        if slot == slots[0]:
            raise SlotTaken
        return offer(slot=slot, office=office, now=now)

    monkeypatch.setattr(offers, "offer", beaten)
    assert actions.offer_slots(now=now) == 2

"""Joining the waiting list, the place on it, the draw, and its end."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from booking import actions
from booking.actions.refusals import (
    AlreadyBooked,
    NotVerified,
    NotWaiting,
    ServicePaused,
)
from booking.actions.waiting_list import lot_of
from booking.models import Slot, WaitingEntry
from booking.states import NeedByKind, WaitingStatus
from config.foundation.office import Office, ServiceStatus
from config.foundation.outbox import Notification
from tests.booking.waiting import offered_to
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    SlotFactory,
    WaitingEntryFactory,
    situation,
)


def test_join_is_once_per_person(magdeburg: Office, now: datetime) -> None:
    applicant = ApplicantFactory()
    first = actions.join(applicant=applicant, now=now)
    assert actions.join(applicant=applicant, now=now + timedelta(hours=1)).pk == first.pk
    assert Notification.objects.filter(kind="booking.waiting_joined").count() == 1


def test_join_keeps_the_need(magdeburg: Office, now: datetime) -> None:
    known = situation("urgent_travel", need_by="2026-11-26", need_kind="hard")
    entry = actions.join(applicant=ApplicantFactory(situation=known), now=now)
    entry.refresh_from_db()
    assert (entry.need_by, entry.need_kind) == (date(2026, 11, 26), NeedByKind.HARD)


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
    assert actions.join(applicant=booked.applicant, now=now).status == WaitingStatus.WAITING


def test_end_overdue_ends_hard_days_with_a_letter(magdeburg: Office, now: datetime) -> None:
    hard = WaitingEntryFactory(leaving_on=True, need_by=date(2026, 11, 22))
    soft = WaitingEntryFactory(need_kind=NeedByKind.SOFT, need_by=date(2026, 11, 22))
    assert [actions.end_overdue(now=now) for _run in range(2)] == [1, 0]
    hard.refresh_from_db()
    soft.refresh_from_db()
    assert (hard.status, soft.status) == (WaitingStatus.ENDED, WaitingStatus.WAITING)
    assert Notification.objects.filter(kind="booking.waiting_ended").count() == 1


def test_position_counts_who_stands_before(magdeburg: Office) -> None:
    entries = [WaitingEntryFactory(joined_at=MONDAY + timedelta(hours=n)) for n in range(3)]
    WaitingEntryFactory(displaced=True, joined_at=MONDAY + timedelta(days=1))
    assert [actions.position(entry) for entry in entries] == [1, 2, 3]


# --- draw, swap, caps ---------------------------------------------------------------------------


def test_draw_orders_by_lots_that_anybody_can_check(slots: list[Slot], now: datetime) -> None:
    Office.objects.update(distribution=Office.Distribution.DRAW)
    entries = WaitingEntryFactory.create_batch(8)
    draw = actions.draw_lots(now=now)

    assert draw
    assert actions.draw_lots(now=now + timedelta(hours=1)) == draw
    actions.offer_slots(now=now)
    lots = sorted(entries, key=lambda entry: lot_of(entry.pk, seed=draw.seed))
    assert [offered_to(slot) for slot in slots] == lots[:3]


def test_draw_is_made_anew_the_next_day(magdeburg: Office, now: datetime) -> None:
    Office.objects.update(distribution=Office.Distribution.DRAW)
    WaitingEntryFactory.create_batch(3)
    first, second = actions.draw_lots(now=now), actions.draw_lots(now=now + timedelta(days=1))
    assert first
    assert second
    assert first.seed != second.seed
    for entry in WaitingEntry.objects.all():
        assert entry.lot == lot_of(entry.pk, seed=second.seed)


def test_draw_gives_who_joins_later_a_lot_of_the_day(magdeburg: Office, now: datetime) -> None:
    Office.objects.update(distribution=Office.Distribution.DRAW)
    draw = actions.draw_lots(now=now)
    entry = actions.join(applicant=ApplicantFactory(), now=now)
    assert draw
    assert entry.lot == lot_of(entry.pk, seed=draw.seed)


def test_no_draw_where_the_list_goes_by_joining_time(magdeburg: Office, now: datetime) -> None:
    assert actions.draw_lots(now=now) is None


def test_active_entry_of_nobody_is_refused(magdeburg: Office) -> None:
    with pytest.raises(NotWaiting):
        actions.active_entry(applicant=ApplicantFactory())

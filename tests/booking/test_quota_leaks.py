"""Kept times and visits by invitation stay apart from emergencies: the leaks of 0064."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking import actions
from booking.actions.desk_refusals import NoSlotBeside
from booking.actions.opening_hours import Hours
from booking.actions.refusals import SlotNotOpen
from booking.admin.closure_forms import displaced_by
from booking.admin.to_do import booking_tasks
from booking.availability import availability, forget_memory, kept_times, listed, supply
from booking.models import (
    Applicant,
    Appointment,
    Counter,
    Quota,
    ServiceWindow,
    Slot,
    WaitingEntry,
)
from booking.states import NeedByKind, Status, WaitingStatus
from booking.statistics import Span, public_tables, tables
from config.foundation.office import Office
from config.foundation.staff import Staff
from tests.booking.waiting import offered_to
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    CounterFactory,
    InvitedFactory,
    QuotaFactory,
    ServiceWindowFactory,
    SlotFactory,
    StaffFactory,
    WaitingEntryFactory,
)
from tests.invariants import assert_invariants

# The factory writes rows, not letters.
MADE_BY_HAND = ("I16",)
HOUR = timedelta(hours=1)


@pytest.fixture
def quota(magdeburg: Office) -> Quota:
    return QuotaFactory()


@pytest.fixture
def by(db: None) -> Staff:
    return StaffFactory()


def kept(quota: Quota, starts_at: datetime) -> Slot:
    return SlotFactory(quota=quota, starts_at=starts_at)


def person(applicant: Applicant) -> Applicant:
    """The same human being, who came for an emergency by themselves."""
    names = ("family_name", "given_names", "birth_date")
    return ApplicantFactory(**{name: getattr(applicant, name) for name in names})


@pytest.fixture
def invited(quota: Quota) -> Applicant:
    return InvitedFactory(invitation__quota=quota)


@pytest.fixture
def visit(invited: Applicant, quota: Quota) -> Appointment:
    """Monday's visit by invitation, the day before the emergency times."""
    slot = kept(quota, MONDAY + 6 * HOUR)
    return AppointmentFactory(
        applicant=invited, invitation=invited.invitation, slot=slot, situation={}, category=""
    )


def test_quota_accepted_offer_leaves_the_invited_visit(
    visit: Appointment, slots: list[Slot], now: datetime
) -> None:  # leak 1
    entry = WaitingEntryFactory(applicant=person(visit.applicant))
    actions.offer_slots(now=now)
    offer = Appointment.objects.get(entry=entry)
    actions.accept(appointment=offer, now=now)
    visit.refresh_from_db()
    assert (visit.slot.starts_at, visit.revision) == (MONDAY + 6 * HOUR, 0)
    offer.refresh_from_db()
    assert offer.status == Status.BOOKED
    assert_invariants(now, without=MADE_BY_HAND)


def test_quota_visit_bars_nobody_from_the_list(
    visit: Appointment, slots: list[Slot], now: datetime
) -> None:  # leak 2
    entry = actions.join(applicant=person(visit.applicant), now=now)
    assert entry.status == WaitingStatus.WAITING


def test_quota_visit_is_no_earlier_time_to_offers(
    visit: Appointment, slots: list[Slot], now: datetime
) -> None:  # leak 3
    entry = WaitingEntryFactory(applicant=person(visit.applicant))
    actions.offer_slots(now=now)
    assert offered_to(slots[0]) == entry


def test_quota_visit_is_in_no_emergencys_way(
    visit: Appointment, slots: list[Slot], now: datetime
) -> None:  # leak 4
    held = actions.hold(applicant=person(visit.applicant), slot_id=slots[0].pk, now=now)
    actions.book(appointment=held, now=now)
    assert held.status == Status.BOOKED
    assert_invariants(now, without=MADE_BY_HAND)


def test_quota_family_of_invited_people_uses_up_no_address(
    quota: Quota, slots: list[Slot], now: datetime
) -> None:
    family = [InvitedFactory(invitation__quota=quota, email="home@example.org") for _ in range(6)]
    for number, each in enumerate(family):
        AppointmentFactory(
            applicant=each,
            invitation=each.invitation,
            slot=kept(quota, TUESDAY_NINE + (5 + number) * HOUR),
        )
    ill = ApplicantFactory(email="home@example.org")
    assert actions.hold(applicant=ill, slot_id=slots[0].pk, now=now).status == Status.HELD


def test_quota_closure_puts_nobody_invited_on_the_list(
    visit: Appointment, now: datetime, by: Staff
) -> None:  # leak 5
    slot = visit.slot
    ends = slot.starts_at + HOUR
    actions.close(
        counter=slot.counter, starts_at=slot.starts_at, ends_at=ends, reason={}, now=now, by=by
    )
    visit.refresh_from_db()
    assert visit.status == Status.DISPLACED
    assert not WaitingEntry.objects.exists()
    assert_invariants(now, without=MADE_BY_HAND)


def test_quota_visit_ends_no_place_on_the_list(
    invited: Applicant, quota: Quota, now: datetime
) -> None:  # leak 6
    entry = WaitingEntryFactory(applicant=person(invited))
    slot = kept(quota, TUESDAY_NINE + 5 * HOUR)
    actions.book(appointment=actions.hold(applicant=invited, slot_id=slot.pk, now=now), now=now)
    entry.refresh_from_db()
    assert entry.status == WaitingStatus.WAITING


def test_quota_closure_that_is_lifted_ends_no_place_on_the_list(
    visit: Appointment, now: datetime, by: Staff
) -> None:
    entry = WaitingEntryFactory(applicant=person(visit.applicant))
    slot = visit.slot
    closure = actions.close(
        counter=slot.counter,
        starts_at=slot.starts_at,
        ends_at=slot.starts_at + HOUR,
        reason={},
        now=now,
        by=by,
    )
    assert actions.lift(closure=closure, now=now, by=by) == 1
    entry.refresh_from_db()
    assert entry.status == WaitingStatus.WAITING


def test_quota_time_of_who_missed_it_is_nobodys_to_stand_in(
    visit: Appointment, by: Staff
) -> None:  # leak 7
    at = visit.slot.starts_at + timedelta(minutes=5)
    actions.mark_no_show(appointment=visit, now=at, by=by)
    assert not actions.vacant_no_show_slots(now=at).exists()


def test_quota_day_is_no_later_chance(
    quota: Quota, slots: list[Slot], now: datetime
) -> None:  # leak 8
    # the only published times are Tuesday's: who leaves on Thursday has no later chance
    kept(quota, TUESDAY_NINE + timedelta(days=1))
    WaitingEntryFactory(joined_at=MONDAY - timedelta(days=2))
    leaving = WaitingEntryFactory(
        leaving_on=True, need_by=date(2026, 11, 26), joined_at=MONDAY - timedelta(days=1)
    )
    actions.offer_slots(now=now)
    assert offered_to(slots[0]) == leaving


def test_quota_times_are_no_next_opening(quota: Quota, now: datetime) -> None:  # leak 9
    kept(quota, TUESDAY_NINE + timedelta(days=14))
    forget_memory()
    assert availability(now=now).next_opening_at is None


def test_quota_times_are_no_supply_of_the_check(quota: Quota, now: datetime) -> None:
    kept(quota, TUESDAY_NINE)
    forget_memory()
    assert not supply(None, now).exists


def test_quota_times_are_not_published(
    visit: Appointment, quota: Quota, now: datetime
) -> None:  # leak 10
    for number in range(20):
        kept(quota, TUESDAY_NINE + timedelta(hours=10, minutes=10 * number))
    kept(quota, TUESDAY_NINE + timedelta(days=20))
    ahead, past, _waiting = public_tables(now=now)
    assert [row[1] for row in ahead.rows] == [0, 0, 0, "–"]
    assert [row[1] for row in past.rows] == [0, 0, 0]


def test_quota_times_are_not_in_the_figures_of_emergencies(
    visit: Appointment, quota: Quota
) -> None:
    span = Span(since=date(2026, 11, 23), until=date(2026, 11, 30), by="day")
    assert tables(span)[0].rows == []


def test_quota_hold_is_not_being_booked_by_the_public(
    invited: Applicant, quota: Quota, now: datetime
) -> None:
    slot = kept(quota, TUESDAY_NINE)
    actions.hold(applicant=invited, slot_id=slot.pk, now=now)
    forget_memory()
    assert listed(now=now, fresh=True).being_booked == 0


EIGHT_TO_NINE = Hours(weekday=1, opens=time(8), closes=time(9))


def test_quota_hours_survive_other_public_hours(
    counter: Counter, quota: Quota, now: datetime
) -> None:  # leak 11
    one_to_three = {"opens": time(13), "closes": time(15)}
    window = ServiceWindowFactory(counter=counter, quota=quota, **one_to_three)
    actions.open_slots(now=now)
    before = Slot.objects.of_quota(quota).count()
    actions.change_hours(
        counter=counter,
        hours=[EIGHT_TO_NINE],
        quota=None,
        valid_from=date(2026, 11, 24),
        valid_until=None,
        replace=True,
        now=now,
    )
    assert ServiceWindow.objects.filter(pk=window.pk, valid_until=None).exists()
    assert Slot.objects.of_quota(quota).count() == before > 0


def test_quota_times_open_by_their_own_rule_and_for_nobody_else(
    invited: Applicant, quota: Quota, slots: list[Slot], now: datetime
) -> None:
    far = kept(quota, TUESDAY_NINE + timedelta(days=20))
    stranger = ApplicantFactory()
    with pytest.raises(SlotNotOpen):
        actions.hold(applicant=stranger, slot_id=far.pk, now=now)
    with pytest.raises(SlotNotOpen):
        actions.hold(applicant=invited, slot_id=slots[0].pk, now=now)
    assert {time.pk for time in kept_times(quota, now=now).times} == {far.pk}
    forget_memory()
    assert {time.pk for time in listed(now=now, fresh=True).times} == {slot.pk for slot in slots}
    assert actions.hold(applicant=invited, slot_id=far.pk, now=now).slot_id == far.pk


def test_quota_visit_moves_to_no_counter_of_emergencies(
    visit: Appointment, by: Staff, magdeburg: Office
) -> None:
    other = CounterFactory(slug="2", name={"de": "Schalter 2"})
    SlotFactory(counter=other, starts_at=visit.slot.starts_at)
    with pytest.raises(NoSlotBeside):
        actions.move_to_counter(
            appointment=visit, counter=other, now=datetime(2026, 11, 23, 8, tzinfo=UTC), by=by
        )


def test_quota_hold_of_somebody_leaving_is_not_cut_by_the_need(
    invited: Applicant, quota: Quota, now: datetime
) -> None:
    slot = kept(quota, TUESDAY_NINE)
    held = actions.hold_earliest(applicant=invited, now=now)
    assert (held.slot_id, held.need_kind) == (slot.pk, NeedByKind.NONE)


@pytest.mark.parametrize("closed", ["emergency", "kept"])
def test_quota_nobody_who_lost_a_time_is_told_by_the_other_visit(
    closed: str, visit: Appointment, slots: list[Slot], now: datetime, by: Staff
) -> None:  # leak 12
    emergency = AppointmentFactory(applicant=person(visit.applicant), slot=slots[0])
    lost = emergency if closed == "emergency" else visit
    closure = actions.close(
        counter=lost.slot.counter,
        starts_at=lost.slot.starts_at,
        ends_at=lost.slot.ends_at,
        reason={},
        now=now,
        by=by,
    )
    (found,) = displaced_by(closure, now=now)
    assert (found.appointment, found.fate, found.other) == (lost, "waiting", None)


def test_quota_visit_that_is_lost_and_no_letter_tells_of_is_on_the_start_page(
    visit: Appointment, quota: Quota, now: datetime, by: Staff
) -> None:  # leak 13
    Applicant.objects.filter(pk=visit.applicant_id).update(email="")
    slot = visit.slot
    actions.close(
        counter=slot.counter,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        reason={},
        now=now,
        by=by,
    )

    def listed_names() -> list[str]:
        return [each.name for task in booking_tasks([], now=now) for each in task.people]

    assert listed_names() == [visit.applicant.desk_name]
    other = kept(quota, MONDAY + 30 * HOUR)
    held = actions.hold(
        applicant=Applicant.objects.get(pk=visit.applicant_id), slot_id=other.pk, now=now
    )
    actions.book(appointment=held, now=now)
    assert listed_names() == []

"""Holding a time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from booking import actions
from booking.actions.refusals import (
    AlreadyBooked,
    BookedFromOtherAddress,
    HeldElsewhere,
    HoldExpired,
    NoMoreExtensions,
    NoneFree,
    NotEligible,
    NotVerified,
    ServicePaused,
    SlotNotOpen,
    SlotTaken,
    TooManyAtDomain,
    TooManyHolds,
    TooManyPersons,
)
from booking.models import Appointment, Slot
from booking.states import Status
from config.foundation.office import Office, ServiceStatus
from config.foundation.outbox import Notification
from tests.booking.holding import end_of
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    SlotFactory,
    situation,
)


def test_hold_keeps_the_time_for_ten_minutes(slots: list[Slot], now: datetime) -> None:
    held = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)

    assert held.status == Status.HELD
    assert held.held_until == now + timedelta(minutes=10)
    assert held.held_until <= end_of(held) <= held.held_until + timedelta(minutes=5)
    assert not Slot.objects.free(now=now).filter(pk=slots[0].pk).exists()
    event = held.events.get()
    assert (event.action, event.from_status, event.to_status) == ("hold", "", "held")


def test_hold_refuses_a_taken_time(slots: list[Slot], now: datetime) -> None:
    actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)

    with pytest.raises(SlotTaken):
        actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)

    assert Appointment.objects.count() == 1


def test_hold_same_time_again_changes_nothing(slots: list[Slot], now: datetime) -> None:
    applicant = ApplicantFactory()
    first = actions.hold(applicant=applicant, slot_id=slots[0].pk, now=now)
    again = actions.hold(applicant=applicant, slot_id=slots[0].pk, now=now + timedelta(minutes=1))
    assert (again.pk, again.version, again.held_until) == (first.pk, 1, first.held_until)


def test_hold_another_time_moves_the_hold(slots: list[Slot], now: datetime) -> None:
    """A choice may be changed; the time that was let go of rests before it is public again."""
    applicant = ApplicantFactory()
    actions.hold(applicant=applicant, slot_id=slots[0].pk, now=now)
    moved = actions.hold(applicant=applicant, slot_id=slots[1].pk, now=now)

    assert Appointment.objects.count() == 1
    assert moved.slot_id == slots[1].pk
    first = Slot.objects.get(pk=slots[0].pk)
    assert first.bookable_from
    assert now + timedelta(minutes=2) <= first.bookable_from <= now + timedelta(minutes=15)


@pytest.mark.parametrize("seconds", [1, 60, 119])
def test_hold_refuses_a_time_that_somebody_just_let_go(
    slots: list[Slot], now: datetime, magdeburg: object, seconds: int
) -> None:
    """T-A4"""
    held = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    actions.cancel_hold(appointment=held, now=now)

    with pytest.raises(SlotTaken):
        actions.hold(
            applicant=ApplicantFactory(),
            slot_id=slots[0].pk,
            now=now + timedelta(seconds=seconds),
        )


def test_hold_takes_a_lapsed_time_without_any_sweeper(slots: list[Slot], now: datetime) -> None:
    """T-B5, F8"""
    lapsed = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    after = end_of(lapsed)

    with pytest.raises(SlotTaken):
        actions.hold(
            applicant=ApplicantFactory(),
            slot_id=slots[0].pk,
            now=after - timedelta(milliseconds=1),
        )
    mine = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=after)

    assert mine.status == Status.HELD
    lapsed.refresh_from_db()
    assert lapsed.status == Status.EXPIRED


def test_hold_again_after_the_own_hold_lapsed(slots: list[Slot], now: datetime) -> None:
    applicant = ApplicantFactory()
    first = actions.hold(applicant=applicant, slot_id=slots[0].pk, now=now)
    second = actions.hold(applicant=applicant, slot_id=slots[1].pk, now=end_of(first))
    assert second.pk != first.pk


def test_hold_refuses_while_paused(slots: list[Slot], now: datetime) -> None:
    ServiceStatus.objects.update(state="paused")
    with pytest.raises(ServicePaused):
        actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)


def test_hold_goes_on_in_restricted_operation(slots: list[Slot], now: datetime) -> None:
    ServiceStatus.objects.update(state="restricted")
    assert actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)


@pytest.mark.parametrize("known", [{}, situation(need_by="2026-11-22", need_kind="hard")])
def test_hold_refuses_without_a_live_emergency(
    slots: list[Slot], now: datetime, known: dict[str, object]
) -> None:
    """T-B8"""
    with pytest.raises(NotEligible):
        actions.hold(applicant=ApplicantFactory(situation=known), slot_id=slots[0].pk, now=now)


def test_hold_refuses_an_unverified_address(slots: list[Slot], now: datetime) -> None:
    """T-B8"""
    with pytest.raises(NotVerified):
        actions.hold(applicant=ApplicantFactory(unverified=True), slot_id=slots[0].pk, now=now)


@pytest.mark.parametrize(
    "change",
    [
        {"starts_at": MONDAY - timedelta(minutes=10)},
        {"starts_at": MONDAY},
        {"starts_at": TUESDAY_NINE + timedelta(days=7)},
    ],
)
def test_hold_refuses_what_is_over_or_not_open(
    magdeburg: object, now: datetime, change: dict[str, datetime]
) -> None:
    slot = SlotFactory(**change)
    with pytest.raises(SlotNotOpen):
        actions.hold(applicant=ApplicantFactory(), slot_id=slot.pk, now=now)


def test_hold_refuses_an_unknown_time(magdeburg: object, now: datetime) -> None:
    with pytest.raises(SlotNotOpen):
        actions.hold(applicant=ApplicantFactory(), slot_id=10**9, now=now)


def test_hold_for_a_booked_person_mails_the_link(slots: list[Slot], now: datetime) -> None:
    applicant = ApplicantFactory()
    booked = actions.hold(applicant=applicant, slot_id=slots[0].pk, now=now)
    actions.book(appointment=booked, now=now)
    same = ApplicantFactory(person_key=applicant.person_key, address_key=applicant.address_key)

    with pytest.raises(AlreadyBooked):
        actions.hold(applicant=same, slot_id=slots[1].pk, now=now)

    assert Notification.objects.filter(kind="booking.link", subject=booked.subject).count() == 1


def test_hold_for_a_booked_person_from_elsewhere_gives_nothing_away(
    slots: list[Slot], now: datetime
) -> None:
    """T-A2"""
    booked = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    actions.book(appointment=booked, now=now)
    other = ApplicantFactory(person_key=booked.person_key)

    with pytest.raises(BookedFromOtherAddress) as refusal:
        actions.hold(applicant=other, slot_id=slots[1].pk, now=now)

    assert "appointment" not in str(refusal.value.sentence)
    other.refresh_from_db()
    assert other.flagged_at == now
    assert Notification.objects.filter(kind="booking.second", subject=booked.subject).count() == 1


def test_hold_by_an_allowed_namesake(slots: list[Slot], now: datetime) -> None:
    booked = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    other = ApplicantFactory(person_key=booked.person_key, namesake_number=1)
    assert actions.hold(applicant=other, slot_id=slots[1].pk, now=now).namesake_number == 1


def test_hold_refuses_the_same_person_in_another_window(slots: list[Slot], now: datetime) -> None:
    held = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    twin = ApplicantFactory(person_key=held.person_key, address_key=held.applicant.address_key)
    with pytest.raises(HeldElsewhere):
        actions.hold(applicant=twin, slot_id=slots[1].pk, now=now)


def test_hold_refuses_a_fifth_person_at_one_address(magdeburg: object, now: datetime) -> None:
    times = [SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10 * n)) for n in range(5)]
    family = ApplicantFactory.create_batch(5, address_key="a" * 64)
    for person, slot in zip(family[:4], times, strict=False):
        actions.hold(applicant=person, slot_id=slot.pk, now=now)

    with pytest.raises(TooManyPersons):
        actions.hold(applicant=family[4], slot_id=times[4].pk, now=now)


def test_hold_eleventh_time_within_the_hour_is_refused(magdeburg: object, now: datetime) -> None:
    """T-A1"""
    times = [SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10 * n)) for n in range(11)]
    applicant = ApplicantFactory()
    for slot in times[:10]:
        actions.hold(applicant=applicant, slot_id=slot.pk, now=now)
    with pytest.raises(TooManyHolds):
        actions.hold(applicant=applicant, slot_id=times[10].pk, now=now)
    assert Appointment.objects.get().slot_id == times[9].pk


def test_hold_refused_attempts_do_not_count(slots: list[Slot], now: datetime) -> None:
    actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    applicant = ApplicantFactory()
    for _attempt in range(15):
        with pytest.raises(SlotTaken):
            actions.hold(applicant=applicant, slot_id=slots[0].pk, now=now)
    assert actions.hold(applicant=applicant, slot_id=slots[1].pk, now=now)


def test_hold_earliest_takes_the_first_free_time(slots: list[Slot], now: datetime) -> None:
    first = actions.hold_earliest(applicant=ApplicantFactory(), now=now)
    second = actions.hold_earliest(applicant=ApplicantFactory(), now=now)
    assert [first.slot_id, second.slot_id] == [slots[0].pk, slots[1].pk]


def test_hold_earliest_says_when_nothing_is_free(slots: list[Slot], now: datetime) -> None:
    for _person in slots:
        actions.hold_earliest(applicant=ApplicantFactory(), now=now)
    with pytest.raises(NoneFree):
        actions.hold_earliest(applicant=ApplicantFactory(), now=now)


def test_extend_promises_ten_more_minutes_from_now(slots: list[Slot], now: datetime) -> None:
    held = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    later = now + timedelta(minutes=9)
    actions.extend(appointment=held, now=later)
    assert held.held_until == later + timedelta(minutes=10)


def test_extend_refuses_the_eleventh_time(slots: list[Slot], now: datetime) -> None:
    """T-A6"""
    held = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    for minute in range(10):
        actions.extend(appointment=held, now=now + timedelta(minutes=minute))
    with pytest.raises(NoMoreExtensions):
        actions.extend(appointment=held, now=now + timedelta(minutes=10))


def test_extend_refuses_a_lapsed_hold(slots: list[Slot], now: datetime) -> None:
    held = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    with pytest.raises(HoldExpired):
        actions.extend(appointment=held, now=end_of(held))


def test_give_up_twice_is_a_quiet_success(slots: list[Slot], now: datetime) -> None:
    held = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    actions.cancel_hold(appointment=held, now=now)
    actions.cancel_hold(appointment=held, now=now)
    assert held.status == Status.CANCELLED
    assert held.events.count() == 2


def test_expire_due_holds_tidies_only_what_is_over(slots: list[Slot], now: datetime) -> None:
    """I12: three runs release each row once."""
    lapsed = AppointmentFactory(held=True, slot=slots[0])
    live = AppointmentFactory(
        held=True,
        slot=slots[1],
        held_until=now + timedelta(hours=1),
        free_from=now + timedelta(hours=1),
    )
    booked = AppointmentFactory(slot=slots[2])
    after = now + timedelta(minutes=30)

    assert [actions.expire_due_holds(now=after) for _run in range(3)] == [1, 0, 0]

    states = {row.pk: row.status for row in Appointment.objects.all()}
    assert states == {lapsed.pk: "expired", live.pk: "held", booked.pk: "booked"}


def test_hold_earliest_leaves_out_times_after_a_departure(magdeburg: object, now: datetime) -> None:
    SlotFactory(starts_at=TUESDAY_NINE)
    leaves_today = situation("urgent_travel", need_by="2026-11-23", need_kind="hard")
    with pytest.raises(NoneFree):
        actions.hold_earliest(applicant=ApplicantFactory(situation=leaves_today), now=now)
    leaves_tuesday = situation("urgent_travel", need_by="2026-11-24", need_kind="hard")
    assert actions.hold_earliest(applicant=ApplicantFactory(situation=leaves_tuesday), now=now)


def test_hold_refuses_more_persons_of_one_private_domain(magdeburg: object, now: datetime) -> None:
    """Whoever owns a domain has any number of addresses."""
    Office.objects.update(persons_per_domain=2)
    times = [SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10 * n)) for n in range(4)]
    people = ApplicantFactory.create_batch(3, domain_key="d" * 64)
    for person, slot in zip(people[:2], times, strict=False):
        actions.hold(applicant=person, slot_id=slot.pk, now=now)
    with pytest.raises(TooManyAtDomain):
        actions.hold(applicant=people[2], slot_id=times[2].pk, now=now)
    assert actions.hold(applicant=ApplicantFactory(), slot_id=times[3].pk, now=now)


@pytest.mark.parametrize(
    ("email", "capped"),
    [("a@gmail.com", False), ("a@mail.verein.example.org", True), ("b@verein.co.uk", True)],
)
def test_save_draft_knows_public_mail_providers(
    magdeburg: object, now: datetime, email: str, capped: bool
) -> None:
    Office.objects.update(public_mail_domains="gmail.com\ngmx.de")
    draft = actions.save_draft(
        applicant=None,
        family_name="Шевченко",
        given_names="Олена",
        birth_date="1990-02-03",
        email=email,
        phone="",
        access_need="",
        language="de",
        situation=situation(),
        verified=None,
        now=now,
    )
    assert bool(draft.domain_key) is capped

"""The actions of a caseworker's day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booking import actions
from booking.actions.refusals import (
    AlreadyBooked,
    NotWaiting,
    SlotNotOpen,
    SlotTaken,
    TransitionNotAllowed,
)
from booking.models import Appointment, Slot
from booking.models.appointments import AppointmentEvent
from booking.states import Status, WaitingStatus
from config.foundation.outbox import Notification
from config.foundation.staff import Staff
from tests.factories import (
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    SlotFactory,
    StaffFactory,
    WaitingEntryFactory,
    situation,
)
from tests.invariants import assert_invariants

AT_NINE = TUESDAY_NINE
CALLER: dict[str, Any] = {
    "family_name": "Шевченко",
    "given_names": "Олена",
    "birth_date": "1985-05-12",
    "email": "",
    "phone": "+493915404389",
    "access_need": "",
    "language": "de",
    "situation": situation(),
}


@pytest.fixture
def by(db: None) -> Staff:
    return StaffFactory()


@pytest.fixture
def visit(slots: list[Slot]) -> Appointment:
    """Booked for Tuesday, nine o'clock."""
    return AppointmentFactory(slot=slots[0])


def _events(appointment: Appointment) -> list[str]:
    return list(
        AppointmentEvent.objects.filter(appointment=appointment).values_list("action", flat=True)
    )


def test_check_in_notes_the_arrival(visit: Appointment, by: Staff) -> None:
    actions.check_in(appointment=visit, now=AT_NINE, by=by)

    visit.refresh_from_db()
    assert (visit.status, visit.checked_in_at) == (Status.CHECKED_IN, AT_NINE)
    assert AppointmentEvent.objects.get(appointment=visit, action="check_in").by == by


def test_check_in_twice_changes_nothing(visit: Appointment, by: Staff) -> None:
    actions.check_in(appointment=visit, now=AT_NINE, by=by)
    actions.check_in(appointment=visit, now=AT_NINE + timedelta(minutes=1), by=by)

    assert _events(visit) == ["made", "check_in"]


def test_check_in_refuses_another_day(visit: Appointment, by: Staff) -> None:
    with pytest.raises(TransitionNotAllowed):
        actions.check_in(appointment=visit, now=AT_NINE - timedelta(days=1), by=by)


def test_check_in_after_a_no_show(visit: Appointment, by: Staff) -> None:
    actions.mark_no_show(appointment=visit, now=AT_NINE + timedelta(minutes=5), by=by)
    actions.check_in(appointment=visit, now=AT_NINE + timedelta(minutes=8), by=by)

    visit.refresh_from_db()
    assert (visit.status, visit.ended_at) == (Status.CHECKED_IN, None)


@pytest.mark.parametrize("minutes", [-1, 0, 4])
def test_mark_no_show_waits_for_the_minutes_of_patience(
    visit: Appointment, by: Staff, minutes: int
) -> None:
    with pytest.raises(TransitionNotAllowed):
        actions.mark_no_show(appointment=visit, now=AT_NINE + timedelta(minutes=minutes), by=by)


def test_complete_keeps_outcome_and_missing_papers(visit: Appointment, by: Staff) -> None:
    actions.check_in(appointment=visit, now=AT_NINE, by=by)
    outcome = Appointment.Outcome.PROOF_MISSING
    actions.complete(appointment=visit, outcome=outcome, missing=["passport"], now=AT_NINE, by=by)

    visit.refresh_from_db()
    assert (visit.outcome, visit.missing) == ("proof_missing", ["passport"])
    actions.complete(appointment=visit, outcome=outcome, missing=["passport"], now=AT_NINE, by=by)
    assert _events(visit) == ["made", "check_in", "complete"]


def test_complete_does_not_overwrite_an_outcome(visit: Appointment, by: Staff) -> None:
    actions.check_in(appointment=visit, now=AT_NINE, by=by)
    served, wrong = Appointment.Outcome.SERVED, Appointment.Outcome.WRONG_COUNTER
    actions.complete(appointment=visit, outcome=served, missing=[], now=AT_NINE, by=by)

    with pytest.raises(TransitionNotAllowed):
        actions.complete(appointment=visit, outcome=wrong, missing=[], now=AT_NINE, by=by)


def test_complete_refuses_who_has_not_arrived(visit: Appointment, by: Staff) -> None:
    served = Appointment.Outcome.SERVED
    with pytest.raises(TransitionNotAllowed):
        actions.complete(appointment=visit, outcome=served, missing=[], now=AT_NINE, by=by)


def test_second_caseworker_does_not_overwrite(visit: Appointment, by: Staff) -> None:  # T-B12, F35
    stale = Appointment.objects.get(pk=visit.pk)
    actions.cancel(
        appointment=visit, reason=Appointment.CancelReason.BY_APPLICANT, now=AT_NINE, by=by
    )

    with pytest.raises(TransitionNotAllowed):
        actions.check_in(appointment=stale, now=AT_NINE, by=StaffFactory())

    visit.refresh_from_db()
    assert visit.status == Status.CANCELLED


def _check_in(visit: Appointment, by: Staff) -> None:
    actions.check_in(appointment=visit, now=AT_NINE, by=by)


def _complete(visit: Appointment, by: Staff) -> None:
    _check_in(visit, by)
    served = Appointment.Outcome.SERVED
    actions.complete(appointment=visit, outcome=served, missing=[], now=AT_NINE, by=by)


def _cancel(visit: Appointment, by: Staff) -> None:
    reason = Appointment.CancelReason.NOT_AN_EMERGENCY
    at = AT_NINE - timedelta(minutes=30)
    actions.cancel(appointment=visit, reason=reason, now=at, by=by)


@pytest.mark.parametrize(
    ("step", "minutes", "status"),
    [
        (_check_in, 9, Status.BOOKED),
        (_complete, 10, Status.CHECKED_IN),
        (_cancel, -21, Status.BOOKED),
    ],
)
def test_put_back_within_ten_minutes(
    visit: Appointment, by: Staff, step: Callable[..., None], minutes: int, status: Status
) -> None:
    step(visit, by)
    actions.undo_last_step(appointment=visit, now=AT_NINE + timedelta(minutes=minutes), by=by)

    visit.refresh_from_db()
    assert visit.status == status
    assert (visit.outcome, visit.cancel_reason, visit.missing) == ("", "", [])


@pytest.mark.parametrize(("step", "minutes"), [(_check_in, 11), (_complete, 11), (_cancel, -19)])
def test_put_back_refuses_after_ten_minutes(
    visit: Appointment, by: Staff, step: Callable[..., None], minutes: int
) -> None:
    step(visit, by)
    with pytest.raises(TransitionNotAllowed):
        actions.undo_last_step(appointment=visit, now=AT_NINE + timedelta(minutes=minutes), by=by)


def test_put_back_refuses_a_cancellation_by_the_applicant(
    visit: Appointment, by: Staff, now: datetime
) -> None:
    reason = Appointment.CancelReason.BY_APPLICANT
    actions.cancel(appointment=visit, reason=reason, now=now)
    with pytest.raises(TransitionNotAllowed):
        actions.undo_last_step(appointment=visit, now=now, by=by)


def test_put_back_refuses_a_time_that_was_given_away(
    visit: Appointment, by: Staff, now: datetime
) -> None:
    WaitingEntryFactory()
    reason = Appointment.CancelReason.NOT_AN_EMERGENCY
    actions.cancel(appointment=visit, reason=reason, now=now, by=by)
    assert actions.offer_slots(now=now) > 0  # the cancelled time is the earliest

    with pytest.raises(SlotTaken):
        actions.undo_last_step(appointment=visit, now=now, by=by)


def test_book_by_phone_books_and_promises_the_letter(
    slots: list[Slot], by: Staff, now: datetime
) -> None:
    booked = actions.book_by_phone(slot_id=slots[1].pk, now=now, by=by, **CALLER)

    assert (booked.status, booked.slot, booked.category) == (Status.BOOKED, slots[1], "expired")
    assert AppointmentEvent.objects.get(appointment=booked).by == by
    assert_invariants(now)


@pytest.mark.parametrize(
    ("email", "planned"), [("", []), ("olena@example.org", ["booking.reminder"])]
)
def test_book_by_phone_plans_no_email_that_can_reach_nobody(
    slots: list[Slot], by: Staff, now: datetime, email: str, planned: list[str]
) -> None:
    actions.book_by_phone(slot_id=slots[1].pk, now=now, by=by, **CALLER | {"email": email})
    ahead = Notification.objects.filter(due_at__gt=now).order_by("due_at")
    assert list(ahead.values_list("kind", flat=True)) == planned


def test_book_by_phone_serves_many_people_without_an_address(
    magdeburg: object, by: Staff, now: datetime
) -> None:
    for number in range(6):
        slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10 * number))
        person = CALLER | {"birth_date": f"198{number}"}
        actions.book_by_phone(slot_id=slot.pk, now=now, by=by, **person)

    keys = Appointment.objects.values_list("applicant__address_key", flat=True)
    assert len(set(keys)) == 6


def test_book_by_phone_refuses_a_second_appointment(
    slots: list[Slot], by: Staff, now: datetime
) -> None:
    actions.book_by_phone(slot_id=slots[0].pk, now=now, by=by, **CALLER)
    with pytest.raises(AlreadyBooked):
        actions.book_by_phone(slot_id=slots[1].pk, now=now, by=by, **CALLER)
    assert Appointment.objects.count() == 1


def test_book_by_phone_takes_no_time_from_those_who_wait(
    slots: list[Slot], by: Staff, now: datetime
) -> None:
    WaitingEntryFactory()
    Slot.objects.update(free_since=now)
    with pytest.raises(SlotTaken):
        actions.book_by_phone(slot_id=slots[0].pk, now=now, by=by, **CALLER)


def test_book_by_phone_passes_over_a_lapsed_hold(
    slots: list[Slot], by: Staff, now: datetime
) -> None:
    AppointmentFactory(held=True, slot=slots[0], free_from=now, held_until=now)
    booked = actions.book_by_phone(slot_id=slots[0].pk, now=now, by=by, **CALLER)
    assert booked.status == Status.BOOKED


def test_book_by_phone_refuses_a_time_that_is_not_open_yet(
    magdeburg: object, by: Staff, now: datetime
) -> None:
    far = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=14))
    with pytest.raises(SlotNotOpen):
        actions.book_by_phone(slot_id=far.pk, now=now, by=by, **CALLER)


@pytest.fixture
def missed(visit: Appointment, by: Staff) -> Appointment:
    """Nobody came at nine."""
    return actions.mark_no_show(appointment=visit, now=AT_NINE + timedelta(minutes=5), by=by)


def test_stand_in_serves_who_waits_here(missed: Appointment, by: Staff) -> None:
    entry = WaitingEntryFactory()
    at = AT_NINE + timedelta(minutes=6)
    served = actions.fill_no_show_slot(entry=entry, slot_id=missed.slot_id, now=at, by=by)

    entry.refresh_from_db()
    assert (served.status, served.slot_id) == (Status.CHECKED_IN, missed.slot_id)
    assert entry.status == WaitingStatus.SERVED
    assert_invariants(at)


def test_stand_in_withdraws_an_open_offer(
    missed: Appointment, slots: list[Slot], by: Staff
) -> None:
    entry = WaitingEntryFactory()
    late = AT_NINE + timedelta(hours=5)
    offered = AppointmentFactory(
        offered=True, entry=entry, applicant=entry.applicant, slot=slots[2],
        held_until=late, free_from=late,
    )  # fmt: skip
    at = AT_NINE + timedelta(minutes=6)
    actions.fill_no_show_slot(entry=entry, slot_id=missed.slot_id, now=at, by=by)

    offered.refresh_from_db()
    assert offered.status == Status.CANCELLED


def test_stand_in_bars_the_latecomer(missed: Appointment, by: Staff) -> None:
    at = AT_NINE + timedelta(minutes=6)
    actions.fill_no_show_slot(entry=WaitingEntryFactory(), slot_id=missed.slot_id, now=at, by=by)
    with pytest.raises(SlotTaken):
        actions.check_in(appointment=missed, now=at, by=by)


@pytest.mark.parametrize("minutes", [10, 11])
def test_stand_in_refuses_a_time_that_is_over(missed: Appointment, by: Staff, minutes: int) -> None:
    at = AT_NINE + timedelta(minutes=minutes)
    with pytest.raises(TransitionNotAllowed):
        actions.fill_no_show_slot(
            entry=WaitingEntryFactory(), slot_id=missed.slot_id, now=at, by=by
        )


def test_stand_in_refuses_a_time_without_no_show(visit: Appointment, by: Staff) -> None:
    at = AT_NINE + timedelta(minutes=6)
    with pytest.raises(TransitionNotAllowed):
        actions.fill_no_show_slot(entry=WaitingEntryFactory(), slot_id=visit.slot_id, now=at, by=by)


def test_stand_in_refuses_who_does_not_wait(missed: Appointment, by: Staff) -> None:
    gone = WaitingEntryFactory(status=WaitingStatus.LEFT, ended_at=AT_NINE)
    at = AT_NINE + timedelta(minutes=6)
    with pytest.raises(NotWaiting):
        actions.fill_no_show_slot(entry=gone, slot_id=missed.slot_id, now=at, by=by)


def test_rebook_for_somebody_names_the_caseworker(
    visit: Appointment, slots: list[Slot], by: Staff, now: datetime
) -> None:
    actions.rebook(appointment=visit, slot_id=slots[2].pk, revision=0, now=now, by=by)

    visit.refresh_from_db()
    assert (visit.slot, visit.revision) == (slots[2], 1)
    assert AppointmentEvent.objects.get(appointment=visit, action="rebook").by == by


def test_accept_for_somebody_names_the_caseworker(
    slots: list[Slot], by: Staff, now: datetime
) -> None:
    offered = AppointmentFactory(offered=True, slot=slots[0])
    actions.accept(appointment=offered, now=now, by=by)

    event = AppointmentEvent.objects.get(appointment=offered, action="accept")
    assert (event.by, event.actor) == (by, "staff")


def test_correct_person_keeps_the_slot(visit: Appointment, by: Staff, now: datetime) -> None:
    actions.correct_person(
        applicant=visit.applicant,
        family_name="Nguyễn",
        given_names="Thị Ánh",
        birth_date="1999-12-31",
        now=now,
        by=by,
    )

    visit.refresh_from_db()
    assert visit.status == Status.BOOKED
    assert visit.person_key == visit.applicant.person_key
    assert "correct_person" in _events(visit)


def test_allow_namesake_lets_a_second_person_book(
    slots: list[Slot], by: Staff, now: datetime
) -> None:
    same = {"family_name": "Diallo", "given_names": "Awa", "birth_date": "1990-01-01"}
    AppointmentFactory(slot=slots[0], applicant=ApplicantFactory(**same))
    other = ApplicantFactory(**same, flagged_at=now)
    actions.allow_namesake(applicant=other, now=now, by=by)

    held = actions.hold(applicant=other, slot_id=slots[1].pk, now=now)
    assert (held.namesake_number, other.flagged_at) == (1, None)


def test_desk_reads_days_on_the_local_clock(magdeburg: object, by: Staff) -> None:
    """Half past midnight in Magdeburg is still the day before in UTC."""
    night = datetime(2026, 11, 24, 0, 10, tzinfo=UTC)
    visit = AppointmentFactory(slot=SlotFactory(starts_at=night))
    actions.check_in(appointment=visit, now=night - timedelta(hours=1), by=by)
    assert visit.status == Status.CHECKED_IN

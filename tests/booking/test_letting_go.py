"""Letting go of times: each rests for a while, and nobody can put the whole list to rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.actions.holds import MOST_QUARANTINED
from booking.actions.refusals import TooManyHolds
from booking.models import Applicant, Appointment, Slot
from config.foundation import limits
from config.foundation.office import Office
from tests.factories import (
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    CounterFactory,
    SlotFactory,
    StaffFactory,
    WaitingEntryFactory,
)

HOUR = timedelta(hours=1)
BY_APPLICANT = Appointment.CancelReason.BY_APPLICANT


@pytest.fixture
def times(magdeburg: Office) -> list[Slot]:
    """The 224 times of the list that one person emptied."""
    counters = [CounterFactory(slug=str(n)) for n in range(20)]
    grid = [TUESDAY_NINE + timedelta(minutes=10 * n) for n in range(12)]
    made = [SlotFactory(counter=c, starts_at=at) for c in counters for at in grid]
    return made[:224]


def public(now: datetime) -> set[int]:
    """The times anybody may take."""
    rows = Slot.objects.public(now=now, office=Office.objects.get())
    return set(rows.values_list("pk", flat=True))


def used(applicant: Applicant, now: datetime) -> int:
    """How many of the hour's choices are used up."""
    return limits.used("hold", applicant.person_key, per=HOUR, now=now)


def test_one_person_who_moves_again_and_again_leaves_the_list_to_others(
    times: list[Slot], now: datetime
) -> None:
    """229 moves within 77 seconds once took 224 public times down to 2."""
    appointment = AppointmentFactory(slot=times[0])
    before = len(public(now))
    told = []
    for step in range(229):
        moment = now + step * timedelta(seconds=77) / 229
        there = sorted(public(moment) - {appointment.slot_id})
        try:
            actions.rebook(
                appointment=appointment,
                slot_id=there[0],
                revision=appointment.revision,
                now=moment,
            )
            told.append("moved")
        except TooManyHolds:
            told.append("refused")
        assert before - len(public(moment)) <= MOST_QUARANTINED
    assert told.count("moved") == Office.objects.get().holds_per_hour
    # what was refused has cost nobody anything: the time is still the last one chosen
    assert Appointment.objects.get().slot_id == appointment.slot_id


def test_moves_around_a_full_hour_are_capped_too(times: list[Slot], now: datetime) -> None:
    """The limit's hours have edges: twice as many could rest at once around one of them."""
    edge = now.replace(minute=0, second=0) + HOUR
    appointment = AppointmentFactory(slot=times[0])
    moved = 0
    for second in range(-20, 20):
        moment = edge + timedelta(seconds=second)
        slot = min(public(moment) - {appointment.slot_id})
        try:
            actions.rebook(
                appointment=appointment,
                slot_id=slot,
                revision=appointment.revision,
                now=moment,
            )
            moved += 1
        except TooManyHolds:
            continue
    assert moved == MOST_QUARANTINED
    assert Slot.objects.filter(bookable_from__gt=edge).count() == MOST_QUARANTINED


def test_desk_moves_people_without_a_limit(times: list[Slot], now: datetime) -> None:
    appointment, by = AppointmentFactory(slot=times[0]), StaffFactory()
    for _step in range(15):
        slot = min(public(now) - {appointment.slot_id})
        actions.rebook(
            appointment=appointment, slot_id=slot, revision=appointment.revision, now=now, by=by
        )
    assert used(appointment.applicant, now) == 0


def _gives_up(held: Appointment, now: datetime) -> None:
    actions.cancel_hold(appointment=held, now=now)


def _books_and_cancels(held: Appointment, now: datetime) -> None:
    booked = actions.book(appointment=held, now=now)
    actions.cancel(appointment=booked, reason=BY_APPLICANT, now=now)


@pytest.mark.parametrize("lets_go", [_gives_up, _books_and_cancels])
def test_taking_and_letting_go_again_and_again_ends(
    times: list[Slot], now: datetime, lets_go: Callable[[Appointment, datetime], None]
) -> None:
    applicant = ApplicantFactory()
    for _cycle in range(Office.objects.get().holds_per_hour // 2):
        lets_go(actions.hold(applicant=applicant, slot_id=min(public(now)), now=now), now)
    with pytest.raises(TooManyHolds):
        actions.hold(applicant=applicant, slot_id=min(public(now)), now=now)


def test_who_has_used_all_choices_may_still_give_back(times: list[Slot], now: datetime) -> None:
    held = actions.hold(applicant=ApplicantFactory(), slot_id=times[0].pk, now=now)
    booked = AppointmentFactory(slot=times[1])
    for appointment in (held, booked):
        while limits.take("hold", appointment.person_key, limit=10, per=HOUR, now=now):
            pass
    actions.cancel_hold(appointment=held, now=now)
    actions.cancel(appointment=booked, reason=BY_APPLICANT, now=now)
    assert (held.status, booked.status) == ("cancelled", "cancelled")


def _offered(times: list[Slot]) -> Appointment:
    return AppointmentFactory(slot=times[0], offered=True)


def _rebook(times: list[Slot], now: datetime) -> Appointment:
    booked = AppointmentFactory(slot=times[0])
    return actions.rebook(appointment=booked, slot_id=times[1].pk, revision=0, now=now)


def _cancel(times: list[Slot], now: datetime) -> Appointment:
    booked = AppointmentFactory(slot=times[0])
    return actions.cancel(appointment=booked, reason=BY_APPLICANT, now=now)


def _give_up(times: list[Slot], now: datetime) -> Appointment:
    return actions.cancel_hold(appointment=AppointmentFactory(slot=times[0], held=True), now=now)


def _change(times: list[Slot], now: datetime) -> Appointment:
    held = AppointmentFactory(slot=times[0], held=True)
    return actions.hold(applicant=held.applicant, slot_id=times[1].pk, now=now)


def _swap(times: list[Slot], now: datetime) -> Appointment:
    return actions.swap(appointment=_offered(times), slot_id=times[1].pk, now=now)


def _decline(times: list[Slot], now: datetime) -> Appointment:
    offered = _offered(times)
    actions.decline(appointment=offered, now=now)
    return offered


def _leave(times: list[Slot], now: datetime) -> Appointment:
    offered = _offered(times)
    assert offered.entry
    actions.leave(entry=offered.entry, now=now)
    return offered


def _accept_instead(times: list[Slot], now: datetime) -> Appointment:
    booked = AppointmentFactory(slot=times[-1])
    entry = WaitingEntryFactory(applicant=booked.applicant)
    offered = AppointmentFactory(
        slot=times[0], offered=True, entry=entry, applicant=booked.applicant
    )
    return actions.accept(appointment=offered, now=now)


def _end(times: list[Slot], now: datetime) -> Appointment:
    held = AppointmentFactory(slot=times[0], held=True)
    actions.discard_draft(applicant=held.applicant, now=now)
    return held


ACTIONS: list[Callable[[list[Slot], datetime], Any]] = [
    _rebook, _cancel, _give_up, _change, _swap, _decline, _leave, _accept_instead, _end,
]  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS)
def test_every_way_to_let_go_counts_once(
    times: list[Slot], now: datetime, action: Callable[[list[Slot], datetime], Appointment]
) -> None:
    appointment = action(times, now)
    assert limits.used("hold", appointment.person_key, per=HOUR, now=now) == 1


def _lets_go_by_cancel(slots: list[Slot], now: datetime) -> Callable[[], Any]:
    own = AppointmentFactory(slot=slots[0])
    return lambda: actions.cancel(appointment=own, reason=BY_APPLICANT, now=now)


def _lets_go_by_give_up(slots: list[Slot], now: datetime) -> Callable[[], Any]:
    own = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    return lambda: actions.cancel_hold(appointment=own, now=now)


def _lets_go_by_change(slots: list[Slot], now: datetime) -> Callable[[], Any]:
    person = ApplicantFactory()
    actions.hold(applicant=person, slot_id=slots[0].pk, now=now)
    return lambda: actions.hold(applicant=person, slot_id=slots[1].pk, now=now)


def _lets_go_by_rebook(slots: list[Slot], now: datetime) -> Callable[[], Any]:
    own = AppointmentFactory(slot=slots[0])
    return lambda: actions.rebook(appointment=own, slot_id=slots[1].pk, revision=0, now=now)


def _kept_for_somebody(slot: Slot, **columns: Any) -> Appointment:
    until = slot.starts_at - HOUR
    made: Appointment = AppointmentFactory(
        offered=True, slot=slot, held_until=until, free_from=until, **columns
    )
    return made


def _lets_go_by_decline(slots: list[Slot], now: datetime) -> Callable[[], Any]:
    offer = _kept_for_somebody(slots[0])
    return lambda: actions.decline(appointment=offer, now=now)


def _lets_go_by_accept_instead(slots: list[Slot], now: datetime) -> Callable[[], Any]:
    person = ApplicantFactory()
    AppointmentFactory(slot=slots[1], applicant=person)
    offer = _kept_for_somebody(slots[0], applicant=person)
    return lambda: actions.accept(appointment=offer, now=now)


@pytest.mark.parametrize(
    "begin",
    [
        _lets_go_by_cancel,
        _lets_go_by_give_up,
        _lets_go_by_change,
        _lets_go_by_rebook,
        _lets_go_by_decline,
        _lets_go_by_accept_instead,
    ],
)
def test_who_lets_go_is_counted_before_a_slot_is_locked(
    begin: Callable[[list[Slot], datetime], Callable[[], Any]], slots: list[Slot], now: datetime
) -> None:
    """In two orders, cancelling and moving one appointment at once deadlocked again and again."""
    act = begin(slots, now)
    with CaptureQueriesContext(connection) as captured:
        act()
    written = [
        table
        for query in captured.captured_queries
        for table in ("foundation_limit", "booking_slot")
        if re.match(rf'\s*(INSERT INTO|UPDATE) "?{table}\b', query["sql"])
    ]
    assert {"foundation_limit", "booking_slot"} <= set(written)
    assert written[0] == "foundation_limit"

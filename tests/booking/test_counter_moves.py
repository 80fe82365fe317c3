"""Another counter at the same time: what follows, and every reason why not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from booking import actions
from booking.actions.counter_moves import move_to_counter
from booking.actions.desk_refusals import (
    NoSlotBeside,
    SlotBesideClosed,
    SlotBesideHeld,
    SlotBesideTaken,
    VisitNotToday,
)
from booking.actions.refusals import TransitionNotAllowed
from booking.models import Appointment, AppointmentEvent, Closure, Counter, Slot, Token
from booking.models.applicants import mint_token
from booking.states import Status
from config.foundation.actions import Refused
from config.foundation.outbox import Notification
from tests.booking.desk import (
    APPOINTMENTS,
    caseworker,
    catalogue,
    clock,
    desk,
    fields,
    later,
    url,
    visit,
)
from tests.factories import TUESDAY_NINE, AppointmentFactory, CounterFactory, SlotFactory
from tests.invariants import assert_invariants

__all__ = ["catalogue", "clock", "desk", "later", "visit"]
TEN = TUESDAY_NINE + timedelta(hours=1)
WITHOUT = ("I16",)  # a factory writes no letter


@pytest.fixture
def second(later: Appointment) -> Counter:
    """A counter that has a free time at ten, too."""
    counter: Counter = CounterFactory(slug="2", name={"de": "Schalter 2"})
    SlotFactory(counter=counter, starts_at=TEN)
    return counter


def beside(counter: Counter) -> Slot:
    return Slot.objects.get(counter=counter, starts_at=TEN)


def move(row: Appointment, counter: Counter, *, now: datetime = TUESDAY_NINE) -> Appointment:
    return move_to_counter(appointment=row, counter=counter, now=now, by=caseworker())


def test_same_time_at_the_other_counter_with_its_history(
    desk: Client, later: Appointment, second: Counter
) -> None:
    page = url(later, "counter")
    assert "Schalter 2 · free" in desk.get(page).content.decode()
    answer = desk.post(page, fields(desk, page) | {"counter": str(second.pk)}, follow=True)
    assert f"{later.applicant.desk_name}, 09:00: moved" in answer.content.decode()
    old = later.slot
    later = Appointment.objects.select_related("slot__counter").get(pk=later.pk)
    assert (later.slot.counter, later.slot.starts_at) == (second, TEN)
    event = AppointmentEvent.objects.get(appointment=later, action="move_counter")
    assert event.by is not None
    assert (event.by.username, event.slot) == ("kurz", later.slot)
    first = AppointmentEvent.objects.get(appointment=later, version=1)
    assert first.slot == old
    assert (
        "moved to another counter" in desk.get(f"{APPOINTMENTS}{later.pk}/change/").content.decode()
    )
    assert_invariants(TUESDAY_NINE)


def test_old_time_rests_before_it_is_public(later: Appointment, second: Counter) -> None:
    old = later.slot
    move(later, second)
    old.refresh_from_db()
    assert old.bookable_from is not None
    assert old.bookable_from >= TUESDAY_NINE + timedelta(minutes=2)


def test_who_has_not_come_gets_a_letter_and_no_old_link_works(
    later: Appointment, second: Counter
) -> None:
    mint_token(purpose=Token.Purpose.MANAGE, subject=later.subject, now=TUESDAY_NINE)
    move(later, second)
    letter = Notification.objects.get(kind="booking.confirmation", subject=later.subject)
    assert letter.revision == later.revision == 1
    assert not Token.objects.filter(expires_at=None).exists()


def test_who_is_here_is_told_and_not_written_to(later: Appointment, second: Counter) -> None:
    actions.check_in(appointment=later, now=TUESDAY_NINE, by=caseworker())
    move(later, second)
    assert (later.status, later.revision) == (Status.CHECKED_IN, 0)
    assert later.checked_in_at == TUESDAY_NINE
    assert not Notification.objects.exists()
    assert_invariants(TUESDAY_NINE, without=WITHOUT)


def test_begun_time_may_move_until_it_is_over(later: Appointment, second: Counter) -> None:
    move(later, second, now=TEN + timedelta(minutes=9))
    assert later.slot.counter == second


def test_quarantine_keeps_buyers_away_and_not_the_office(
    later: Appointment, second: Counter
) -> None:
    Slot.objects.filter(pk=beside(second).pk).update(
        bookable_from=TUESDAY_NINE + timedelta(minutes=15)
    )
    move(later, second)
    assert later.slot.counter == second


def test_lapsed_hold_is_in_nobodys_way(later: Appointment, second: Counter) -> None:
    AppointmentFactory(held=True, slot=beside(second))  # ended on Monday
    move(later, second)
    assert later.slot.counter == second


def _taken(second: Counter) -> None:
    AppointmentFactory(slot=beside(second))


def _held(second: Counter) -> None:
    end = TUESDAY_NINE + timedelta(minutes=5)
    AppointmentFactory(held=True, slot=beside(second), held_until=end, free_from=end)


def _offered(second: Counter) -> None:
    end = TUESDAY_NINE + timedelta(minutes=5)
    AppointmentFactory(offered=True, slot=beside(second), held_until=end, free_from=end)


def _closed(second: Counter) -> None:
    closure = Closure.objects.create(
        counter=second, starts_at=TUESDAY_NINE, ends_at=TEN + timedelta(hours=1)
    )
    Slot.objects.filter(counter=second).update(closure=closure)


def _outside(second: Counter) -> None:
    Slot.objects.filter(counter=second).update(in_hours=False)


def _none(second: Counter) -> None:
    beside(second).delete()


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (_taken, SlotBesideTaken),
        (_held, SlotBesideHeld),
        (_offered, SlotBesideHeld),
        (_closed, SlotBesideClosed),
        (_outside, SlotBesideClosed),
        (_none, NoSlotBeside),
    ],
)
def test_refusal_says_why_and_leaves_everything(
    desk: Client, later: Appointment, second: Counter, make: object, refusal: type[Refused]
) -> None:
    assert callable(make)
    make(second)
    old = later.slot_id
    page = url(later, "counter")
    answer = desk.post(page, fields(desk, page) | {"counter": str(second.pk)})
    assert answer.status_code == 409
    assert str(refusal.sentence) in answer.content.decode()
    row = Appointment.objects.select_related("slot").get(pk=later.pk)
    assert (row.slot_id, row.version, row.slot.bookable_from) == (old, 1, None)
    with pytest.raises(refusal):
        move(row, second)


@pytest.mark.parametrize("now", [TEN + timedelta(minutes=10), TEN - timedelta(days=1)])
def test_only_today_and_before_it_is_over(
    later: Appointment, second: Counter, clock: time_machine.Traveller, now: datetime
) -> None:
    with pytest.raises(VisitNotToday):
        move(later, second, now=now)


def test_same_counter_is_a_quiet_success(later: Appointment, second: Counter) -> None:
    assert move(later, later.slot.counter).version == 1


def test_older_page_is_told_so(later: Appointment, second: Counter) -> None:
    stale = Appointment.objects.select_related("slot").get(pk=later.pk)
    move(later, second)
    third: Counter = CounterFactory(slug="3", name={"de": "Schalter 3"})
    SlotFactory(counter=third, starts_at=TEN)
    with pytest.raises(TransitionNotAllowed):
        move(stale, third)


def test_counters_out_of_service_are_not_offered(
    desk: Client, later: Appointment, second: Counter
) -> None:
    Counter.objects.filter(pk=second.pk).update(in_service=False)
    page = url(later, "counter")
    assert "Schalter 2" not in desk.get(page).content.decode()
    form = fields(desk, page) | {"counter": str(second.pk)}
    assert desk.post(page, form).status_code == 422

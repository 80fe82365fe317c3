"""Many people for one time, and times whose holds end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Count, F
from django.utils import timezone

from booking import actions
from booking.models import Applicant, Appointment
from booking.states import LIVE_FOR_SLOT, Status
from config.foundation.outbox import Notification
from tests.invariants import assert_invariants
from tests.races import actors
from tests.races.crowd import Crowd
from tests.races.stage import (
    dealt,
    holds_that_end,
    open_times,
    verified_people,
)

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

# More of the same shows what is rarer; `make faults` runs that.
CONTESTED = (200, pytest.param(1000, marks=pytest.mark.slow))
CONFIRMED = (400, pytest.param(1500, marks=pytest.mark.slow))
ATTEMPTS = 50  # of a race that is left to chance


def doubles() -> int:
    """Slots that belong to more than one live appointment."""
    live = Appointment.objects.filter(status__in=LIVE_FOR_SLOT)
    return live.values("slot").annotate(n=Count("pk")).filter(n__gt=1).count()


def release_rest() -> int:
    """What the release loops had not come to when the race ended."""
    released = 0
    while Appointment.objects.filter(status=Status.HELD).exists():
        released += actions.expire_due_holds(now=timezone.now())
    return released


@pytest.fixture
def without_the_guard(transactional_db: None) -> Iterator[None]:
    """The unique index of a slot's one live appointment is gone for the time of a test."""
    guard = next(
        each
        for each in Appointment._meta.constraints
        if each.name == "appointment_one_live_per_slot"
    )
    with connection.schema_editor() as editor:
        editor.remove_constraint(Appointment, guard)
    yield
    Appointment.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Appointment, guard)


@pytest.mark.parametrize("contested", CONTESTED)
def test_hold_has_one_winner_per_contested_time(
    crowd: Crowd, now: datetime, contested: int
) -> None:
    """T-B1, F21"""
    slots = open_times(contested, now=now)
    people = dealt(verified_people(contested * crowd.size, now=now), crowd.size)

    heard = crowd.act(actors.hold_each, [(mine, slots) for mine in people])

    for answers in zip(*heard, strict=True):
        assert Counter(answers) == {"won": 1, "taken": crowd.size - 1}
    assert doubles() == 0
    assert Appointment.objects.filter(status=Status.HELD).count() == contested
    assert_invariants()


def test_hold_without_guard_and_action_books_twice(
    crowd: Crowd, now: datetime, without_the_guard: None
) -> None:
    """T-B2: the race is one; it shows as soon as both protections are taken away."""
    slots = open_times(20, now=now)
    people = dealt(verified_people(20 * crowd.size, now=now), crowd.size)

    for _attempt in range(ATTEMPTS):
        crowd.act(actors.hold_naively, [(mine, slots) for mine in people])
        if doubles():
            return
        Appointment.objects.all().delete()
    pytest.fail("nobody was in between: the race is none")


@pytest.mark.parametrize("count", CONFIRMED)
def test_confirm_in_the_last_moment_is_never_lost(crowd: Crowd, now: datetime, count: int) -> None:
    """T-B3, F20: who was told "booked" is booked, while the release loop spins."""
    confirming = crowd.size - 2
    slots = open_times(count, now=now)
    people = verified_people(count, now=now)
    ends = [now + timedelta(milliseconds=14 * n) for n in range(count)]
    holds = holds_that_end(ends, people=people, slots=slots, now=now)
    # making them took its time; the race starts in two seconds
    late = timezone.now() + timedelta(seconds=2) - now
    Appointment.objects.update(held_until=F("held_until") + late, free_from=F("free_from") + late)
    hands = dealt(holds, confirming)

    heard = crowd.act(
        actors.confirm_or_release,
        [("confirm", number, hand) for number, hand in enumerate(hands)]
        + [("release", ends[-1] + late + timedelta(seconds=1))] * 2,
    )

    told_booked = {pk for answer in heard[:confirming] for pk in answer}
    released = sum(heard[confirming:]) + release_rest()
    states = dict(Appointment.objects.values_list("pk", "status"))
    assert {pk for pk, state in states.items() if state == Status.BOOKED} == told_booked
    assert len(told_booked) + released == count
    assert told_booked, "no confirm was in time: the race was none"
    assert released, "nothing was released: the race was none"
    assert Notification.objects.filter(kind="booking.confirmation").count() == len(told_booked)
    assert_invariants()


def test_hold_is_nobody_elses_before_its_end(crowd: Crowd, now: datetime) -> None:
    """T-B4, T-B5: not a moment earlier, and within a second later, with no sweeper anywhere.

    The second counts from the first who asks after the end: a busy machine may ask late.
    """
    count = 40
    slots = open_times(count, now=now)
    spare = dealt(verified_people(count * crowd.size, now=now, prefix="b"), crowd.size)
    first = timezone.now() + timedelta(seconds=2)
    ends = [first + timedelta(milliseconds=250 * n) for n in range(count)]
    holds_that_end(ends, people=verified_people(count, now=now), slots=slots, now=now)
    contested = list(zip(slots, ends, strict=True))

    heard = crowd.act(actors.grab_as_they_end, [(people, contested) for people in spare])

    tries = [each for answer in heard for each in answer]
    got = {slot: at for slot, at, won in tries if won}
    assert sum(won for _slot, _at, won in tries) == len(got) == count
    for slot, end in contested:
        asked = min(at for tried, at, _won in tries if tried == slot and at >= end.timestamp())
        assert end.timestamp() <= got[slot] <= asked + 1
    assert_invariants()


def test_confirm_twenty_times_books_once(crowd: Crowd, now: datetime) -> None:
    """T-B6, I11: one appointment, one letter, the same reference for every press."""
    slots = open_times(1, now=now)
    end = now + timedelta(minutes=10)
    (hold,) = holds_that_end([end], people=verified_people(1, now=now), slots=slots, now=now)

    heard = crowd.act(actors.confirm_in_threads, [(hold, 3)] * crowd.size)

    references = [reference for answer in heard for reference in answer]
    assert len(references) >= 20
    assert set(references) == {Appointment.objects.get(status=Status.BOOKED).reference}
    assert Notification.objects.filter(kind="booking.confirmation").count() == 1
    assert_invariants()


def test_hold_earliest_gives_every_time_to_somebody(crowd: Crowd, now: datetime) -> None:
    """The list of free times is used up to the last, and nobody herds onto the first."""
    slots = open_times(36, now=now)
    people = dealt(verified_people(15 * crowd.size, now=now), crowd.size)

    heard = crowd.act(actors.book_earliest, [(mine,) for mine in people])

    assert Counter(code for answers in heard for code in answers)["won"] == len(slots)
    assert doubles() == 0
    assert_invariants()


def test_hold_by_one_family_stays_within_its_number(crowd: Crowd, now: datetime) -> None:
    """T-A2: an address serves four persons, also when all of them press at once."""
    slots = open_times(crowd.size, now=now)
    people = verified_people(crowd.size, now=now)
    one = {"address_key": "f" * 64, "proved_address_key": "f" * 64}
    Applicant.objects.filter(pk__in=people).update(**one)

    heard = crowd.act(
        actors.hold_each, [([person], [slot]) for person, slot in zip(people, slots, strict=True)]
    )

    assert Counter(code for answers in heard for code in answers) == {
        "won": 4,
        "too_many_persons": crowd.size - 4,
    }
    assert_invariants()

"""Rebooking, cancelling, closing and answering offers, all at once."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from booking.models import Appointment, AppointmentEvent, Counter, Slot, WaitingEntry
from booking.states import LIVE_FOR_SLOT, Status, WaitingStatus
from config.foundation.outbox import Notification
from tests.factories import StaffFactory
from tests.invariants import assert_invariants
from tests.races import actors
from tests.races.crowd import PATIENCE, Crowd
from tests.races.stage import (
    PER_COUNTER,
    booked,
    dealt,
    offers,
    open_times,
    verified_people,
)
from tests.randomness import seeded

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

MOST_SECONDS = 10


def everybody_has_one_time(pks: list[int]) -> None:
    """Each appointment is booked in a slot of its own."""
    rows = Appointment.objects.filter(pk__in=pks)
    assert set(rows.values_list("status", flat=True)) == {Status.BOOKED}
    assert rows.values("slot").distinct().count() == len(pks)
    assert Appointment.objects.filter(status__in=LIVE_FOR_SLOT).count() == len(pks)


def test_rebook_moves_or_leaves_everything(crowd: Crowd, now: datetime) -> None:
    """T-B9: 1,000 raced rebooks; nobody has no time or two."""
    slots = open_times(400, now=now)
    people = verified_people(100, now=now)
    pks = booked(people=people, slots=slots[:100], now=now)

    heard = crowd.act(
        actors.rebook_at_random, [(seed, pks, slots, 125) for seed in range(crowd.size)]
    )

    assert sum(answer["won"] for answer in heard) > 100
    everybody_has_one_time(pks)
    assert_invariants()


def test_rebook_killed_in_the_middle_moves_or_leaves_everything(now: datetime) -> None:
    """T-B9, F1: kill -9 at any moment of a rebooking."""
    slots = open_times(300, now=now)
    pks = booked(people=verified_people(40, now=now), slots=slots[:40], now=now)
    crowd = Crowd(size=4)
    moved = Appointment.objects.filter(pk__in=pks, revision__gt=0)
    dice = seeded("kill")
    try:
        victims = [crowd.start(actors.rebook_for_ever, seed, pks, slots) for seed in range(4)]
        end = time.monotonic() + PATIENCE
        while not moved.exists() and time.monotonic() < end:
            time.sleep(0.1)
        for victim in victims:
            time.sleep(dice.uniform(0, 0.3))
            victim.kill()
            victim.join()
    finally:
        crowd.leave()

    assert moved.exists(), "nobody was moved before the kill: the race was none"
    everybody_has_one_time(pks)
    assert_invariants()


def test_rebook_crossing_never_hangs(crowd: Crowd, now: datetime) -> None:
    """T-B10: 500 pairs, each wanting the other's time."""
    pairs = 500
    slots = open_times(2 * pairs, now=now)
    pks = booked(people=verified_people(2 * pairs, now=now), slots=slots, now=now)
    hands: list[list[tuple[int, int]]] = [[] for _each in range(crowd.size)]
    for pair in range(pairs):
        one, other = 2 * pair, 2 * pair + 1
        seat = pair % (crowd.size // 2) * 2
        hands[seat].append((pks[one], slots[other]))
        hands[seat + 1].append((pks[other], slots[one]))

    heard = crowd.act(actors.rebook_each, [(hand,) for hand in hands])

    assert {code for answers in heard for code, _seconds in answers} <= {"won", "taken"}
    assert max(seconds for answers in heard for _code, seconds in answers) < MOST_SECONDS
    everybody_has_one_time(pks)
    assert_invariants()


def test_rebook_to_one_time_has_one_winner(crowd: Crowd, now: datetime) -> None:
    """T-B9: eight people want the same free time; the losers keep their own."""
    rounds = 25
    slots = open_times(rounds * (crowd.size + 1), now=now)
    free, own = slots[:rounds], slots[rounds:]
    pks = booked(people=verified_people(len(own), now=now), slots=own, now=now)

    heard = crowd.act(
        actors.rebook_each,
        [(list(zip(hand, free, strict=True)),) for hand in dealt(pks, crowd.size)],
    )

    for answers in zip(*heard, strict=True):
        assert sorted(code for code, _seconds in answers).count("won") == 1
    everybody_has_one_time(pks)
    assert_invariants()


def test_other_counter_at_one_time_has_one_winner(crowd: Crowd, now: datetime) -> None:
    """Eight visits of one time are moved to the one counter that is free then."""
    rounds = 25
    slots = open_times((crowd.size + 1) * PER_COUNTER, now=now)
    own = [slots[seat * PER_COUNTER : seat * PER_COUNTER + rounds] for seat in range(crowd.size)]
    flat = [slot for hand in own for slot in hand]
    pks = booked(people=verified_people(len(flat), now=now), slots=flat, now=now)
    free = Slot.objects.get(pk=slots[-1]).counter_id
    by = StaffFactory().pk

    heard = crowd.act(
        actors.change_counter_each,
        [
            ([(pk, free) for pk in pks[seat * rounds : (seat + 1) * rounds]], by)
            for seat in range(crowd.size)
        ],
    )

    for answers in zip(*heard, strict=True):
        codes = sorted(code for code, _seconds in answers)
        assert codes.count("won") == 1
        assert set(codes) <= {"won", "taken", "slot_beside_taken"}
    assert max(seconds for answers in heard for _code, seconds in answers) < MOST_SECONDS
    everybody_has_one_time(pks)
    assert AppointmentEvent.objects.filter(action="move_counter").count() == rounds
    assert_invariants(now + timedelta(days=2))


def test_cancel_and_rebook_at_once_leave_one_truth(crowd: Crowd, now: datetime) -> None:
    """T-B11: one wins, the other is told; one letter of each kind, the slot is freed once."""
    rounds = 100
    slots = open_times(2 * rounds, now=now)
    pks = booked(people=verified_people(rounds, now=now), slots=slots[:rounds], now=now)
    roles = [seat % 2 == 0 for seat in range(crowd.size)]

    heard = crowd.act(
        actors.cancel_or_rebook, [(cancels, pks, slots[rounds:]) for cancels in roles]
    )

    answers = [answer for each in heard for answer in each]
    assert {code for code, _seconds in answers} <= {"won", "taken", "transition"}
    assert max(seconds for _code, seconds in answers) < MOST_SECONDS
    cancelled = Appointment.objects.filter(pk__in=pks, status=Status.CANCELLED)
    assert cancelled.exists(), "nobody came in time to cancel: the race was none"
    for row in cancelled:
        letters = Notification.objects.filter(kind="booking.cancellation", subject=row.subject)
        assert letters.count() == 1
        assert row.slot.free_since == row.ended_at
    assert_invariants()


def test_cancel_pressed_eight_times_is_one_success(crowd: Crowd, now: datetime) -> None:
    """T-B11"""
    slots = open_times(50, now=now)
    pks = booked(people=verified_people(50, now=now), slots=slots, now=now)

    heard = crowd.act(actors.cancel_each, [(pks,)] * crowd.size)

    assert {code for answers in heard for code, _seconds in answers} == {"won"}
    assert Notification.objects.filter(kind="booking.cancellation").count() == len(pks)
    assert_invariants()


def test_close_a_counter_while_people_book(crowd: Crowd, now: datetime) -> None:
    """Who was told "booked" has the time, or is first in line for another one."""
    slots = open_times(300, now=now)
    booking = crowd.size - 1
    hands = dealt(slots, booking)
    people = verified_people(300, now=now)
    counters = list(Counter.objects.values_list("pk", flat=True))

    heard = crowd.act(
        actors.book_or_close,
        [("book", people[seat::booking], hands[seat]) for seat in range(booking)]
        + [("close", counters, StaffFactory().pk, 0.3)],
    )

    assert heard[-1] == ["won"] * len(counters)
    told_booked = {pk for answer in heard[:-1] for pk in answer}
    rows = Appointment.objects.in_bulk(told_booked)
    assert {row.status for row in rows.values()} <= {Status.BOOKED, Status.DISPLACED}
    assert not Slot.objects.filter(closure=None).exists()
    assert not Appointment.objects.filter(status__in=LIVE_FOR_SLOT).exists()
    displaced = Appointment.objects.filter(status=Status.DISPLACED)
    assert displaced.exists(), "nobody had booked before the end: the race was none"
    for row in displaced:
        waits = WaitingEntry.objects.get(person_key=row.person_key, status=WaitingStatus.WAITING)
        assert waits.priority == 0
        assert Notification.objects.filter(
            kind="booking.displacement", subject=row.subject
        ).exists()
    assert_invariants()


def test_answer_an_offer_while_it_ends(crowd: Crowd, now: datetime) -> None:
    """Accepting meets declining, leaving, lapsing, a new round of offers and a closed counter."""
    count = 200
    slots = open_times(count, now=now)
    people = verified_people(count, now=now)
    staff = StaffFactory().pk
    counters = list(Counter.objects.values_list("pk", flat=True))[1:]
    pks = offers(people=people, slots=slots, end=now + timedelta(hours=1), now=now)
    dice = seeded("ends of offers")
    # on a slow machine some end before it begins, on a quick one some outlast it
    for pk in pks:
        end = timezone.now() + timedelta(seconds=dice.uniform(0, 20))
        Appointment.objects.filter(pk=pk).update(held_until=end, free_from=end)
    roles = ["accept", "accept", "accept", "decline", "leave", "sweep", "sweep", "close"]

    heard = crowd.act(actors.answer_offers, [(role, pks, staff, counters) for role in roles])

    accepted = {pk for answer in heard for pk in answer}
    assert accepted, "nothing was accepted: the race was none"
    rows = Appointment.objects.filter(pk__in=accepted)
    assert set(rows.values_list("status", flat=True)) <= {Status.BOOKED, Status.DISPLACED}
    settled = Appointment.objects.filter(pk__in=pks, status__in=[Status.BOOKED, Status.DISPLACED])
    assert {row.pk for row in settled} == accepted
    assert_invariants()


def test_accept_pressed_eight_times_is_one_success(crowd: Crowd, now: datetime) -> None:
    """I11"""
    slots = open_times(30, now=now)
    people = verified_people(30, now=now)
    end = now + timedelta(hours=2)
    pks = offers(people=people, slots=slots, end=end, now=now)

    heard = crowd.act(actors.answer_offers, [("accept", pks, 0, [])] * crowd.size)

    assert [set(answer) for answer in heard] == [set(pks)] * crowd.size
    assert Notification.objects.filter(kind="booking.confirmation").count() == len(pks)
    assert_invariants()


def test_swap_offers_while_some_are_accepted(crowd: Crowd, now: datetime) -> None:
    """I3, I11: every offer keeps one time, and who accepts has the time that was shown last."""
    slots = open_times(400, now=now)
    pks = offers(
        people=verified_people(100, now=now),
        slots=slots[:100],
        end=now + timedelta(hours=2),
        now=now,
    )
    roles = ["swap"] * (crowd.size - 1) + ["accept"]

    heard = crowd.act(
        actors.swap_at_random, [(role, seed, pks, slots, 100) for seed, role in enumerate(roles)]
    )

    swapped = AppointmentEvent.objects.filter(action="swap")
    accepted = Appointment.objects.filter(status=Status.BOOKED)
    assert swapped.count() > 100, "hardly anybody exchanged: the race was none"
    assert accepted.exists()
    assert Appointment.objects.filter(status=Status.OFFERED).count() == 100 - accepted.count()
    live = Appointment.objects.filter(status__in=LIVE_FOR_SLOT).values_list("slot", flat=True)
    assert len(set(live)) == 100
    for row in accepted:
        last = AppointmentEvent.objects.filter(appointment=row).latest("version")
        assert (last.action, last.slot_id) == ("accept", row.slot_id)
    let_go = Slot.objects.exclude(free_since=None).exclude(pk__in=live)
    assert let_go.exists()
    assert not let_go.filter(bookable_from=None).exists(), "who lets go can hand it to nobody"
    assert {code for answer in heard for code in answer} <= {
        *("won", "taken", "not_open", "offer_gone", "too_many_holds", "transition")
    }
    assert_invariants()

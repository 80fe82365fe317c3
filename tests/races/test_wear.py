"""Sweepers and senders in several processes, the desk and an applicant at one row, everything."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from booking.models import Appointment, AppointmentEvent, Slot
from booking.states import Status
from config.foundation.office import Office
from config.foundation.outbox import Notification
from tests.delivery import on_their_way, promised_for_now
from tests.factories import StaffFactory
from tests.invariants import assert_invariants
from tests.races import wear
from tests.races.crowd import Crowd
from tests.races.stage import (
    booked,
    dealt,
    holds_that_end,
    open_times,
    verified_people,
)

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_release_in_all_processes_counts_each_hold_once(crowd: Crowd, now: datetime) -> None:
    """F9: 500 lapsed holds, every process runs the sweeper at once; 500 releases in all."""
    slots = open_times(500, now=now)
    people = verified_people(500, now=now)
    holds_that_end([now] * 500, people=people, slots=slots, now=now - timedelta(minutes=10))

    released = crowd.act(wear.release_once, [(timezone.now(),)] * crowd.size)

    assert sum(released) == 500
    assert AppointmentEvent.objects.filter(action="expire").count() == 500
    assert set(Appointment.objects.values_list("status", flat=True)) == {Status.EXPIRED}
    assert_invariants()


def test_send_in_all_processes_sends_each_letter_once(crowd: Crowd, now: datetime) -> None:
    """F9, T-L9, I18"""
    call_command("load_catalogue", verbosity=0)
    slots = open_times(200, now=now)
    booked(people=verified_people(200, now=now), slots=slots, now=now)

    sent = crowd.act(wear.send_all, [()] * crowd.size)

    ids = Counter(each for answer in sent for each in answer)
    assert ids == dict.fromkeys(promised_for_now().values_list("message_id", flat=True), 1)
    assert len(ids) == 200
    assert not on_their_way().exists()
    assert_invariants()


def test_hold_with_the_index_alone_has_one_winner(crowd: Crowd, now: datetime) -> None:
    """F21: without the look of the code, the index refuses, and the refusal is the same."""
    slots = open_times(25, now=now)
    people = dealt(verified_people(25 * crowd.size, now=now), crowd.size)

    heard = crowd.act(wear.hold_unguarded, [(mine, slots) for mine in people])

    for answers in zip(*heard, strict=True):
        assert Counter(answers) == {"won": 1, "taken": crowd.size - 1}
    assert_invariants()


def test_many_writers_wait_for_each_other(crowd: Crowd, now: datetime) -> None:
    """F19: eight processes write 150 rows each, and no database is ever "locked"."""
    slots = dealt(open_times(150 * crowd.size, now=now), crowd.size)
    people = dealt(verified_people(150 * crowd.size, now=now), crowd.size)

    heard = crowd.act(
        wear.write_beside,
        [("hold", *each) for each in zip(people, slots, strict=True)],
    )

    assert Counter(code for answers in heard for code in answers) == {"won": 150 * crowd.size}
    assert_invariants()


def test_writers_wait_for_a_long_one(crowd: Crowd, now: datetime) -> None:
    """F19: one transaction writes for three seconds, the others come after it."""
    slots = open_times(crowd.size, now=now)
    people = verified_people(crowd.size, now=now)
    roles: list[tuple[object, ...]] = [("write", slots[0])]
    roles += [("hold", [people[n]], [slots[n]]) for n in range(1, crowd.size)]

    heard = crowd.act(wear.write_beside, roles)

    assert heard[1:] == [["won"]] * (crowd.size - 1)
    assert_invariants()


def test_caseworkers_at_one_row_have_one_winner(crowd: Crowd, now: datetime) -> None:
    """T-B12, F35: arrived, not come, cancelled: what was done first stands, the others are told."""
    count = 40
    slots = open_times(2 * count, now=now)
    pks = booked(people=verified_people(count, now=now), slots=slots[:count], now=now)
    begun = now - timedelta(minutes=10)
    for second, slot in enumerate(slots[:count]):
        at = begun - timedelta(seconds=second)
        Slot.objects.filter(pk=slot).update(starts_at=at, ends_at=at + timedelta(minutes=10))
    Appointment.objects.update(created_at=begun - timedelta(days=1))
    actions = ["check_in", "no_show", "office cancels", "check_in"] * 2
    staff = [StaffFactory().pk for _each in actions]

    heard = crowd.act(
        wear.act_on_each,
        [(action, by, pks, slots[count:]) for action, by in zip(actions, staff, strict=True)],
    )

    ends = {"check_in": "checked_in", "no_show": "no_show", "office cancels": "cancelled"}
    status = dict(Appointment.objects.values_list("pk", "status"))
    for pk, answers in zip(pks, zip(*heard, strict=True), strict=True):
        assert set(answers) <= {"won", "transition"}
        won = {action for action, answer in zip(actions, answers, strict=True) if answer == "won"}
        assert [ends[action] for action in won] == [status[pk]]
    assert AppointmentEvent.objects.count() == 2 * count
    assert len(set(status.values())) > 1, "the same action was always first: the race was none"
    assert_invariants()


def test_caseworker_and_applicant_at_one_row(crowd: Crowd, now: datetime) -> None:
    """T-B12, F35: an arrival or a cancellation is the end; a move may come before it."""
    count = 60
    slots = open_times(2 * count, now=now)
    pks = booked(people=verified_people(count, now=now), slots=slots[:count], now=now)
    # today, where a caseworker may say "arrived", and yet to come, where an applicant may move
    for second, slot in enumerate(slots[:count]):
        at = now + timedelta(minutes=5, seconds=second)
        Slot.objects.filter(pk=slot).update(starts_at=at, ends_at=at + timedelta(minutes=10))
    actions = ["check_in", "cancel", "rebook", "office cancels"] * 2
    staff = StaffFactory().pk

    heard = crowd.act(wear.act_on_each, [(action, staff, pks, slots[count:]) for action in actions])

    codes = Counter(code for answers in heard for code in answers)
    assert set(codes) <= {"won", "transition"}
    assert codes["transition"], "everybody won: the race was none"
    for pk, answers in zip(pks, zip(*heard, strict=True), strict=True):
        steps = Appointment.objects.get(pk=pk).events.order_by("version")
        did = " ".join(steps.values_list("action", flat=True))
        assert re.fullmatch(r"made( rebook)?( cancel| check_in)?", did), did
        for action, answer in zip(actions, answers, strict=True):
            if answer == "won":
                assert action.removeprefix("office ").rstrip("s") in did, (action, did)
    cancelled = Appointment.objects.filter(status=Status.CANCELLED).count()
    assert Notification.objects.filter(kind="booking.cancellation").count() == cancelled
    assert_invariants()


@pytest.mark.slow
def test_everything_at_once_for_a_minute(crowd: Crowd, now: datetime) -> None:
    """I1 to I21: an hour of random actions within a minute, in eight processes."""
    slots = open_times(60, now=now)
    Office.objects.update(holds_per_hour=10_000)
    people = verified_people(120, now=now)

    answers = crowd.act(wear.fuzz, [(seed, people, slots, now, 60) for seed in range(crowd.size)])

    heard: Counter[str] = Counter()
    for each, _journal, _end in answers:
        heard.update(each)
    end = max(end for _heard, _journal, end in answers)
    assert_invariants(end)
    # I7: who was told "booked" is booked, or has taken a further step since
    told = {pk for _heard, journal, _end in answers for pk in journal}
    stands = {Status.BOOKED, Status.CANCELLED}
    assert set(Appointment.objects.filter(pk__in=told).values_list("status", flat=True)) <= stands
    booked_events = AppointmentEvent.objects.filter(to_status=Status.BOOKED)
    assert told <= set(booked_events.values_list("appointment", flat=True))
    actions = set(AppointmentEvent.objects.values_list("action", flat=True))
    assert {"hold", "book", "extend", "give_up", "rebook", "cancel", "expire", "offer"} <= actions
    assert heard["won"] > 1000

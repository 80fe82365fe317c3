"""The table of transitions, over all pairs, against the table the office decided on."""

from __future__ import annotations

import itertools

import pytest

from booking.actions.refusals import TransitionNotAllowed
from booking.actions.transitions import transition, transition_waiting_entries
from booking.models import WaitingEntry
from booking.states import (
    ENDED,
    LIVE_FOR_PERSON,
    LIVE_FOR_SLOT,
    TRANSITIONS,
    WAITING_TRANSITIONS,
    Status,
    WaitingStatus,
    may_move,
)
from tests.factories import MONDAY, AppointmentFactory, WaitingEntryFactory

KNOWN = {
    "offered": "booked declined expired cancelled",
    "held": "booked cancelled expired",
    "booked": "checked_in cancelled no_show displaced",
    "checked_in": "completed booked",
    "completed": "checked_in",
    "no_show": "checked_in",
    "cancelled": "booked",
    "displaced": "booked",
    "expired": "",
    "declined": "",
}


@pytest.mark.parametrize(("old", "new"), list(itertools.product(Status, Status)))
def test_may_move_every_pair(old: Status, new: Status) -> None:
    """I3"""
    assert may_move(old, new) == (new in KNOWN[old].split())


def test_transitions_know_every_state() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert LIVE_FOR_PERSON < LIVE_FOR_SLOT
    assert ENDED.isdisjoint(LIVE_FOR_SLOT)


@pytest.mark.parametrize(
    ("old", "new"), [p for p in itertools.permutations(Status, 2) if not may_move(*p)]
)
def test_move_refuses_every_unknown_step(old: Status, new: Status, magdeburg: object) -> None:
    trait = {} if old == Status.BOOKED else {str(old): True}
    appointment = AppointmentFactory(**trait)

    with pytest.raises(TransitionNotAllowed):
        transition(appointment, new, action="test", now=MONDAY)

    appointment.refresh_from_db()
    assert appointment.status == old
    assert appointment.events.count() == 1


def test_move_refuses_who_saw_an_older_version(magdeburg: object) -> None:
    """T-B12"""
    appointment = AppointmentFactory()
    stale = type(appointment).objects.get(pk=appointment.pk)
    transition(appointment, Status.CHECKED_IN, action="check_in", now=MONDAY)

    with pytest.raises(TransitionNotAllowed):
        transition(stale, Status.NO_SHOW, action="no_show", now=MONDAY)

    stale.refresh_from_db()
    assert stale.status == Status.CHECKED_IN


def test_waiting_entry_only_ends_and_never_comes_back() -> None:
    ends = {WaitingStatus.SERVED, WaitingStatus.LEFT, WaitingStatus.ENDED}
    assert set(WAITING_TRANSITIONS) == set(WaitingStatus)
    assert {old: set(new) for old, new in WAITING_TRANSITIONS.items() if new} == {
        WaitingStatus.WAITING: ends
    }


@pytest.mark.parametrize(("old", "new"), list(itertools.product(WaitingStatus, WaitingStatus)))
def test_waiting_entry_moves_along_the_table_alone(
    old: WaitingStatus, new: WaitingStatus, magdeburg: object
) -> None:
    ended_at = None if old == WaitingStatus.WAITING else MONDAY
    entry = WaitingEntryFactory(status=old, ended_at=ended_at)
    mine = WaitingEntry.objects.filter(pk=entry.pk)

    if new == WaitingStatus.WAITING:
        with pytest.raises(TransitionNotAllowed):
            transition_waiting_entries(mine, new, now=MONDAY)
    else:
        moved = transition_waiting_entries(mine, new, now=MONDAY)
        assert moved == (new in WAITING_TRANSITIONS[old])

    entry.refresh_from_db()
    allowed = new in WAITING_TRANSITIONS[old]
    assert (entry.status, entry.version) == ((new, 2) if allowed else (old, 1))

"""The table of transitions, over all pairs, against the table the office decided on."""

from __future__ import annotations

import itertools

import pytest

from booking.actions.refusals import TransitionNotAllowed
from booking.actions.transitions import transition
from booking.states import ENDED, LIVE_FOR_PERSON, LIVE_FOR_SLOT, TRANSITIONS, Status, may_move
from tests.factories import MONDAY, AppointmentFactory

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
        transition(appointment, new, verb="test", now=MONDAY)

    appointment.refresh_from_db()
    assert appointment.status == old
    assert appointment.events.count() == 1


def test_move_refuses_who_saw_an_older_version(magdeburg: object) -> None:
    """T-B12"""
    appointment = AppointmentFactory()
    stale = type(appointment).objects.get(pk=appointment.pk)
    transition(appointment, Status.CHECKED_IN, verb="check_in", now=MONDAY)

    with pytest.raises(TransitionNotAllowed):
        transition(stale, Status.NO_SHOW, verb="no_show", now=MONDAY)

    stale.refresh_from_db()
    assert stale.status == Status.CHECKED_IN

from __future__ import annotations

import itertools

import pytest
from django.db import IntegrityError

from config.foundation.staff import Staff
from pickup_box.models import Box, Deposit
from pickup_box.states import ENDED, LIVE, OCCUPYING, TRANSITIONS, Status
from pickup_box.transitions import TransitionNotAllowed, transition
from tests.pickup_box.making import NOW, make_box, make_in

pytestmark = pytest.mark.django_db

ALLOWED = """
drafted: assigned withdrawn
assigned: loaded drafted withdrawn fault
loaded: notified withdrawn fault
notified: opened expired withdrawn fault
opened: collected unknown fault
unknown: collected loaded removed
collected: cleared
cleared:
expired: recalled
withdrawn: recalled
recalled: removed
removed:
fault: loaded removed
"""


def test_transitions_are_what_the_desk_was_promised() -> None:
    written = dict(line.split(":") for line in ALLOWED.split("\n") if line)
    promised = {Status(name): {Status(to) for to in rest.split()} for name, rest in written.items()}
    assert promised == TRANSITIONS
    assert set(TRANSITIONS) == set(Status)


def test_nothing_goes_from_loaded_to_free() -> None:  # I25
    free = {Status.DRAFTED, *ENDED}
    for status in {Status.LOADED, Status.NOTIFIED, Status.OPENED, Status.EXPIRED}:
        assert not TRANSITIONS[status] & free
    assert set(Status) - free == OCCUPYING
    assert not LIVE & ENDED


@pytest.mark.parametrize("start", Status)
def test_move_from_every_state_to_every_state(start: Status, box: Box, staff: Staff) -> None:
    deposit = make_in(start, box, staff)
    for to in Status:
        if to in TRANSITIONS[start]:
            continue
        events = deposit.events.count()
        with pytest.raises(TransitionNotAllowed):
            transition(deposit, to=to, action="test", by=staff, now=NOW)
        deposit.refresh_from_db()
        assert deposit.status == start
        assert deposit.events.count() == events


@pytest.mark.parametrize(
    ("start", "to"),
    [(a, b) for a, b in itertools.product(Status, Status) if b in TRANSITIONS[a]],
)
def test_move_along_every_edge(start: Status, to: Status, box: Box, staff: Staff) -> None:
    deposit = make_in(start, box, staff)
    columns: dict[str, object] = {}
    if to is Status.DRAFTED:
        columns["compartment_id"] = None
    if to is Status.ASSIGNED:
        columns["compartment"] = box.compartments.first()
    if to is Status.NOTIFIED:
        columns |= {"collect_until": NOW, "remind_at": NOW}
    transition(deposit, to=to, action="test", by=staff, now=NOW, detail="", **columns)
    event = deposit.events.last()
    assert event is not None
    assert (event.from_status, event.to_status, event.by) == (start, to, staff)
    assert deposit.code_hashes == "" or to is Status.NOTIFIED


def test_move_by_the_second_of_two_tells_who_was_first(box: Box, staff: Staff) -> None:  # F35
    deposit = make_in(Status.DRAFTED, box, staff)
    mine, theirs = (Deposit.objects.get(pk=deposit.pk) for _n in range(2))
    first, second = box.compartments.all()[:2]
    transition(mine, to=Status.ASSIGNED, action="assign", by=staff, now=NOW, compartment=first)
    with pytest.raises(TransitionNotAllowed, match="adaeze"):
        transition(
            theirs, to=Status.ASSIGNED, action="assign", by=staff, now=NOW, compartment=second
        )


def test_history_folds_to_the_present_state(staff: Staff) -> None:  # I4
    for status in Status:
        deposit = make_in(status, make_box(), staff)
        at = ""
        for event in deposit.events.all():
            assert event.from_status == at
            at = event.to_status
        assert at == deposit.status


def test_status_outside_the_table_is_refused_by_the_database(box: Box, staff: Staff) -> None:
    deposit = make_in(Status.ASSIGNED, box, staff)
    with pytest.raises(IntegrityError, match="deposit_status_is_known"):
        Deposit.objects.filter(pk=deposit.pk).update(status="lost")

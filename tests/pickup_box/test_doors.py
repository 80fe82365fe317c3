"""What the hardware tells, and what happens when it tells nothing."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from config.foundation.staff import Staff
from pickup_box.actions import boxes, doors
from pickup_box.models import Alarm, Box, Deposit, Nonce, Opening, WrongTry
from pickup_box.states import ENDED, Status
from tests.pickup_box.making import NOW, collect, make_box, make_in, make_notified

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def pickup(box: Box, staff: Staff) -> tuple[Deposit, Opening]:
    deposit, code = make_notified(box, staff)
    return deposit, collect(deposit, code)


def test_ordered_offers_a_door_until_it_answers(box: Box, staff: Staff) -> None:  # T-P5
    _deposit, opening = pickup(box, staff)
    assert doors.ordered(box=box, now=NOW) == [opening]
    assert doors.ordered(box=box, now=NOW + SECOND) == [opening]  # a lost answer is asked again
    assert doors.ordered(box=make_box(), now=NOW) == []
    assert doors.door_opened(box=box, nonce=opening.nonce, now=NOW + SECOND)
    assert not doors.door_opened(box=box, nonce=opening.nonce, now=NOW + SECOND)
    assert doors.ordered(box=box, now=NOW + 2 * SECOND) == []


def test_door_of_another_box_is_not_ours(box: Box, staff: Staff) -> None:
    _deposit, opening = pickup(box, staff)
    other = make_box()
    assert not doors.door_opened(box=other, nonce=opening.nonce, now=NOW)
    assert not doors.door_closed(box=other, nonce=opening.nonce, found_empty=True, now=NOW)
    assert not doors.door_closed(box=box, nonce=uuid.uuid4(), found_empty=True, now=NOW)


@pytest.mark.parametrize(
    ("found_empty", "status"),
    [(True, Status.CLEARED), (None, Status.COLLECTED), (False, Status.UNKNOWN)],
)
def test_door_closed_ends_the_visit(
    found_empty: bool | None, status: Status, box: Box, staff: Staff
) -> None:
    deposit, opening = pickup(box, staff)
    assert doors.door_closed(box=box, nonce=opening.nonce, found_empty=found_empty, now=NOW)
    assert not doors.door_closed(box=box, nonce=opening.nonce, found_empty=True, now=NOW)
    deposit.refresh_from_db()
    assert deposit.status == status
    assert Alarm.objects.filter(kind="not_taken").exists() == (found_empty is False)


def test_watch_gives_up_a_silent_door_within_30_seconds(box: Box, staff: Staff) -> None:  # T-P5
    deposit, opening = pickup(box, staff)
    assert doors.watch(now=NOW + 19 * SECOND) == 0
    # run every 5 s, so the alarm comes at 25 s at the latest
    assert doors.watch(now=NOW + 20 * SECOND) == 1
    assert doors.watch(now=NOW + 25 * SECOND) == 0
    deposit.refresh_from_db()
    assert deposit.status == Status.UNKNOWN
    assert Alarm.objects.get().cause == f"opening/{opening.pk}"
    assert doors.ordered(box=box, now=NOW + 21 * SECOND) == []
    # the answer that comes too late changes nothing
    assert not doors.door_opened(box=box, nonce=opening.nonce, now=NOW + 22 * SECOND)


def test_old_order_is_never_offered_even_before_the_watch(box: Box, staff: Staff) -> None:
    pickup(box, staff)
    assert doors.ordered(box=box, now=NOW + 20 * SECOND) == []


def test_watch_raises_one_alarm_for_a_door_left_open(box: Box, staff: Staff) -> None:  # I30
    deposit, opening = pickup(box, staff)
    doors.door_opened(box=box, nonce=opening.nonce, now=NOW)
    assert doors.watch(now=NOW + 114 * SECOND) == 0
    for second in (115, 120, 300):
        assert doors.watch(now=NOW + second * SECOND) == 1
    assert Alarm.objects.get().kind == "left_open"
    assert doors.door_closed(box=box, nonce=opening.nonce, found_empty=True, now=NOW + 301 * SECOND)
    deposit.refresh_from_db()
    assert deposit.status == Status.CLEARED


def test_power_lost_while_open_leaves_it_unknown(box: Box, staff: Staff) -> None:  # T-P5
    deposit, opening = pickup(box, staff)
    doors.door_opened(box=box, nonce=opening.nonce, now=NOW)
    assert doors.power_returned(box=box, now=NOW) == 1
    assert doors.power_returned(box=box, now=NOW) == 0
    deposit.refresh_from_db()
    assert deposit.status == Status.UNKNOWN
    assert not doors.door_closed(box=box, nonce=opening.nonce, found_empty=True, now=NOW)
    deposit.refresh_from_db()
    assert deposit.status == Status.UNKNOWN  # only staff know
    assert Alarm.objects.get().kind == "power_lost"


def test_watch_of_a_loading_door_leaves_the_reservation(box: Box, staff: Staff) -> None:
    deposit = make_in(Status.ASSIGNED, box, staff)
    assert doors.watch(now=NOW + 30 * SECOND) == 1
    deposit.refresh_from_db()
    assert deposit.status == Status.ASSIGNED
    assert list(Deposit.objects.stuck(now=NOW + 60 * SECOND)) == [deposit]


@pytest.mark.parametrize("status", set(Status) - {Status.DRAFTED})
def test_look_inside_in_every_state_leaves_it_as_it_was(
    status: Status, box: Box, staff: Staff
) -> None:
    deposit = make_in(status, box, staff)
    for reason in ("noise", "once more"):
        assert deposit.compartment
        boxes.look_inside(compartment=deposit.compartment, by=staff, reason=reason, now=NOW)
    deposit.refresh_from_db()
    assert deposit.status == status
    looked = deposit.events.filter(action="look_inside").count()
    assert looked == (0 if status in ENDED else 2)


def test_handle_alarms_once(box: Box, staff: Staff) -> None:
    pickup(box, staff)
    doors.watch(now=NOW + 30 * SECOND)
    alarms = list(Alarm.objects.all())
    assert boxes.handle_alarms(alarms=alarms, by=staff, now=NOW) == 1
    assert boxes.handle_alarms(alarms=alarms, by=staff, now=NOW) == 0


def test_sweep_deletes_only_what_is_old(box: Box) -> None:
    for hours in (0, 2, 30):
        at = NOW - timedelta(hours=hours)
        Nonce.objects.create(box=box, value=str(hours), at=at)
        WrongTry.objects.create(box=box, at=at)
    assert doors.sweep(now=NOW) == 3
    assert (Nonce.objects.count(), WrongTry.objects.count()) == (1, 2)

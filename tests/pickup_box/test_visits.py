"""A person at the terminal: who gets in, who does not, and what is counted."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

import pytest

from config.foundation.staff import Staff
from pickup_box.actions import boxes, deposits, doors, recalls, visits
from pickup_box.models import Alarm, Box, Deposit, Opening, WrongTry
from pickup_box.states import Status
from tests.pickup_box.making import (
    BORN,
    CONTACT,
    NOW,
    close,
    collect,
    make_box,
    make_in,
    make_loaded,
    make_notified,
    messages,
    newest_code,
    send_all,
    wrong,
)

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def test_collect_with_all_three_opens_and_records_the_handover(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    opening = collect(deposit, code)
    deposit.refresh_from_db()
    assert (deposit.status, deposit.code_hashes) == (Status.OPENED, "")  # single use
    assert (opening.by_contact, opening.by_code, opening.by_birth_date) == (True, True, True)
    assert opening.compartment == deposit.compartment
    close(deposit, found_empty=True)
    deposit.refresh_from_db()
    assert deposit.status == Status.CLEARED
    assert deposit.events.filter(to_status="collected").count() == 1  # I28
    assert Opening.objects.get(pk=opening.pk).code_hash == ""


@pytest.mark.parametrize(
    "other",
    [
        {"contact": "+4915999999999"},
        {"birth_date": "1987-03-10"},
        {"birth_date": "1987"},
        {"code": "wrong"},
        {"contact": "+4915999999999", "birth_date": "1950-01-01", "code": "wrong"},
    ],
)
def test_collect_gives_the_same_answer_for_everything_wrong(
    other: dict[str, str], box: Box, staff: Staff
) -> None:  # T-P1
    deposit, code = make_notified(box, staff)
    if "code" in other:
        other = {**other, "code": wrong(code)}
    with pytest.raises(visits.WrongPickupCode) as refused:
        collect(deposit, now=NOW, **{"code": code, **other})
    assert str(refused.value) == str(visits.WrongPickupCode())
    deposit.refresh_from_db()
    assert deposit.status == Status.NOTIFIED


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.NOTIFIED}))
def test_collect_in_any_other_state_is_the_same_wrong(
    status: Status, box: Box, staff: Staff
) -> None:
    deposit = make_in(status, box, staff)
    code = newest_code() if messages() else "000000"
    later = NOW + timedelta(minutes=1)  # not the same press any more
    with pytest.raises(visits.WrongPickupCode):
        collect(deposit, code, now=later)


def test_collect_needs_the_birth_date_in_its_precision(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff, holder_birth_date="1985")
    with pytest.raises(visits.WrongPickupCode):
        collect(deposit, code, birth_date="1985-01-01")
    assert collect(deposit, code, birth_date="1985").deposit == deposit


def test_collect_in_another_box_is_wrong(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    with pytest.raises(visits.WrongPickupCode):
        visits.collect(box=make_box(), contact=CONTACT, code=code, birth_date=BORN, now=NOW)
    assert collect(deposit, code)


def test_collect_pressed_twice_opens_once(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    first = collect(deposit, code)
    assert collect(deposit, code, now=NOW + 5 * SECOND) == first
    assert Opening.objects.filter(kind="collect").count() == 1
    with pytest.raises(visits.WrongPickupCode):
        collect(deposit, code, now=NOW + 40 * SECOND)


def test_collect_after_five_wrong_tries_is_void(box: Box, staff: Staff) -> None:  # T-P3
    deposit, code = make_notified(box, staff)
    for _n in range(5):
        with pytest.raises(visits.WrongPickupCode):
            collect(deposit, wrong(code))
    deposit.refresh_from_db()
    assert (deposit.wrong_tries, deposit.code_hashes, deposit.is_blocked) == (5, "", True)
    with pytest.raises(visits.WrongPickupCode):
        collect(deposit, code)
    assert Alarm.objects.get(kind="code_void").deposit == deposit
    assert deposit.events.get(action="void_code")
    deposits.reissue(deposit=deposit, by=staff, now=NOW)
    send_all()
    assert collect(deposit, newest_code()).deposit == deposit


def test_collect_gives_the_tries_back_when_one_was_right(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    other, _code = make_notified(box, staff, document_type="travel_document")
    for _n in range(3):
        with pytest.raises(visits.WrongPickupCode):
            collect(deposit, wrong(code))
    collect(deposit, code)
    other.refresh_from_db()
    assert other.wrong_tries == 3


def test_two_documents_in_one_visit(box: Box, staff: Staff) -> None:
    first = make_loaded(box, staff)
    second = make_loaded(box, staff, document_type="travel_document")
    assert send_all() == ["sent", "sent"]
    codes = [re.findall(r"\b\d{6}\b", message)[-1] for message in messages()]
    assert len(set(codes)) == 2
    for code, deposit in zip(codes, (first, second), strict=True):
        opening = collect(deposit, code)
        assert opening.deposit == deposit
        assert visits.others_waiting(opening, now=NOW) == (1 if deposit == first else 0)
        close(deposit)


def test_terminal_pauses_after_ten_wrong_in_a_quarter(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    for second in range(10):
        with pytest.raises(visits.WrongPickupCode):
            collect(deposit, code, contact="+4915999999999", now=NOW + second * SECOND)
    with pytest.raises(visits.TerminalPaused):
        collect(deposit, code, now=NOW + 11 * SECOND)
    assert Alarm.objects.get(kind="paused").box == box
    with pytest.raises(visits.TerminalPaused):
        collect(deposit, code, now=NOW + timedelta(minutes=5))
    after = NOW + timedelta(minutes=5, seconds=10)
    with pytest.raises(visits.WrongPickupCode):  # one more does not pause again at once
        collect(deposit, wrong(code), now=after)
    assert collect(deposit, code, now=after).deposit == deposit


def test_terminal_does_not_pause_for_tries_of_another_quarter(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    for minute in range(0, 20, 2):
        with pytest.raises(visits.WrongPickupCode):
            collect(deposit, code, contact="+4915999999999", now=NOW + timedelta(minutes=minute))
    assert collect(deposit, code, now=NOW + timedelta(minutes=20)).deposit == deposit


def open_many(box: Box, staff: Staff, *, count: int, every: timedelta) -> int:
    """How many of `count` openings, one `every` so often, the box allowed."""
    ready = [make_notified(box, staff, contact=f"+4915112345{n:03}") for n in range(count)]
    for opened, (deposit, code) in enumerate(ready):
        try:
            collect(deposit, code, now=NOW + opened * every)
        except visits.BoxStopped:
            return opened
        close(deposit, now=NOW + opened * every)
    return count


def test_box_stops_at_the_fourth_opening_in_a_minute(staff: Staff) -> None:  # T-P7
    box = make_box(compartments=6)
    assert open_many(box, staff, count=5, every=15 * SECOND) == 3
    assert Alarm.objects.get(kind="stopped").box == box
    stopped = Deposit.objects.filter(status=Status.NOTIFIED)
    assert stopped.count() == 2
    boxes.start_box(box=box, by=staff, now=NOW)
    assert Alarm.objects.get(kind="stopped").handled_by == staff


def test_box_stops_at_the_twenty_first_opening_in_an_hour(staff: Staff) -> None:  # T-P7
    box = make_box(compartments=24)
    assert open_many(box, staff, count=22, every=timedelta(minutes=2)) == 20


def test_box_allows_twenty_openings_an_hour(staff: Staff) -> None:
    box = make_box(compartments=24)
    assert open_many(box, staff, count=22, every=timedelta(minutes=3)) == 22


def test_openings_by_staff_never_stop_the_box(box: Box, staff: Staff) -> None:
    for door in box.compartments.all():
        boxes.look_inside(compartment=door, by=staff, reason="cleaning", now=NOW)
        boxes.look_inside(compartment=door, by=staff, reason="cleaning", now=NOW)
    assert Opening.objects.count() == 4
    deposit, code = make_notified(make_box(), staff)
    assert collect(deposit, code)


def test_stopped_box_opens_nothing_until_it_is_started(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    boxes.stop_box(box=box, by=staff, now=NOW)
    with pytest.raises(visits.BoxStopped):
        collect(deposit, code)
    boxes.start_box(box=box, by=staff, now=NOW)
    assert collect(deposit, code)


def test_collect_from_a_closed_compartment_says_so(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    box.compartments.update(in_service=False)
    with pytest.raises(visits.DoorBroken):
        collect(deposit, code)


def test_collect_while_staff_look_inside_has_to_wait(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    assert deposit.compartment
    look = boxes.look_inside(compartment=deposit.compartment, by=staff, reason="noise", now=NOW)
    with pytest.raises(visits.DoorInUse):
        collect(deposit, code)
    doors.door_closed(box=box, nonce=look.nonce, found_empty=False, now=NOW)
    deposit.refresh_from_db()
    assert (deposit.status, deposit.wrong_tries) == (Status.NOTIFIED, 0)
    assert collect(deposit, code).deposit == deposit


def test_old_document_first_by_declaration(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff, old_document="expected")
    with pytest.raises(visits.OldDocumentNeeded) as asked:
        collect(deposit, code)
    assert not Opening.objects.filter(kind="collect")
    opening = visits.hand_in_and_collect(
        deposit=asked.value.deposit, issue=0, identified_at=NOW, now=NOW + 30 * SECOND
    )
    deposit.refresh_from_db()
    assert (opening.old_document_in, deposit.old_document) == (True, "surrendered")
    again = visits.hand_in_and_collect(
        deposit=deposit, issue=0, identified_at=NOW, now=NOW + 31 * SECOND
    )
    assert again == opening


def test_old_document_first_by_sensor(staff: Staff) -> None:
    box = make_box(slot_sensor=True)
    deposit, code = make_notified(box, staff, old_document="expected")
    doors.slot_filled(box=box, now=NOW - timedelta(minutes=1))  # somebody else's
    with pytest.raises(visits.OldDocumentNeeded):
        collect(deposit, code)
    hand_in = partial(
        visits.hand_in_and_collect,
        deposit=deposit,
        issue=0,
        identified_at=NOW,
        now=NOW + 9 * SECOND,
    )
    with pytest.raises(visits.OldDocumentNeeded):
        hand_in()
    doors.slot_filled(box=box, now=NOW + 8 * SECOND)
    assert hand_in().old_document_in


def test_old_document_too_late_or_after_a_new_issue_is_wrong(box: Box, staff: Staff) -> None:
    deposit, _code = make_notified(box, staff, old_document="expected")
    with pytest.raises(visits.WrongPickupCode):
        visits.hand_in_and_collect(
            deposit=deposit, issue=0, identified_at=NOW, now=NOW + timedelta(minutes=2)
        )
    deposits.reissue(deposit=deposit, by=staff, now=NOW)
    send_all()
    with pytest.raises(visits.WrongPickupCode):
        visits.hand_in_and_collect(deposit=deposit, issue=0, identified_at=NOW, now=NOW)


def test_code_is_dead_at_the_midnight_after_the_last_day(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    assert deposit.collect_until
    assert deposit.last_day
    assert deposit.last_day.isoformat() == "2026-12-03"
    with pytest.raises(visits.WrongPickupCode):  # no sweeper ran
        collect(deposit, code, now=deposit.collect_until)
    assert collect(deposit, code, now=deposit.collect_until - SECOND).deposit == deposit


# one long transaction would keep every old version of the rows: the thousand are committed
MANY = pytest.param(1000, marks=[pytest.mark.slow, pytest.mark.django_db(transaction=True)])


@pytest.mark.parametrize("cycles", [20, MANY])
def test_old_code_never_opens_new_content(cycles: int, staff: Staff) -> None:  # T-P6
    box = make_box(compartments=1)
    old = ""
    now = NOW
    opened_by_old = 0
    for _cycle in range(cycles):
        now += timedelta(hours=1)
        deposit, code = make_notified(box, staff, now=now)
        if old and old != code:
            try:
                collect(deposit, old, now=now)
                opened_by_old += 1
            except visits.WrongPickupCode:
                pass
        collect(deposit, code, now=now)
        close(deposit, found_empty=True, now=now)
        old = code
    assert opened_by_old == 0
    assert Deposit.objects.filter(status=Status.CLEARED).count() == cycles
    assert WrongTry.objects.count() >= cycles - 2  # two codes in a row may be the same


def test_expired_code_never_opens_what_lies_there_next(staff: Staff) -> None:  # T-P6
    box = make_box(compartments=1)
    deposit, code = make_notified(box, staff)
    later = NOW + timedelta(days=20)
    assert recalls.expire(now=later) == 1
    with pytest.raises(deposits.BoxFull):
        make_in(Status.ASSIGNED, box, staff)
    recalls.recall(deposit=deposit, by=staff, now=later)
    close(deposit)
    recalls.remove(deposit=deposit, by=staff, now=later)
    after, _code = make_notified(box, staff, now=later)
    assert after.compartment == deposit.compartment
    with pytest.raises(visits.WrongPickupCode):
        collect(deposit, code, now=later)

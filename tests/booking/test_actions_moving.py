"""How every action acts when the database says no, or not now."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, OperationalError

from booking import actions
from booking.actions import expiry
from booking.actions.refusals import SlotNotOpen, SlotTaken, TransitionNotAllowed
from booking.actions.transitions import claim_slot, transition
from booking.models import Appointment, Slot
from booking.states import Status
from config.foundation.actions import Busy, action
from tests.booking.holding import end_of
from tests.factories import ApplicantFactory, AppointmentFactory


class Failure(Exception):
    """The error of the driver."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


DEADLOCK, LOCK_TIMEOUT, OTHER = "40P01", "55P03", "57014"


def failing(state: str, times: int, *, app: str) -> list[str]:
    """What an action of `app` says that meets an error of the database so often before it works."""
    said: list[str] = []

    def act() -> str:
        said.append("tried")
        if len(said) > times:
            return "done"
        raise OperationalError from Failure(state)

    act.__module__ = f"{app}.actions"
    said.append(action(act)())
    return said


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("app", "most"), [("booking", 3), ("pickup_box", 3)], ids=["desk", "box"])
class TestDeadlock:
    """T-B10: tried again a few times, for the office and for the box."""

    def test_action_is_tried_again_after_a_deadlock(self, app: str, most: int) -> None:
        assert failing(DEADLOCK, most, app=app) == ["tried"] * (most + 1) + ["done"]

    def test_action_gives_up_after_too_many(self, app: str, most: int) -> None:
        with pytest.raises(OperationalError):
            failing(DEADLOCK, most + 1, app=app)

    def test_lock_that_never_comes_is_busy(self, app: str, most: int) -> None:
        with pytest.raises(Busy):
            failing(LOCK_TIMEOUT, 1, app=app)

    def test_any_other_failure_is_no_refusal(self, app: str, most: int) -> None:
        with pytest.raises(OperationalError):
            failing(OTHER, 1, app=app)


def test_integrity_error_of_no_known_constraint_stays_one(slots: list[Slot]) -> None:
    @action
    def act() -> None:
        same = {name: getattr(slots[0], name) for name in ("counter", "starts_at", "ends_at")}
        Slot.objects.create(**same)

    with pytest.raises(IntegrityError):
        act()


def test_refused_action_leaves_the_row_in_memory_as_it_was(
    slots: list[Slot], now: datetime
) -> None:
    booked = AppointmentFactory(slot=slots[0])
    before = dict(vars(booked))

    @action
    def act(*, appointment: Appointment) -> None:
        transition(appointment, Status.CHECKED_IN, action="check_in", now=now)
        raise SlotTaken

    with pytest.raises(SlotTaken):
        act(appointment=booked)
    assert {name: vars(booked)[name] for name in before} == before
    booked.refresh_from_db()
    assert booked.status == Status.BOOKED


@pytest.mark.parametrize("quarantined", [True, False])
def test_claim_slot_refuses_what_has_begun(slots: list[Slot], quarantined: bool) -> None:
    with pytest.raises(SlotNotOpen):
        claim_slot(slots[0].pk, quota=None, now=slots[0].starts_at, quarantined=quarantined)


def test_claim_slot_refuses_what_rests_unless_that_is_no_hindrance(
    slots: list[Slot], now: datetime
) -> None:
    Slot.objects.update(bookable_from=now + timedelta(minutes=2))
    with pytest.raises(SlotNotOpen):
        claim_slot(slots[0].pk, quota=None, now=now)
    claim_slot(slots[0].pk, quota=None, now=now, quarantined=True)


def test_release_counts_only_what_it_tidied_itself(
    slots: list[Slot], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:  # F9
    held = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    expire_hold = expiry.expire_hold

    def somebody_was_first(*, appointment: Appointment, now: datetime) -> None:
        expire_hold(appointment=Appointment.objects.get(pk=appointment.pk), now=now)
        expire_hold(appointment=appointment, now=now)

    monkeypatch.setattr(expiry, "expire_hold", somebody_was_first)
    assert actions.expire_due_holds(now=end_of(held)) == 0
    held.refresh_from_db()
    assert (held.status, held.events.count()) == (Status.EXPIRED, 2)


def test_move_outside_the_table_is_refused(slots: list[Slot], now: datetime) -> None:
    completed = AppointmentFactory(slot=slots[0], completed=True)
    with pytest.raises(TransitionNotAllowed):
        transition(completed, Status.BOOKED, action="x", now=now)

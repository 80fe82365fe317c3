"""Random sequences of everything people, staff, doors and the clock do to a box."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from config.foundation.actions import Refused
from config.foundation.outbox import send, waiting
from config.foundation.staff import Staff
from pickup_box.actions import boxes, deposits, doors, recalls, visits
from pickup_box.models import Box, Compartment, Deposit, Opening
from pickup_box.states import ENDED, OCCUPYING, Status
from tests.invariants import assert_invariants
from tests.pickup_box import making
from tests.pickup_box.making import BORN, CONTACT, NOW
from tests.sequences import play

DOORS = 3
door = st.integers(1, DOORS)


class Cabinet(RuleBasedStateMachine):
    """The model: the codes each deposit was ever given, and which documents were handed out."""

    @initialize(four_eyes=st.booleans())
    def set_it_up(self, four_eyes: bool) -> None:
        """Three doors, two members of staff."""
        self.sandbox = transaction.atomic()
        self.sandbox.__enter__()
        making.SENT.clear()
        self.now: datetime = NOW
        self.box: Box = making.make_box(compartments=DOORS, four_eyes=four_eyes)
        self.staff: list[Staff] = [making.make_staff(), making.make_staff()]
        self.codes: dict[int, list[str]] = {}

    def teardown(self) -> None:
        """Everything is undone."""
        if hasattr(self, "sandbox"):
            transaction.set_rollback(True)
            self.sandbox.__exit__(None, None, None)

    def at(self, number: int) -> Deposit | None:
        """What lies, or is to lie, behind a door."""
        inside = Deposit.objects.filter(status__in=OCCUPYING, compartment__number=number)
        return inside.select_related("box", "compartment").first()

    def do(self, action: Callable[..., object], number: int, who: int, **more: object) -> None:
        """A action of staff on what is behind a door; a refusal is an answer."""
        if deposit := self.at(number):
            try:
                action(deposit=deposit, by=self.staff[who], now=self.now, **more)
            except Refused:
                return

    @rule()
    def draft_and_assign(self) -> None:
        """A document arrives; it gets a compartment or waits."""
        making.make_draft(self.box, self.staff[0], now=self.now)
        waiting = Deposit.objects.waiting()[0]
        free = Compartment.objects.free().exists()
        try:
            deposits.assign(deposit=waiting, by=self.staff[0], now=self.now)
        except deposits.BoxFull:
            assert not free  # I29
        else:
            assert free

    @rule(number=door, who=st.integers(0, 1))
    def load(self, number: int, who: int) -> None:
        """The door is closed, the document lies in it."""
        self.do(deposits.load, number, who)

    @rule(number=door, who=st.integers(0, 1))
    def check(self, number: int, who: int) -> None:
        """The second pair of eyes."""
        self.do(deposits.check_load, number, who)

    @rule(
        number=door,
        action=st.sampled_from(
            [deposits.give_back, deposits.reissue, recalls.recall, recalls.remove,
             recalls.confirm_empty]
        ),
    )  # fmt: skip
    def act(self, number: int, action: Callable[..., object]) -> None:
        """Any action of the desk, fitting or not."""
        self.do(action, number, 0)

    @rule(number=door)
    def withdraw(self, number: int) -> None:
        self.do(deposits.withdraw, number, 0, reason="wish")

    @rule(number=door, found=st.sampled_from(recalls.Found))
    def settle(self, number: int, found: recalls.Found) -> None:
        self.do(recalls.settle, number, 0, found=found)

    @rule(number=door)
    def look(self, number: int) -> None:
        """Staff open a door in between."""
        compartment = self.box.compartments.get(number=number)
        boxes.look_inside(compartment=compartment, by=self.staff[1], reason="noise", now=self.now)

    @rule(number=door)
    def break_down(self, number: int) -> None:
        """A door reports that it is broken."""
        boxes.report_broken(box=self.box, number=number, now=self.now)

    @rule(number=door)
    def repair(self, number: int) -> None:
        compartment = self.box.compartments.get(number=number)
        boxes.reopen_compartment(compartment=compartment, by=self.staff[0], now=self.now)

    @rule()
    def send(self) -> None:
        """Messages leave one by one; what each says is remembered with its deposit."""
        for letter in waiting().order_by("pk"):
            before = len(making.SENT)
            assert send(letter, now=self.now) in {"sent", "withdrawn", "failed"}
            fresh = [code for text in making.SENT[before:] for code in making.codes_in(text)]
            self.codes.setdefault(letter.about, []).extend(fresh)

    @rule(number=door, newest=st.booleans())
    def collect(self, number: int, newest: bool) -> None:
        """Somebody types a code that was once sent about what is, or was, behind the door."""
        known = sorted(code for codes in self.codes.values() for code in codes)
        deposit = self.at(number)
        mine = self.codes.get(deposit.pk, []) if deposit else []
        code = mine[-1] if mine and newest else known[0] if known else "000000"
        try:
            opening = visits.collect(
                box=self.box, contact=CONTACT, code=code, birth_date=BORN, now=self.now
            )
        except Refused:
            return
        assert opening.deposit_id
        assert code in self.codes[opening.deposit_id]  # never another one's door: T-P6
        assert opening.compartment_id == Deposit.objects.get(pk=opening.deposit_id).compartment_id

    @rule(number=door, closes=st.booleans(), empty=st.sampled_from([True, False, None]))
    def hardware(self, number: int, closes: bool, empty: bool | None) -> None:
        """A door answers: it opens, and perhaps closes."""
        running = Opening.objects.running().filter(box=self.box, compartment__number=number)
        for opening in running:
            doors.door_opened(box=self.box, nonce=opening.nonce, now=self.now)
            if closes:
                doors.door_closed(
                    box=self.box, nonce=opening.nonce, found_empty=empty, now=self.now
                )

    @rule()
    def lose_power(self) -> None:
        """And it is back."""
        doors.power_returned(box=self.box, now=self.now)

    @rule()
    def start_again(self) -> None:
        """Staff have looked at a box that stopped or pauses."""
        boxes.start_box(box=self.box, by=self.staff[0], now=self.now)

    @rule(
        passes=st.sampled_from(
            [timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=10), timedelta(days=2)]
        )
    )
    def time_passes(self, passes: timedelta) -> None:
        """Seconds to days; the sweepers run as beat runs them."""
        self.now += passes
        doors.watch(now=self.now)
        recalls.expire(now=self.now)
        recalls.remind(now=self.now)

    @invariant()
    def everything_holds(self) -> None:
        """Every invariant; and nobody lets go of a compartment that was not seen empty."""
        if not hasattr(self, "codes"):
            return
        assert_invariants(self.now, app="pickup_box")
        for deposit in Deposit.objects.filter(status__in=ENDED):
            last = deposit.events.order_by("-pk").first()
            assert last is not None
            assert last.by_id or last.detail == "sensor"  # I25
        assert (
            not Deposit.objects.filter(code_hashes="", status=Status.NOTIFIED)
            .exclude(wrong_tries__gte=5)
            .exclude(pk__in=Deposit.objects.filter(events__action="reissue"))
            .exists()
        )  # I27


@pytest.mark.django_db
def test_box_keeps_every_promise_in_random_sequences() -> None:
    """I24 to I30."""
    play(Cabinet)

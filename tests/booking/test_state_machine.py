"""Random sequences of everything people, the office and the clock do, against a plain dict."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from booking import actions
from booking.models import Applicant, Appointment, Slot, WaitingEntry
from booking.states import LIVE_FOR_SLOT, Status
from config.foundation.actions import Refused
from tests.factories import (
    MONDAY,
    ApplicantFactory,
    OfficeFactory,
    ServiceStatusFactory,
    SlotFactory,
)
from tests.invariants import assert_invariants
from tests.sequences import play

PEOPLE, SLOTS = 4, 5
person = st.integers(0, PEOPLE - 1)
number = st.integers(0, SLOTS - 1)


class Killed(Exception):
    """The process died before it could commit."""


class Booking(RuleBasedStateMachine):
    """The model: who was told that which slot is theirs, and until when nobody else may have it."""

    @initialize()
    def open_the_office(self) -> None:
        """Five times and four people."""
        self.sandbox = transaction.atomic()
        self.sandbox.__enter__()
        self.now: datetime = MONDAY
        ServiceStatusFactory()
        OfficeFactory(holds_per_hour=1000)
        SlotFactory.reset_sequence(0)
        self.slots: list[Slot] = SlotFactory.create_batch(SLOTS)
        self.people: list[Applicant] = ApplicantFactory.create_batch(PEOPLE)
        # person -> (slot, end of the promise or None when it is booked)
        self.model: dict[int, tuple[int, datetime | None]] = {}

    def teardown(self) -> None:
        """Everything is undone."""
        if hasattr(self, "sandbox"):
            transaction.set_rollback(True)
            self.sandbox.__exit__(None, None, None)

    def act(self, action: Callable[[], Appointment], who: int) -> None:
        """Does it; what the person is told becomes the model."""
        try:
            row = action()
        except Refused:
            return
        end = row.free_from if row.status == Status.HELD else None
        if row.status in LIVE_FOR_SLOT:
            self.model[who] = (row.slot_id, end)
        else:
            self.model.pop(who, None)

    def row(self, who: int) -> Appointment | None:
        """The newest appointment of a person."""
        rows = self.people[who].appointments.exclude(status__in=["offered", "declined"])
        return rows.select_related("applicant", "slot").order_by("-pk").first()

    @rule(who=person, which=number)
    def hold(self, who: int, which: int) -> None:
        """One time, or another one instead."""
        slot = self.slots[which].pk
        self.act(lambda: actions.hold(applicant=self.people[who], slot_id=slot, now=self.now), who)

    @rule(who=person)
    def hold_earliest(self, who: int) -> None:
        self.act(lambda: actions.hold_earliest(applicant=self.people[who], now=self.now), who)

    @rule(who=person, twice=st.booleans())
    def confirm(self, who: int, twice: bool) -> None:
        """Once, or delivered twice."""
        for _time in range(1 + twice):
            if row := self.row(who):
                self.act(partial(actions.book, appointment=row, now=self.now), who)

    @rule(who=person)
    def extend(self, who: int) -> None:
        """Ten more minutes."""
        if row := self.row(who):
            self.act(lambda: actions.extend(appointment=row, now=self.now), who)

    @rule(who=person)
    def cancel_hold(self, who: int) -> None:
        """Back to the list."""
        row = self.row(who)
        if row is not None and row.status == Status.HELD:
            self.act(lambda: actions.cancel_hold(appointment=row, now=self.now), who)

    @rule(who=person, which=number)
    def rebook(self, who: int, which: int) -> None:
        if row := self.row(who):
            slot = self.slots[which].pk
            self.act(
                lambda: actions.rebook(
                    appointment=row, slot_id=slot, revision=row.revision, now=self.now
                ),
                who,
            )

    @rule(who=person, twice=st.booleans())
    def cancel(self, who: int, twice: bool) -> None:
        reason = Appointment.CancelReason.BY_APPLICANT
        for _time in range(1 + twice):
            if row := self.row(who):
                self.act(
                    partial(actions.cancel, appointment=row, reason=reason, now=self.now),
                    who,
                )

    @rule(who=person)
    def join(self, who: int) -> None:
        try:
            actions.join(applicant=self.people[who], now=self.now)
        except Refused:
            return

    @rule()
    def offer(self) -> None:
        """Free times to those who wait."""
        actions.offer_slots(now=self.now)

    @rule(who=person, accepts=st.booleans())
    def answer(self, who: int, accepts: bool) -> None:
        entry = WaitingEntry.objects.active().filter(applicant=self.people[who]).first()
        offered = actions.open_offer(entry, now=self.now) if entry else None
        if offered is None:
            return
        if accepts:
            self.act(lambda: actions.accept(appointment=offered, now=self.now), who)
        else:
            actions.decline(appointment=offered, now=self.now)

    @rule(seconds=st.integers(1, 700))
    def time_passes(self, seconds: int) -> None:
        """Seconds to a little more than a hold."""
        self.now += timedelta(seconds=seconds)
        ended = [who for who, (_slot, end) in self.model.items() if end and end <= self.now]
        for who in ended:
            del self.model[who]

    @rule()
    def release(self) -> None:
        """The sweeper, anywhere in the sequence."""
        actions.expire_due_holds(now=self.now)

    @rule(who=person, which=number)
    def killed_before_commit(self, who: int, which: int) -> None:
        """The process dies between the last write and the commit."""
        try:
            with transaction.atomic():
                actions.hold(applicant=self.people[who], slot_id=self.slots[which].pk, now=self.now)
                raise Killed
        except (Killed, Refused):
            return

    @invariant()
    def everything_holds(self) -> None:
        """The database agrees with what people were told, and with every invariant."""
        if not hasattr(self, "model"):
            return
        live = Appointment.objects.live(now=self.now).exclude(status=Status.OFFERED)
        position = {row.pk: index for index, row in enumerate(self.people)}
        found = {
            position[applicant]: (slot, end)
            for applicant, slot, end in live.values_list("applicant", "slot", "free_from")
        }
        assert found == self.model
        assert_invariants(self.now)


@pytest.mark.django_db(transaction=False)
def test_booking_keeps_every_promise_in_random_sequences() -> None:
    """I1 to I12, T-B4."""
    play(Booking)

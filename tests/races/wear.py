"""What processes do that race at work: sweepers, senders, the desk, and everything at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from unittest import mock

from django.core import mail
from django.db import transaction
from django.utils import timezone

from booking import actions
from booking.models import Applicant, Appointment, Slot, WaitingEntry
from booking.models.slots import SlotQuerySet
from booking.states import Status
from config.foundation.actions import Refused
from config.foundation.outbox import Notification, send_due
from config.foundation.staff import Staff
from tests.races.actors import Meet, hold_each, told

BY_APPLICANT = Appointment.CancelReason.BY_APPLICANT
BY_OFFICE = Appointment.CancelReason.OFFICE


def release_once(meet: Meet, now: datetime) -> int:
    """One run of the sweeper; how many holds it released."""
    meet()
    return actions.expire_due_holds(now=now, limit=1000)


def send_all(meet: Meet) -> list[str]:
    """Sends what is due; the Message-IDs that left."""
    meet()
    while send_due(queue=Notification.Queue.ORDINARY, now=timezone.now()):
        pass
    # the list comes into being with the first message
    return [str(each.extra_headers["Message-ID"]) for each in getattr(mail, "outbox", [])]


def hold_unguarded(meet: Meet, people: list[int], slots: list[int]) -> list[str]:
    """`hold` as if its code never looked whether a time is free: the index has the last word."""
    everything = mock.patch.object(SlotQuerySet, "public", lambda self, **_when: self)
    with everything:
        return hold_each(meet, people, slots)


def write_for_long(meet: Meet, slot: int) -> list[str]:
    """A writer that takes three seconds over one row."""
    meet()
    with transaction.atomic():
        Slot.objects.filter(pk=slot).update(free_since=timezone.now())
        time.sleep(3)
    return []


def write_beside(meet: Meet, role: str, *arguments: Any) -> list[str]:
    """One process writes for long, the others hold times."""
    actors: dict[str, Callable[..., list[str]]] = {"hold": hold_each, "write": write_for_long}
    return actors[role](meet, *arguments)


def _actions(staff: Staff, spare: int) -> dict[str, Callable[[Appointment, datetime], object]]:
    return {
        "check_in": lambda row, now: actions.check_in(appointment=row, now=now, by=staff),
        "no_show": lambda row, now: actions.mark_no_show(appointment=row, now=now, by=staff),
        "office cancels": lambda row, now: actions.cancel(
            appointment=row, reason=BY_OFFICE, now=now, by=staff
        ),
        "cancel": lambda row, now: actions.cancel(appointment=row, reason=BY_APPLICANT, now=now),
        "rebook": lambda row, now: actions.rebook(
            appointment=row, slot_id=spare, revision=row.revision, now=now
        ),
    }


def act_on_each(meet: Meet, action: str, staff: int, pks: list[int], spare: list[int]) -> list[str]:
    """One action on each appointment as it was when all processes looked at it; what each heard."""
    by = Staff.objects.get(pk=staff)
    heard = []
    for pk, slot in zip(pks, spare, strict=True):
        row = Appointment.objects.select_related("slot", "applicant").get(pk=pk)
        act = _actions(by, slot)[action]
        meet()
        heard.append(told(partial(act, row, timezone.now())))
    return heard


class Fuzzer:
    """Random actions of random people, on a clock that is sixty times faster than the wall's."""

    SPEED = 60

    def __init__(self, seed: int, people: list[int], slots: list[int], began: datetime) -> None:
        self.dice = random.Random(seed)
        self.people, self.slots, self.began = people, slots, began
        self.absent = people[::4]  # who holds a time and never comes back
        self.journal: list[int] = []  # appointments whose person was told "booked"

    def now(self) -> datetime:
        """The same moment in every process."""
        return self.began + self.SPEED * (timezone.now() - self.began)

    def step(self) -> str:
        """One action; what was heard."""
        often = [self.hold, self.book, self.book, self.answer]
        now_and_then = [self.earliest, self.extend, self.cancel_hold, self.rebook, self.cancel]
        now_and_then += [self.join, self.offer, self.leave, self.release]
        return told(self.dice.choice(often * 2 + now_and_then))

    def person(self) -> Applicant:
        return Applicant.objects.get(pk=self.dice.choice(self.people))

    def row(self, *, status: Status | None = None) -> Appointment:
        """Somebody's newest appointment; of any person who has one in `status`."""
        rows = Appointment.objects.select_related("slot", "applicant", "entry")
        if status is not None:
            rows = rows.filter(status=status).exclude(applicant_id__in=self.absent)
        row = rows.filter(applicant_id__gte=self.dice.choice(self.people)).order_by("-pk").first()
        if row is None:
            raise Refused
        return row

    def hold(self) -> None:
        slot = self.dice.choice(self.slots)
        actions.hold(applicant=self.person(), slot_id=slot, now=self.now())

    def earliest(self) -> None:
        actions.hold_earliest(applicant=self.person(), now=self.now())

    def book(self) -> None:
        row = actions.book(appointment=self.row(status=Status.HELD), now=self.now())
        self.journal.append(row.pk)

    def extend(self) -> None:
        """Ten more minutes."""
        actions.extend(appointment=self.row(status=Status.HELD), now=self.now())

    def cancel_hold(self) -> None:
        """Back to the list."""
        actions.cancel_hold(appointment=self.row(status=Status.HELD), now=self.now())

    def rebook(self) -> None:
        row = self.row(status=Status.BOOKED)
        slot = self.dice.choice(self.slots)
        actions.rebook(appointment=row, slot_id=slot, revision=row.revision, now=self.now())

    def cancel(self) -> None:
        row = self.row(status=Status.BOOKED)
        actions.cancel(appointment=row, reason=BY_APPLICANT, now=self.now())

    def join(self) -> None:
        actions.join(applicant=self.person(), now=self.now())

    def offer(self) -> None:
        """Free times to those who wait."""
        actions.offer_slots(now=self.now(), limit=5)

    def answer(self) -> None:
        """Accepts or declines an offer."""
        row, now = self.row(status=Status.OFFERED), self.now()
        if self.dice.random() < 0.3:
            actions.decline(appointment=row, now=now)
            return
        self.journal.append(actions.accept(appointment=row, now=now).pk)

    def leave(self) -> None:
        """The waiting list, now and then."""
        entries = WaitingEntry.objects.active().filter(applicant_id=self.dice.choice(self.people))
        if entry := entries.first():
            actions.leave(entry=entry, now=self.now())

    def release(self) -> None:
        actions.expire_due_holds(now=self.now())


def fuzz(
    meet: Meet, seed: int, people: list[int], slots: list[int], began: datetime, seconds: float
) -> tuple[dict[str, int], list[int], datetime]:
    """Random actions for so many seconds: how often what was heard, who was told "booked", end"""
    fuzzer, heard = Fuzzer(seed, people, slots, began), dict[str, int]()
    meet()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = fuzzer.step()
        heard[answer] = heard.get(answer, 0) + 1
    return heard, fuzzer.journal, fuzzer.now()

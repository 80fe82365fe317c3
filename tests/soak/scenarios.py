"""What happens to a stack while it is soaked.

A scenario has a name and `run(soak)`, which returns soon after `soak.over` is set. It counts what
it did (`soak.count`), keeps its worst figures (`soak.measure`) and notes what must never happen
(`soak.fail`). All scenarios of `SCENARIOS` act at once, each in a thread of its own.
"""

from __future__ import annotations

import asyncio
import time
import urllib.request
from datetime import timedelta
from http.client import HTTPException
from itertools import count
from typing import Protocol
from urllib.error import HTTPError

from django.utils import timezone

from booking.models import Counter as Counters
from booking.models import Slot
from booking.simulation import rush_rehearsal
from tests.randomness import seeded
from tests.soak.answers import AN_ANSWER, Visitor, judge
from tests.soak.disturbing import Killing, KillingWeb, SlowClients
from tests.soak.one import Soak
from tests.soak.pairs import Pairs
from tests.soak.watching import Letters, Watching, settle

EVERY = 10  # seconds between two rounds of bookings
PEOPLE = 2
OWN = "soak"
_seconds = count()
PAGES = ("/de/", "/en/", "/en/check/", "/en/times/", "/en/manage/", "/readyz", "/healthz")
__all__ = ["SCENARIOS", "settle", "stage"]


class Scenario(Protocol):
    """What one.py runs in a thread."""

    name: str

    def run(self, soak: Soak) -> None:
        """Acts until the time is over."""


class Asking:
    """A page each second: an answer within 30 s, and no 5xx but a 503 with a sentence."""

    name = "asking"

    def run(self, soak: Soak) -> None:
        """Asks for one page after the other."""
        turn = 0
        while not soak.over.wait(1):
            turn += 1
            self.ask(soak, PAGES[turn % len(PAGES)])

    def ask(self, soak: Soak, path: str) -> None:
        """Asks for one page."""
        began = time.monotonic()
        frozen = soak.is_frozen
        soak.count("pages")
        base = soak.stack.inside if path == "/readyz" else soak.stack.base
        status, text = 0, ""
        try:
            with urllib.request.urlopen(base + path, timeout=AN_ANSWER) as answer:
                status, text = answer.status, answer.read().decode(errors="replace")
        except HTTPError as error:
            status, text = error.code, error.read().decode(errors="replace")
        except (OSError, HTTPException) as error:
            text = str(error)
        judge(soak, path, status=status, text=text, began=began)
        seconds = time.monotonic() - began
        soak.measure("seconds for a page", seconds)
        if frozen and soak.is_frozen:
            soak.measure("seconds for a page while the broker was frozen", seconds)


class Booking:
    """Some people book every few seconds; who was told a reference has an appointment."""

    name = "booking"

    def run(self, soak: Soak) -> None:
        """Books until the time is over."""
        dice = seeded(soak.stack.name, self.name)
        while not soak.over.wait(EVERY):
            add_times(2 * PEOPLE)  # as many again for those who wait
            people = [
                Visitor(each.base, f"10.{dice.randint(1, 249)}.7.{n + 1}", each.cookies)
                for n, each in enumerate(
                    rush_rehearsal.visitors(PEOPLE, base=soak.stack.base, now=timezone.now())
                )
            ]
            began = time.monotonic()
            told, seconds = asyncio.run(rush_rehearsal.rush(people, rush_rehearsal.book, seconds=0))
            self._judge(soak, people, told, seconds, began)

    def _judge(
        self,
        soak: Soak,
        people: list[Visitor],
        told: list[rush_rehearsal.Told],
        seconds: float,
        began: float,
    ) -> None:
        outcome = rush_rehearsal.judge(people, told, seconds)
        soak.count("bookings", outcome.booked)
        soak.count("people who found nothing free", outcome.refused)
        soak.measure("seconds for a step of a booking", max(outcome.slowest))
        for each in told:
            if each.reference:
                soak.told(each.reference)
        for browser in people:
            for answer in browser.answers:
                judge(
                    soak,
                    "a step of a booking",
                    status=answer.status,
                    text=answer.body,
                    began=began,
                    location=answer.location,
                )
        if outcome.faults and soak.was_cut(began):
            soak.count("bookings broken off by the kill of a web process", outcome.faults)
        elif outcome.faults:
            soak.fail(f"{outcome.faults} bookings broke off ({outcome.first_fault})")
        if outcome.missing or outcome.doubles:
            soak.fail(f"{outcome.missing} bookings lost, {outcome.doubles} twice")


SCENARIOS: list[type[Scenario]] = [
    Asking, Booking, Pairs, Killing, KillingWeb, SlowClients, Letters, Watching,
]  # fmt: skip


def stage(soak: Soak) -> None:
    """A counter for those who only book."""
    group = Counters.objects.earliest("pk").group
    Counters.objects.create(slug=OWN, name={"de": "Schalter S"}, group=group)


def add_times(number: int) -> None:
    """So many more times that anybody may book.

    They are made as they are needed: what lies outside of the hours goes when the hours are read
    again, unless somebody has it.
    """
    counter = Counters.objects.get(slug=OWN)
    first = timezone.now().replace(microsecond=0) + timedelta(hours=8)
    for _time in range(number):
        starts_at = first + timedelta(seconds=next(_seconds))
        ends_at = starts_at + timedelta(minutes=10)
        Slot.objects.create(counter=counter, starts_at=starts_at, ends_at=ends_at)

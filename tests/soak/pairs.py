"""Two requests at the same instant over HTTP: one session, two of them, or one person twice."""

from __future__ import annotations

import contextlib
import http.client
import secrets
import threading
import time
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone

from booking import actions
from booking.models import Applicant, Appointment, Counter, WaitingEntry
from booking.simulation.rush_rehearsal import _REFERENCE
from config.foundation.actions import Refused
from tests.races.pairs.applicants import VISITORS
from tests.races.pairs.findings import untrue_people
from tests.races.pairs.forms import FormNotThere
from tests.races.pairs.people import ORDER, Person
from tests.races.pairs.scenarios import Apart, Request, Scenario
from tests.randomness import seeded
from tests.soak.answers import Browser, Page, judge
from tests.soak.one import Soak

EVERY = 1.0  # seconds between two pairs
STAY = 0.1  # the share of those who wait on after their pair
SCENARIOS = {each.name: each for each in VISITORS if each.by == "visitor"}
# Half of the pairs are those that have done harm; the others are any two.
HARMFUL = (
    *(("review", "details while holding"), ("times", "end"), ("cancel", "rebook")),
    *(("accept", "leave"), ("accept", "swap"), ("accept", "decline"), ("review", "give up")),
    *(("review", "end while holding"), ("join", "end"), ("verify", "details"), ("times", "join")),
    *(("cancel", "mistake"), ("review", "review"), ("verify", "verify"), ("earliest", "times")),
)
ONE_SESSION, TWO_SESSIONS, ENTERED_TWICE = "one session", "two sessions", "one person twice"
_run = secrets.randbelow(10**6)
_numbers = count(1)
_dice = seeded("pairs")


class Racer(Person):
    """Somebody whose times are tomorrow and whose browsers come over HTTP."""

    def __init__(self, base: str, *, counter: Counter, like: Person | None = None) -> None:
        self._base = base
        super().__init__(f"{_run}{next(_numbers):05}", counter=counter, like=like)
        if like is not None:
            self.family_name = like.family_name
        self.address = ".".join(["10", *(str(_dice.randint(1, 249)) for _part in range(3))])

    def first_time(self) -> datetime:
        """Before the times of those who only book."""
        return timezone.now() + timedelta(hours=6)

    def browser(self, who: str) -> Any:
        """As Person has it, over HTTP."""
        if who not in self._browsers:
            client: Any = Browser(self._base, self.address)
            self._browsers[who] = client
            self._remember(client)
        return self._browsers[who]


class Pairs:
    """Pairs until the time is over; what each was told has to be so."""

    name = "pairs"

    def run(self, soak: Soak) -> None:
        """One pair after the other."""
        group = Counter.objects.earliest("pk").group
        name = {"de": "Schalter für Paare"}
        self.counter = Counter.objects.create(slug=f"pairs{_run}", name=name, group=group)
        while not soak.over.wait(EVERY):
            names = self._names()
            relation = _dice.choice((ONE_SESSION, TWO_SESSIONS, ENTERED_TWICE))
            began = time.monotonic()
            try:
                self._pair(soak, tuple(SCENARIOS[each] for each in names), relation)
            except (Apart, FormNotThere, DatabaseError):
                soak.count("pairs that never stood side by side")
            except (OSError, http.client.HTTPException) as error:
                text = type(error).__name__
                judge(soak, f"a page before {names}", status=0, text=text, began=began)

    def _names(self) -> tuple[str, ...]:
        if _dice.random() < 0.5:
            return _dice.choice(HARMFUL)
        return tuple(_dice.choices(list(SCENARIOS), k=2))

    def _pair(self, soak: Soak, both: tuple[Scenario, ...], relation: str) -> None:
        first = Racer(soak.stack.base, counter=self.counter)
        people = [first, first]
        if relation == ENTERED_TWICE:
            people[1] = Racer(soak.stack.base, counter=self.counter, like=first)
        newest = Applicant.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        try:
            requests: dict[int, tuple[Browser, Request]] = {}
            for at in sorted((0, 1), key=lambda at: ORDER.index(both[at].state)):
                people[at].reach(both[at].state)
                browser = people[at].browser("other" if at and relation == TWO_SESSIONS else "one")
                requests[at] = (browser, both[at].request(people[at], browser))
            self._race(soak, both, [requests[0], requests[1]], relation)
            soak.count(f"pairs of {relation}")
            self._look(soak, both, people, newest)
        finally:
            for person in set(people):
                person.rest()
            self._leave(people, newest)

    def _leave(self, people: list[Racer], newest: int) -> None:
        """Most leave the list, or hundreds would wait in the end and take every time."""
        mine = {each.applicant.pk for each in people if each.applicant}
        waiting = WaitingEntry.objects.active().filter(
            Q(applicant__in=mine) | Q(applicant__gt=newest, applicant__email__in=_names(people))
        )
        for entry in waiting.select_related("applicant"):
            if _dice.random() < STAY:
                continue
            with contextlib.suppress(Refused):
                actions.leave(entry=entry, now=timezone.now())

    def _race(
        self,
        soak: Soak,
        both: tuple[Scenario, ...],
        requests: list[tuple[Browser, Request]],
        relation: str,
    ) -> None:
        barrier = threading.Barrier(2, timeout=10)

        def send(at: int) -> None:
            browser, request = requests[at]
            what = f"{both[at].name} beside {both[1 - at].name} ({relation})"
            began = time.monotonic()
            try:
                opened = browser.connect()
                barrier.wait()
                began = time.monotonic()
                assert isinstance(request.data, dict)
                page = browser.send(
                    opened, "POST", request.path, cookies=request.client.cookies, data=request.data
                )
                text = page.content.decode(errors="replace")
            except (OSError, http.client.HTTPException, threading.BrokenBarrierError) as error:
                page, text = Page(), type(error).__name__
            soak.measure("seconds for one of a pair", time.monotonic() - began)
            judge(
                soak, what, status=page.status_code, text=text, began=began, location=page.location
            )
            if page.status_code == 303 and page.location.endswith("/appointment/"):
                self._note(soak, browser, page.location)

        threads = [threading.Thread(target=send, args=(at,), daemon=True) for at in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(3 * AN_ANSWER_AND_MORE)
            if thread.is_alive():
                soak.fail(f"{both[0].name} beside {both[1].name} ({relation}) hangs")

    def _note(self, soak: Soak, browser: Browser, path: str) -> None:
        """Keeps what somebody reads as the reference of their appointment."""
        try:
            page = browser.get(path, follow=True)
        except (OSError, http.client.HTTPException):
            return  # a web process was killed; then nobody was told anything
        if found := _REFERENCE.search(page.content.decode(errors="replace")):
            soak.told(found[1])

    def _look(
        self, soak: Soak, both: tuple[Scenario, ...], people: list[Racer], newest: int
    ) -> None:
        names = _names(people)
        pks = set(
            Applicant.objects.filter(pk__gt=newest, email__in=names).values_list("pk", flat=True)
        )
        for untrue in untrue_people(pks, proved=people[0].email):
            soak.fail(f"{both[0].name} beside {both[1].name}: {untrue}")


AN_ANSWER_AND_MORE = 40  # seconds


def _names(people: list[Racer]) -> set[str]:
    """The addresses that the forms of a pair may have entered."""
    return {f"else{each.number}@example.net" for each in people} | {people[0].email}


def untrue_journal(references: set[str]) -> list[str]:
    """The references that somebody read and that are no booked appointment's, nor ever were."""
    rows = Appointment.objects.filter(reference__in=references).exclude(booked_at=None)
    found = {row.reference: row for row in rows.prefetch_related("events")}
    untrue = [f"{each} was never booked" for each in sorted(references - set(found))]
    for row in found.values():
        last = max(row.events.all(), key=lambda event: event.version)
        if last.to_status != row.status:
            untrue.append(f"{row.reference} is {row.status} without a step that says so")
    return untrue

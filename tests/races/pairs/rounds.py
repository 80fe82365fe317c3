"""What a process does with an order: prepare the two requests, let them meet, look at what is left.

An order is {"alone": name}, {"pair": [name, name], "who": …, "mode": …, "seed": …} or
{"invariants": true}.
"""

from __future__ import annotations

import traceback
from itertools import count
from typing import Any

from django.db.models import Max, Q
from django.test import Client
from django.utils import timezone

from booking.actions import opening_hours
from booking.availability import forget_memory
from booking.models import Applicant, Counter, Slot
from config.foundation.staff import Staff
from tests.factories import CounterFactory
from tests.races.pairs import catalogue, lockers, people
from tests.races.pairs.addresses import SCENARIOS
from tests.races.pairs.findings import (
    broken_beside_writers,
    fault_of,
    history,
    untrue_deposit,
    untrue_people,
)
from tests.races.pairs.forms import FormNotThere
from tests.races.pairs.meeting import Hung, Meeting, Table
from tests.races.pairs.scenarios import Apart, Request, Scenario, Stage, copied

TIMES_OF_A_COUNTER = 9000  # seconds of an afternoon, each of which is a time
ORDERS = {"person": people.ORDER, "box": lockers.ORDER, "catalogue": catalogue.ORDER}
ONE_SESSION, TWO_SESSIONS, TWO_PEOPLE = "one session", "two sessions", "two people"
ENTERED_TWICE = "one person entered twice"


def keep_to_own_counters() -> None:
    """Other hours look at the times of all counters: here at those of the races about hours alone.

    The times of the other races lie outside of any hours, and would go.
    """
    by_hours = opening_hours._by_hours

    def of_own(**when: Any) -> tuple[list[int], list[int]]:
        mine = Slot.objects.filter(counter__slug__startswith=people.OWN)
        own = set(mine.values_list("pk", flat=True))
        inside, outside = by_hours(**when)
        return [pk for pk in inside if pk in own], [pk for pk in outside if pk in own]

    opening_hours._by_hours = of_own


class Rounds:
    """A table with two seats, a counter, and members of staff who stay signed in."""

    def __init__(self, mark: int) -> None:
        self.table = Table()
        self.mark = mark
        self._numbers = count(1)
        self._staff: dict[str, Client] = {}
        self._counter: Counter | None = None
        self._known: dict[str, set[str]] = {}
        self._opens_early: set[tuple[str, str]] = set()

    def answer(self, order: dict[str, Any]) -> dict[str, Any]:
        """The answer to one order."""
        if "invariants" in order:
            return self._look()
        self._made: list[Any] = []
        answer = self._alone(order["alone"]) if "alone" in order else self._pair(order)
        if not answer.get("hung"):  # whoever hangs may hold what would be tidied up
            for stage in self._made:
                stage.rest()
        return answer

    # --- one alone ------------------------------------------------------------------------------

    def _alone(self, name: str) -> dict[str, Any]:
        """How a scenario goes when nobody meets it: its answer and what it writes."""
        scenario = SCENARIOS[name]
        stage = self._stage(scenario.about)
        try:
            stage.reach(scenario.state)
            forget_memory()
            request = scenario.request(stage, self._client(scenario, stage, "one"))
        except (Apart, FormNotThere) as missing:
            return {"status": 0, "fault": f"{type(missing).__name__}: {missing}", "written": []}
        except Exception:
            return {"status": 0, "fault": traceback.format_exc()[-1500:], "written": []}
        answer = self.table.send((request,), Meeting())[0]
        status = answer.response.status_code if answer.response else 0
        written = [sorted(tables) for tables in answer.written]
        return {"status": status, "fault": fault_of(answer), "written": written}

    # --- a pair ---------------------------------------------------------------------------------

    def _pair(self, order: dict[str, Any]) -> dict[str, Any]:
        both = tuple(SCENARIOS[name] for name in order["pair"])
        try:
            stages, requests = self._prepare(both, order["who"])
        except (Apart, FormNotThere) as apart:
            return {"apart": f"{type(apart).__name__} {apart}"}
        except Exception:
            return {"faults": [f"could not be prepared\n{traceback.format_exc()[-1500:]}"]}
        newest = Applicant.objects.aggregate(newest=Max("pk"))["newest"] or 0
        held = {"first": (0,), "second": (1,), "both": (0, 1)}.get(order["mode"], ())
        seed = order["seed"] if order["mode"] == "chance" else None
        meeting = Meeting(held=held, stops=tuple(order["stops"]), seed=seed)
        try:
            answers = self.table.send(requests, meeting)
        except Hung as hung:
            return {"hung": True, "faults": [f"hangs: {hung}"]}
        faults = [
            f"{scenario.name} {fault}"
            for scenario, answer in zip(both, answers, strict=True)
            if (fault := fault_of(answer))
        ]
        faults += self._untrue(stages, newest)
        told = [answer.response.status_code if answer.response else 0 for answer in answers]
        return {"told": told, "faults": faults, "met": [e.is_set() for e in meeting.there]}

    def _untrue(self, stages: list[Any], newest: int) -> list[str]:
        found = []
        for stage in {each for each in stages if isinstance(each, lockers.Locker)}:
            found += untrue_deposit(stage.deposit)
        for person in {each for each in stages if isinstance(each, people.Person)}:
            names = (person.email, f"else{person.number}@example.net")
            mine = Q(pk__gt=newest, email__in=names)
            if person.applicant is not None:
                mine |= Q(pk=person.applicant.pk)
            pks = set(Applicant.objects.filter(mine).values_list("pk", flat=True))
            found += untrue_people(pks, proved=person.email)
        return found

    def _prepare(
        self, both: tuple[Scenario, ...], who: str
    ) -> tuple[list[Stage], tuple[Request, ...]]:
        """The requests of both, each from a page that is open when the race begins."""
        names = (both[0].name, both[1].name)
        if names not in self._opens_early:
            stages = self._stages(both, who)
            for scenario, stage in self._in_order(both, stages):
                stage.reach(scenario.state)
            try:
                return stages, self._requests(both, stages, who)
            except FormNotThere:
                # one form is not on the pages of the other's state: it was opened before
                self._opens_early.add(names)
        stages = self._stages(both, who)
        requests: dict[int, Request] = {}
        for scenario, stage in self._in_order(both, stages):
            stage.reach(scenario.state)
            at = next(n for n in (0, 1) if both[n] is scenario and n not in requests)
            requests[at] = self._request(both, stages, who, at)
        return stages, (requests[0], requests[1])

    def _in_order(self, both: tuple[Scenario, ...], stages: list[Stage]) -> list[Any]:
        order = ORDERS[both[0].about]
        pairs = list(zip(both, stages, strict=True))
        if both[0].about != both[1].about:
            return pairs
        return sorted(pairs, key=lambda each: order.index(each[0].state))

    def _requests(
        self, both: tuple[Scenario, ...], stages: list[Stage], who: str
    ) -> tuple[Request, ...]:
        return tuple(self._request(both, stages, who, at) for at in (0, 1))

    def _request(
        self, both: tuple[Scenario, ...], stages: list[Stage], who: str, at: int
    ) -> Request:
        seat = "one" if at == 0 or who == ONE_SESSION else "other"
        client = self._client(both[at], stages[at], seat)
        forget_memory()  # the times of this race are a moment old
        try:
            return both[at].request(stages[at], client)
        except AssertionError as missing:  # a page asked for what this state does not have
            raise FormNotThere(both[at].name) from missing

    # --- whom it is about -----------------------------------------------------------------------

    def _stages(self, both: tuple[Scenario, ...], who: str) -> list[Any]:
        first = self._stage(both[0].about)
        if both[0].about != both[1].about:
            return [first, self._stage(both[1].about)]
        if both[0].about != "person" or who in {ONE_SESSION, TWO_SESSIONS}:
            return [first, first]
        second = self._stage("person", like=first)
        if who == ENTERED_TWICE:
            second.family_name = first.family_name
        return [first, second]

    def _stage(self, about: str, *, like: people.Person | None = None) -> Any:
        if about == "box":
            stage: Any = lockers.Locker(f"{self.mark}-{self._number()}")
        elif about == "catalogue":
            stage = catalogue.Draft(self._number())
        else:
            stage = people.Person(self._number(), counter=self._today(), like=like)
        self._made.append(stage)
        return stage

    def _number(self) -> str:
        return f"{self.mark}{next(self._numbers):06}"

    def _today(self) -> Counter:
        if self._counter is None:
            self._counter = CounterFactory(slug=f"c{self.mark}", name={"de": "Schalter"})
        return self._counter

    def _client(self, scenario: Scenario, stage: Stage, seat: str) -> Client:
        if scenario.by == "staff":
            return self._desk("chief" if seat == "one" else "second")
        return stage.browser(seat if scenario.by == "visitor" else "nobody")

    def _desk(self, username: str) -> Client:
        if username not in self._staff:
            client = Client(enforce_csrf_checks=True)
            client.force_login(Staff.objects.get(username=username))
            self._staff[username] = client
        return copied(self._staff[username])

    # --- what is left ---------------------------------------------------------------------------

    def _look(self) -> dict[str, Any]:
        """The invariants that are broken now and were not at the last look."""
        now = timezone.now()
        broken = broken_beside_writers(now)
        fresh = {name: sorted(rows - self._known.get(name, set())) for name, rows in broken.items()}
        self._known = broken
        found = {name: rows for name, rows in fresh.items() if rows}
        return {"broken": found, "how": [history(row) for rows in found.values() for row in rows]}

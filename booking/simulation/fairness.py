"""Who gets the times: a simulation of people, bots and resellers under three ways to share out.

Plain Python with its own clock (minutes). It models the rules of the product, not its code: slots
open a week ahead, are booked, freed, offered, left unused.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

Way = Literal["first_come", "draw", "waiting_list"]
Kind = Literal["honest", "bot", "fake"]
WAYS: tuple[Way, ...] = ("first_come", "draw", "waiting_list")

MINUTE, HOUR, DAY = 1, 60, 24 * 60
SLOT_DAYS = {1: [*range(540, 660, 10), *range(840, 960, 10)], 3: [*range(540, 660, 10)]}
HORIZON = 7 * DAY
RELEASE = 7 * HOUR
KEPT_BACK = 2 * DAY
LAPSES = 2
FAR = 10**9


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is simulated; people and fakes arrive per day, bots are there all the time."""

    days: int = 60
    people_per_day: float = 12.0
    bots: int = 20
    fakes_per_day: float = 0.0
    bot_seconds: float = 0.1
    resale: float = 0.5  # share of a bot's appointments it tries to hand to a buyer
    cancelled: float = 0.12  # share of people's appointments that they cancel in time
    late: float = 0.0  # share of slots kept back until two days before
    seed: int = 1


@dataclass
class Person:
    """Somebody who wants a time, or pretends to."""

    number: int
    kind: Kind
    arrives: int
    need_by: int | None
    reaction: float  # minutes from seeing a free time to booking it
    looks_every: int  # minutes between two looks at the page; a bot is told of every free time
    answers_after: int  # minutes from an offer's letter to its answer; fakes never answer
    patience: int  # minutes until the person gives up
    ordered: int = 0
    lapses: int = 0
    booked: int | None = None
    gone: bool = False


@dataclass
class Slot:
    """One time and who has it."""

    starts: int
    holder: Person | None = None
    refused: set[int] = field(default_factory=set)
    used: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a scenario under one way."""

    way: Way
    slots: int
    honest: int
    bots: int
    fakes: int
    unused: int
    resale_tried: int
    resale_done: int
    missed: int
    wanted: int
    wait_hours: float

    @property
    def honest_share(self) -> float:
        """Share of the taken slots that went to people with a need of their own."""
        taken = self.honest + self.bots + self.fakes
        return self.honest / taken if taken else 1.0

    @property
    def unused_share(self) -> float:
        """Share of slots that passed empty though somebody wanted one."""
        return self.unused / self.slots if self.slots else 0.0

    @property
    def resale_share(self) -> float:
        """Share of attempts to hand a time to a buyer that came off."""
        return self.resale_done / self.resale_tried if self.resale_tried else 0.0


class Simulation:
    """One run of one way; `run` returns its outcome, the same for the same scenario."""

    def __init__(self, scenario: Scenario, way: Way) -> None:
        self.scenario, self.way = scenario, way
        self.chance = random.Random(scenario.seed)  # noqa: S311 - a simulation, not a secret
        self.agenda: list[tuple[float, int, str, object]] = []
        self.tickets = count()
        self.free: list[Slot] = []
        self.slots: list[Slot] = []
        self.people: list[Person] = []
        self.line: list[Person] = []
        self.tally: Counter[str] = Counter()
        self.waits: list[int] = []

    def run(self) -> Outcome:
        """Plays the agenda from the first day to the last."""
        end = self.scenario.days * DAY
        for day in range(self.scenario.days):
            self._plan(day * DAY + RELEASE, "open", day)
        for person in self._arrivals(end):
            self.people.append(person)
            self._plan(person.arrives, "arrive", person)
        while self.agenda:
            at, _ticket, what, about = heapq.heappop(self.agenda)
            if at >= end:
                break
            getattr(self, f"_{what}")(int(at), about)
        return self._outcome(end)

    # --- who comes -----------------------------------------------------------------------------

    def _arrivals(self, end: int) -> Iterator[Person]:
        numbers = count()
        for _bot in range(self.scenario.bots):
            yield self._person(next(numbers), "bot", 0)
        rates: tuple[tuple[Kind, float], ...] = (
            ("honest", self.scenario.people_per_day),
            ("fake", self.scenario.fakes_per_day),
        )
        for kind, per_day in rates:
            at = 0.0
            while per_day > 0:
                at += self.chance.expovariate(per_day / DAY)
                if at >= end:
                    break
                yield self._person(next(numbers), kind, int(at))

    def _person(self, number: int, kind: Kind, at: int) -> Person:
        chance = self.chance
        if kind != "honest":
            quick = self.scenario.bot_seconds / 60
            # a fake is an address somebody verified to take places in the line
            answers = 10**9 if kind == "fake" and chance.random() < 0.5 else 1
            return Person(number, kind, at, None, quick, 10**9, answers, 10**9)
        leaves = at + chance.randint(1, 7) * DAY if chance.random() < 0.3 else None
        return Person(
            number=number,
            kind="honest",
            arrives=at,
            need_by=leaves,
            reaction=chance.uniform(1, 5),
            looks_every=chance.randint(2, 12) * HOUR,
            answers_after=chance.choice([5, 20, 45, 90, 150, 10**9]),
            patience=chance.randint(10, 30) * DAY,
        )

    # --- the agenda ----------------------------------------------------------------------------

    def _plan(self, at: float, what: str, about: object) -> None:
        heapq.heappush(self.agenda, (at, next(self.tickets), what, about))

    def _open(self, now: int, day: int) -> None:
        opened = day * DAY + HORIZON
        for minute in SLOT_DAYS.get((opened // DAY) % 7, []):
            slot = Slot(starts=opened + minute)
            self.slots.append(slot)
            self._plan(slot.starts, "begin", slot)
            if self.chance.random() < self.scenario.late:
                self._plan(slot.starts - KEPT_BACK, "open_late", slot)
            else:
                self._release(slot, now)

    def _open_late(self, now: int, slot: Slot) -> None:
        self._release(slot, now)

    def _arrive(self, now: int, person: Person) -> None:
        person.ordered = now
        if self.way == "first_come":
            self._look(now, person)
            return
        self.line.append(person)
        for slot in list(self.free):
            self._offer(now, slot)

    def _look(self, now: int, person: Person) -> None:
        if self._is_out(person, now) or self.way != "first_come":
            return
        self._plan(now + person.reaction, "grab", person)
        self._plan(now + person.looks_every, "look", person)

    def _grab(self, now: int, person: Person) -> None:
        if self._is_out(person, now):
            return
        slot = next((each for each in self.free if self._fits(person, each, now)), None)
        if slot is not None:
            self._give(slot, person, now)

    def _begin(self, now: int, slot: Slot) -> None:
        slot.used = slot.holder is not None
        if slot in self.free:
            self.free.remove(slot)
        if slot.holder is not None:
            self.tally[slot.holder.kind] += 1
            if slot.holder.kind == "honest":
                self.waits.append(slot.starts - slot.holder.arrives)
            else:
                self._come_again(slot.holder, now)
        elif any(not self._is_out(each, now) and each.kind == "honest" for each in self.people):
            self.tally["unused"] += 1

    def _come_again(self, invented: Person, now: int) -> None:
        """Who sells times invents the next person as soon as the last has been used up."""
        invented.booked, invented.lapses = None, 0
        self._arrive(now, invented)

    # --- slots ---------------------------------------------------------------------------------

    def _release(self, slot: Slot, now: int) -> None:
        slot.holder = None
        self.free.append(slot)
        if self.way == "first_come":
            # bots see a time the moment it is there; people when they look next
            for bot in self.people:
                if bot.kind != "honest" and bot.arrives <= now and not self._is_out(bot, now):
                    self._plan(now + bot.reaction, "grab", bot)
        else:
            self._offer(now, slot)

    def _offer(self, now: int, slot: Slot) -> None:
        if slot.starts - now <= HOUR or slot not in self.free:
            return
        person = self._next_in_line(slot, now)
        if person is None:
            return
        self.free.remove(slot)
        self.line.remove(person)
        ends = min(now + self._time_to_answer(slot, now), slot.starts - HOUR)
        if now + person.answers_after <= ends:
            self._plan(now + person.answers_after, "accept", (person, slot))
        else:
            self._plan(ends, "lapse", (person, slot))

    def _accept(self, now: int, pair: tuple[Person, Slot]) -> None:
        person, slot = pair
        self.free.append(slot)
        self._give(slot, person, now)

    def _lapse(self, now: int, pair: tuple[Person, Slot]) -> None:
        person, slot = pair
        person.lapses += 1
        if person.lapses >= LAPSES:
            person.ordered = now
        slot.refused.add(person.number)
        self.line.append(person)
        self.free.append(slot)
        self._offer(now, slot)

    def _next_in_line(self, slot: Slot, now: int) -> Person | None:
        self.line = [each for each in self.line if not self._is_out(each, now)]
        fitting = [
            each
            for each in self.line
            if each.number not in slot.refused and self._fits(each, slot, now)
        ]
        if not fitting:
            return None
        if self.way == "draw":
            return self.chance.choice(fitting)
        tomorrow = (slot.starts // DAY + 1) * DAY
        following = min((each.starts for each in self.slots if each.starts >= tomorrow), default=0)
        last_chance = [
            each for each in fitting if each.need_by and each.need_by < (following or FAR)
        ]
        return min(last_chance or fitting, key=lambda each: (each.ordered, each.number))

    def _give(self, slot: Slot, person: Person, now: int) -> None:
        self.free.remove(slot)
        slot.holder, person.booked = person, slot.starts
        if person.kind == "bot" and self.chance.random() < self.scenario.resale:
            self._plan(now + self.chance.randint(30, 12 * HOUR), "resell", (person, slot))
        if person.kind == "honest" and self.chance.random() < self.scenario.cancelled:
            self._plan(self.chance.randint(now, max(now, slot.starts - HOUR)), "cancel", slot)

    def _cancel(self, now: int, slot: Slot) -> None:
        if slot.holder is not None:
            slot.holder.booked, slot.holder.gone = None, True
            self._release(slot, now)

    def _resell(self, now: int, pair: tuple[Person, Slot]) -> None:
        """A reseller cancels so that a buyer takes the time; name and birth date are fixed."""
        person, slot = pair
        if slot.starts <= now:
            return
        self.tally["resale_tried"] += 1
        person.gone = True
        buyer = self._person(len(self.people), "bot", now)
        if self.way == "first_come":
            slot.holder = None
            self.free.append(slot)
            # the buyer presses in the same second; nobody else knows
            self.tally["resale_done"] += 1
            self.people.append(buyer)
            self.free.remove(slot)
            slot.holder, buyer.booked = buyer, slot.starts
            return
        buyer.ordered = now
        self.line.append(buyer)
        self.people.append(buyer)
        self._release(slot, now)
        if buyer not in self.line:  # the buyer, of all who wait, has the offer
            self.tally["resale_done"] += 1

    # --- conditions ----------------------------------------------------------------------------

    def _fits(self, person: Person, slot: Slot, now: int) -> bool:
        if self._is_out(person, now) or slot.starts <= now:
            return False
        return person.need_by is None or slot.starts <= person.need_by

    def _is_out(self, person: Person, now: int) -> bool:
        late = person.need_by is not None and now > person.need_by
        tired = now > person.arrives + person.patience
        return person.gone or person.booked is not None or late or tired

    def _time_to_answer(self, slot: Slot, now: int) -> int:
        ahead = slot.starts - now
        return 4 * HOUR if ahead >= 3 * DAY else 2 * HOUR if ahead >= DAY else 30

    def _outcome(self, end: int) -> Outcome:
        passed = [slot for slot in self.slots if slot.starts < end]
        honest = [each for each in self.people if each.kind == "honest"]
        due = [each for each in honest if each.need_by is not None and each.need_by < end]
        missed = sum(each.booked is None and not each.gone for each in due)
        return Outcome(
            way=self.way,
            slots=len(passed),
            honest=self.tally["honest"],
            bots=self.tally["bot"],
            fakes=self.tally["fake"],
            unused=self.tally["unused"],
            resale_tried=self.tally["resale_tried"],
            resale_done=self.tally["resale_done"],
            missed=missed,
            wanted=len(due),
            wait_hours=sum(self.waits) / len(self.waits) / HOUR if self.waits else 0.0,
        )


def compare(scenario: Scenario) -> list[Outcome]:
    """The same people, bots and chances under each way of sharing out."""
    return [Simulation(scenario, way).run() for way in WAYS]

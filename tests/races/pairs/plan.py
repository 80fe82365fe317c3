"""Which pairs are sent, how often, and in which way they meet."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations_with_replacement
from typing import Any

from tests.races.pairs.addresses import SCENARIOS
from tests.races.pairs.meeting import ADDED, BESIDE
from tests.races.pairs.rounds import ENTERED_TWICE, ONE_SESSION, TWO_PEOPLE, TWO_SESSIONS

RANDOM_OTHERS = 100
SEED = 13
MODES = ("first", "second", "both", "chance")
# What two people have in common: times, and what a mailbox or a counter allows.
OF_MANY = {"booking_slot", "booking_closure", "booking_counter"}
OF_ONE_PERSON = {"booking_appointment", "booking_waitingentry"}
# whoever writes one of these has read the applicant, and decides by what it said
APPLICANT = {"booking_applicant"}
Alone = dict[str, dict[str, Any]]


class Plan:
    """The orders for all pairs; made of how each scenario went alone."""

    def __init__(self, alone: Alone) -> None:
        self.written = {
            name: {table for tables in found["written"] for table in tables}
            for name, found in alone.items()
        }
        # the transaction that waits is the last one that writes anything but a session
        self.stops = {name: _last(found["written"]) for name, found in alone.items()}
        self.pairs = [
            pair for pair in combinations_with_replacement(sorted(alone), 2) if self.common(pair)
        ]

    def common(self, pair: tuple[str, str]) -> set[str]:
        """The tables in which one may write the row that the other writes or decides by."""
        one, other = (SCENARIOS[name] for name in pair)
        if one.about != other.about:
            return set()
        writes = [self.written[each] - ADDED for each in pair]
        uses = [each | (APPLICANT if each & OF_ONE_PERSON else set()) for each in writes]
        return writes[0] & uses[1] | uses[0] & writes[1]

    def relations(self, pair: tuple[str, str]) -> Iterator[str]:
        """From whom the two requests come."""
        one, other = (SCENARIOS[name] for name in pair)
        common = self.common(pair)
        if {one.by, other.by} == {"visitor"}:
            yield ONE_SESSION
        yield TWO_SESSIONS  # or two members of staff, or one of them and the visitor
        if one.about == "person" and common & OF_MANY:
            yield TWO_PEOPLE
        if one.about == "person" and "staff" not in {one.by, other.by} and common & OF_ONE_PERSON:
            yield ENTERED_TWICE

    def orders(self, *, repetitions: int, seed: int = SEED) -> list[dict[str, Any]]:
        """Everything that writes a common row, and a hundred others."""
        dice = random.Random(seed)
        sent = [(pair, who) for pair in self.pairs for who in self.relations(pair)]
        others = set(combinations_with_replacement(sorted(SCENARIOS), 2)) - set(self.pairs)
        sent += [(pair, TWO_SESSIONS) for pair in dice.sample(sorted(others), RANDOM_OTHERS)]
        return [
            self._order(pair, who, number, dice)
            for number in range(repetitions)
            for pair, who in sent
        ]

    def some(self, pairs: list[tuple[str, str]], repetitions: int) -> list[dict[str, Any]]:
        """These pairs alone, from everybody from whom they may come."""
        dice = random.Random(SEED)
        return [
            self._order(pair, who, number, dice)
            for number in range(repetitions)
            for pair in pairs
            for who in self.relations(pair)
        ]

    def _order(
        self, pair: tuple[str, str], who: str, number: int, dice: random.Random
    ) -> dict[str, Any]:
        stops = [self.stops[name] for name in pair]
        if number >= len(MODES):  # then any other place to wait at
            stops = [dice.randint(0, stop) for stop in stops]
        mode = MODES[number % len(MODES)]
        return {"pair": list(pair), "who": who, "mode": mode, "stops": stops, "seed": dice.random()}


def _last(written: list[list[str]]) -> int:
    acting = [at for at, tables in enumerate(written) if set(tables) - BESIDE]
    return acting[-1] if acting else 0

"""A year in the life of a box, in plain Python: what the order of allocation does."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from pickup_box.allocation import Free, choose

START = datetime(2027, 1, 4, 8, tzinfo=UTC)  # a Monday
STORAGE_DAYS = 7
EMPTIED_AFTER = 1  # working days until staff have taken an expired document out
# How many of a hundred people come on the first, second ... working day; the rest never do.
COMING = (22, 19, 15, 12, 9, 8, 9)

Order = Callable[[Sequence[Free]], Free | None]


def first_fit(free: Sequence[Free]) -> Free | None:
    """The lowest number."""
    return min(free, key=lambda each: each.number, default=None)


def by_chance(dice: random.Random) -> Order:
    """Any of the free ones."""
    return lambda free: dice.choice(free) if free else None


def rested_longest(free: Sequence[Free]) -> Free | None:
    """What the product does."""
    return choose(free, size=1)


@dataclass
class Year:
    """What came of one order."""

    occupied: list[int] = field(default_factory=list)  # at the end of each day
    wear: list[int] = field(default_factory=list)  # openings for loading, for each compartment
    rest: list[float] = field(default_factory=list)  # days between old and new content
    arrived: int = 0
    delayed: int = 0  # found the box full and had to wait for a compartment
    expired: int = 0


def simulate(
    order: Order, *, compartments: int, days: int, arrivals: float, dice: random.Random
) -> Year:
    """`days` working days with about `arrivals` documents each; the same `dice`, the same year."""
    year = Year(wear=[0] * (compartments + 1))
    emptied: dict[int, int] = {}
    free = {n: Free(pk=n, number=n, size=1, is_low=False) for n in range(1, compartments + 1)}
    used: dict[int, Free] = {}
    leaving: dict[int, list[int]] = {}
    queue: deque[int] = deque()
    for day in range(days):
        for number in leaving.pop(day, []):
            free[number] = replace(used.pop(number), used_at=START + timedelta(days=day))
            emptied[number] = day
        new = sum(dice.random() < arrivals / 400 for _n in range(400))
        queue.extend([day] * new)
        year.arrived += new
        for _n in range(len(queue)):
            chosen = order(list(free.values()))
            if chosen is None:
                year.delayed += queue.count(day)
                break
            queue.popleft()
            number = chosen.number
            del free[number]
            used[number] = chosen
            year.wear[number] += 1
            if number in emptied:
                year.rest.append(day - emptied[number])
            stays, came = _stay(dice)
            year.expired += not came
            leaving.setdefault(day + stays, []).append(number)
        year.occupied.append(compartments - len(free))
    return year


def _stay(dice: random.Random) -> tuple[int, bool]:
    """(working days until the compartment is empty again, whether the person came)."""
    throw = dice.random() * 100
    for day, share in enumerate(COMING, start=1):
        throw -= share
        if throw < 0:
            return day, True
    return STORAGE_DAYS + EMPTIED_AFTER, False

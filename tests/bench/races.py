"""Many people at one instant for the times of a week, over real HTTP, here and at the yardstick."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from statistics import median
from typing import Any

from django.db import connection
from django.utils import timezone

from tests.bench import machine
from tests.bench.stock import SLOTS_OF_A_WEEK, book_smallest, refill, refill_smallest, say

ROUNDS = 3


def race(web: machine.Web, small: machine.Web, small_url: str, people: int, seconds: float) -> Any:
    """`people` for 36 times, three rounds by turns: the median of times, the worst of counts."""
    for server, path in ((small, "/"), (web, "/de/")):
        machine.hammer(server, [machine.get(path)] * 8, seconds=1)
    rounds = [_round(web, small, small_url, people, seconds) for _each in range(ROUNDS)]
    found = {name: round(median(each[name] for each in rounds), 3) for name in rounds[0]}
    return found | {
        "booked": min(each["booked"] for each in rounds),
        **{name: max(each[name] for each in rounds) for name in ("doubles", "faults", "missing")},
        "_p95_rounds": [each["p95_s"] for each in rounds],
    }


def _round(
    web: machine.Web, small: machine.Web, small_url: str, people: int, seconds: float
) -> dict[str, float]:
    from booking.simulation import rush_rehearsal

    refill_smallest(small_url, SLOTS_OF_A_WEEK)

    def walk(browsers: Sequence[Any], way: Any) -> Any:
        async def all_of_them() -> Any:
            return await rush_rehearsal.rush(browsers, way, seconds=seconds)

        return asyncio.run(all_of_them())

    theirs = [rush_rehearsal.Browser(small.base, f"10.9.0.{n % 250}") for n in range(people)]
    told, small_seconds = walk(theirs, book_smallest)
    assert sum(bool(each.reference) for each in told) == SLOTS_OF_A_WEEK, told[:3]
    waits = sorted(answer.seconds for each in theirs for answer in each.answers)
    small_p95 = waits[int(len(waits) * 0.95)]
    refill(SLOTS_OF_A_WEEK)
    ours = rush_rehearsal.visitors(people, base=web.base, now=timezone.now())
    connection.close()
    told, own_seconds = walk(ours, rush_rehearsal.book)
    outcome = rush_rehearsal.judge(ours, told, own_seconds)
    say(f"race {people}: {outcome}; smallest {small_seconds:.2f} s, p95 {small_p95:.2f} s")
    return {
        "booked": outcome.booked,
        "doubles": outcome.doubles,
        "faults": outcome.faults,
        "missing": outcome.missing,
        "answered_vs_smallest": own_seconds / small_seconds,
        "p95_s": outcome.p95,
        "_p95_smallest_s": small_p95,
        "_seconds": outcome.seconds,
        "_seconds_smallest": small_seconds,
    }

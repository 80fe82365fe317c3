"""Pages and bookings per second, round by round against the yardsticks."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.utils import timezone

from tests.bench import machine, raw
from tests.bench.stock import SLOTS_OF_A_WEEK, book_smallest, refill, refill_smallest, say

ROUNDS, ROUND_SECONDS, CONNECTIONS = 9, 1.5, 8
FLOW_ROUNDS, PEOPLE = 7, 60


def pages(web: machine.Web, small: machine.Web, bare: machine.Web, small_url: str) -> Any:
    """Pages per second, round by round; the median of each and its share of the processor."""
    from booking.simulation import rush_rehearsal

    refill(SLOTS_OF_A_WEEK)
    refill_smallest(small_url, SLOTS_OF_A_WEEK)
    visitors = rush_rehearsal.visitors(CONNECTIONS, base=web.base, now=timezone.now())
    personal = [
        machine.get("/de/times/", cookie=each.cookie, address=each.address) for each in visitors
    ]
    targets = {
        "constant": (bare, [machine.get("/")] * CONNECTIONS),
        "start": (web, [machine.get("/de/")] * CONNECTIONS),
        "times": (web, personal),
        "smallest": (small, [machine.get("/")] * CONNECTIONS),
    }
    for server, requests in targets.values():
        machine.hammer(server, requests, seconds=1)
    rates: dict[str, list[float]] = {name: [] for name in targets}
    costs: dict[str, list[float]] = {name: [] for name in targets}
    for _round in range(ROUNDS):
        for name, (server, requests) in targets.items():
            before = server.cpu_seconds()
            rate = machine.hammer(server, requests, seconds=ROUND_SECONDS)
            rates[name].append(rate)
            costs[name].append((server.cpu_seconds() - before) / (rate * ROUND_SECONDS) * 1000)
    median = {name: statistics.median(each) for name, each in rates.items()}
    cost = {name: statistics.median(each) for name, each in costs.items()}
    say(f"pages/s {median}; ms of processor {cost}")
    return {
        "start_page_vs_constant": round(median["start"] / median["constant"], 3),
        "times_page_vs_constant": round(median["times"] / median["constant"], 3),
        "times_page_vs_smallest": round(median["times"] / median["smallest"], 2),
        "_pages_per_s": {name: round(each) for name, each in median.items()},
        "_cpu_ms": {name: round(each, 2) for name, each in cost.items()},
    }


def flow(web: machine.Web, small: machine.Web, url: str, small_url: str) -> Any:
    """Bookings per second of verified people, all of them successful; interleaved rounds."""
    from booking.simulation import rush_rehearsal

    rates: dict[str, list[float]] = {"ours": [], "smallest": [], "psycopg": []}

    def walk(browsers: Sequence[rush_rehearsal.Browser], way: rush_rehearsal.Walk) -> float:
        walking = rush_rehearsal.rush(browsers, way, seconds=0, at_once=CONNECTIONS)
        told, seconds = asyncio.run(walking)
        assert all(each.reference for each in told), [each for each in told if not each.reference]
        return len(told) / seconds

    for _round in range(FLOW_ROUNDS):
        # as many free times as in a good week, so that nobody meets anybody
        refill(4 * PEOPLE)
        refill_smallest(small_url, 4 * PEOPLE)
        theirs = [rush_rehearsal.Browser(small.base, "10.8.0.1") for _n in range(PEOPLE)]
        rates["smallest"].append(walk(theirs, book_smallest))
        ours = rush_rehearsal.visitors(PEOPLE, base=web.base, now=timezone.now())
        rates["ours"].append(walk(ours, rush_rehearsal.book))
        rates["psycopg"].append(_raw(url))
    median = {name: statistics.median(each) for name, each in rates.items()}
    say(f"bookings/s {median}")
    return {
        "flow_vs_smallest": round(median["ours"] / median["smallest"], 2),
        "flow_vs_psycopg": round(median["ours"] / median["psycopg"], 4),
        "_bookings_per_s": {name: round(each, 1) for name, each in median.items()},
    }


def _raw(url: str) -> float:
    """The same rows written by psycopg, with as many connections."""
    from booking.simulation import rush_rehearsal

    refill(4 * PEOPLE)
    rush_rehearsal.visitors(4 * PEOPLE, base="", now=timezone.now())
    hands = raw.dealt(url, CONNECTIONS)
    began = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        booked = sum(pool.map(lambda hand: raw.book_all(url, hand), hands))
    assert booked == 4 * PEOPLE
    return booked / (time.monotonic() - began)

"""What a bench is about: an empty book with free times, at the product and at the yardstick."""

from __future__ import annotations

import re
import sys
from typing import Any

import psycopg
from django.utils import timezone

from tests.randomness import seeded

_dice = seeded("smallest")
SLOTS_OF_A_WEEK = 36


def say(text: str) -> None:
    """One line for whoever watches."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def refill(count: int) -> None:
    """An empty book with `count` public times from tomorrow on."""
    from booking.simulation import fixtures

    fixtures.delete_bookings()
    fixtures.add_public_slots(count, now=timezone.now())


def refill_smallest(url: str, count: int) -> None:
    """The same number of places for the yardstick."""
    with psycopg.connect(url.replace("postgres://", "postgresql://")) as yardstick:
        yardstick.execute("TRUNCATE smallest_booking, smallest_place RESTART IDENTITY")
        yardstick.execute(
            "INSERT INTO smallest_place (starts_at)"
            " SELECT now() + interval '1 day' + n * interval '10 min'"
            " FROM generate_series(1, %s) n",
            [count],
        )


async def book_smallest(browser: Any) -> Any:
    """The whole way of the yardstick: the list, a choice, the confirmation."""
    from booking.simulation.rush_rehearsal import Told

    page = await browser.get("/")
    for _try in range(40):
        if page.status not in {200, 409}:
            return Told(fault=f"{page.status}")
        free = re.findall(r'name="slot" value="([^"]+)"', page.body)
        if not free:
            return Told()
        page = await browser.post("/", page, slot=_dice.choice(free))
        if page.status == 302:
            done = await browser.get(page.location)
            found = re.search(r'id="reference">([^<]+)', done.body)
            return Told(reference=found.group(1)) if found else Told(fault=f"{done.status}")
    return Told(fault="no end")

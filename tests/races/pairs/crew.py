"""The processes that send the pairs, and what they report."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.pickup_box.crowd import address

PATIENCE = 60  # seconds for one order: longer than `meeting` waits before it names a hung thread
BATCH = 400  # orders for one process, whose counter has an afternoon of times
LOOK_EVERY = 25
Order = dict[str, Any]


class Child:
    """One process, with what it wrote to its log."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.races.pairs.child"],
            env={**os.environ, "DATABASE_URL": address(), "LOG_LEVEL": "ERROR"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, order: Order) -> dict[str, Any]:
        """Its answer; one that stays away is a process that hangs or has died."""
        end, voice = self.process.stdin, self.process.stdout
        assert end is not None
        assert voice is not None
        try:
            end.write(json.dumps(order) + "\n")
            end.flush()
            ready, _w, _x = select.select([voice], [], [], PATIENCE)
            line = voice.readline() if ready else ""
        except BrokenPipeError:
            line = ""
        if not line:
            return {"hung": True, "faults": ["the process gave no answer"]}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def leave(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.wait()
        for end in (self.process.stdin, self.process.stdout):
            if end:
                end.close()


def work(orders: list[Order]) -> Iterator[tuple[Order, dict[str, Any]]]:
    """Every order with its answer, in one process after the other.

    A pair that hung is not sent again: its process is lost, and what is found is found.
    """
    child, hung = Child(), set()
    try:
        for number, order in enumerate(orders):
            key = (*order.get("pair", ()), order.get("who"))
            if key in hung:
                continue
            if number and number % BATCH == 0:
                child.leave()
                child = Child()
            answer = child.ask(order)
            yield order, answer
            if answer.get("hung"):
                hung.add(key)
                child.leave()
                child = Child()
    finally:
        child.leave()


def work_together(orders: list[Order], *, processes: int) -> list[tuple[Order, dict[str, Any]]]:
    """Deals the orders out to so many processes at once."""
    hands = [with_looks(orders[hand::processes]) for hand in range(processes)]
    with ThreadPoolExecutor(processes) as pool:
        return [each for found in pool.map(lambda hand: list(work(hand)), hands) for each in found]


def with_looks(orders: list[Order]) -> list[Order]:
    """The orders, with a look at the invariants after every few and at the end."""
    looked: list[Order] = []
    for start in range(0, len(orders), LOOK_EVERY):
        some = orders[start : start + LOOK_EVERY]
        looked += [*some, {"invariants": True, "after": [each.get("pair") for each in some]}]
    return looked

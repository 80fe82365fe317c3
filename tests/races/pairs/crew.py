"""The processes that send the pairs, and what they report."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.forked import context, database
from tests.races.pairs.child import serve

PATIENCE = 60  # seconds for one order: longer than `meeting` waits before it names a hung thread
BATCH = 400  # orders for one process, whose counter has an afternoon of times
LOOK_EVERY = 50
WENT = {200, 302, 303}  # 200 is the answer to a machine
Order = dict[str, Any]
_BEGAN = time.time()
_ROW = re.compile(r"\b(applicant|entry|seat|line) \d+")  # the same fault at another row


class Told:
    """What all the processes reported."""

    def __init__(self, answers: list[tuple[Order, dict[str, Any]]]) -> None:
        self._races = [each for each in answers if "pair" in each[0] and "apart" not in each[1]]
        self._apart = [order for order, answer in answers if "apart" in answer]
        self._looks = [each for each in answers if "invariants" in each[0]]
        self.sent = len(self._races)
        self._cpu = sum(answer.get("cpu", 0) for _order, answer in answers)
        # one was held back until the other had come: the race took place
        self.met = sum(any(answer.get("met", ())) for _order, answer in self._races)

    def account(self) -> str:
        """How many pairs, from whom, and what came of it."""
        pairs = {tuple(order["pair"]) for order, _answer in self._races}
        heard: Counter[int] = Counter()
        for _order, answer in self._races:
            heard.update(answer.get("told", ()))
        answers = ", ".join(f"{count} x {status}" for status, count in sorted(heard.items()))
        return (
            f"{len(pairs)} pairs, {self.sent} races, {self.met} met, {len(self._looks)} looks at "
            f"all invariants; {len(self._apart)} never side by side; {self._cpu:.0f} s of "
            f"processor; {answers}"
        )

    def faults(self) -> list[str]:
        """Each kind of fault once, with the pairs and the relations in which it was seen."""
        found: dict[tuple[str, str], Counter[str]] = {}
        for order, answer in self._races:
            for fault in answer["faults"]:
                key = (" + ".join(order["pair"]), _ROW.sub(r"\1 …", fault))
                found.setdefault(key, Counter())[f"{order['who']}, {order['mode']}"] += 1
        told = [f"{pair}: {fault} {dict(seen)}" for (pair, fault), seen in sorted(found.items())]
        for order, answer in self._looks:
            if broken := answer.get("broken") or answer.get("faults"):
                told.append(f"{broken} {answer.get('how')} after {order['after']}")
        return told


class Child:
    """One process of its own, forked from one that has Django loaded."""

    def __init__(self) -> None:
        made = context()
        self._end, theirs = made.Pipe()
        self.process = made.Process(target=serve, args=(theirs, database(), _BEGAN), daemon=True)
        self.process.start()
        theirs.close()  # so that its death ends the reading

    def ask(self, order: Order) -> dict[str, Any]:
        """Its answer; one that stays away is a process that hangs or has died."""
        try:
            self._end.send(order)
            if self._end.poll(PATIENCE):
                answer: dict[str, Any] = self._end.recv()
                return answer
        except (EOFError, OSError):
            pass
        return {"hung": True, "faults": ["the process gave no answer"]}

    def leave(self) -> None:
        self.process.kill()
        self.process.join()
        self._end.close()


def work(orders: list[Order]) -> Iterator[tuple[Order, dict[str, Any]]]:
    """Every order with its answer, in one process after the other.

    A pair that hung is not sent again: its process is lost, and what is found is found. Nor is
    one that never stands side by side.
    """
    child, done = Child(), set()
    try:
        for number, order in enumerate(orders):
            key = (*order.get("pair", ()), order.get("who"))
            if key in done:
                continue
            if number and number % BATCH == 0:
                child.leave()
                child = Child()
            answer = child.ask(order)
            yield order, answer
            if "pair" in order and (answer.get("hung") or "apart" in answer):
                done.add(key)
            if answer.get("hung"):
                child.leave()
                child = Child()
    finally:
        child.leave()


def work_together(orders: list[Order], *, processes: int) -> list[tuple[Order, dict[str, Any]]]:
    """Deals the orders out to so many processes at once."""
    # every repetition of a pair in the same process, which knows by then how it goes
    hands: list[list[Order]] = [[] for _each in range(processes)]
    seats: dict[tuple[str, ...], int] = {}
    for order in orders:
        seat = seats.setdefault((*order["pair"], order["who"]), len(seats) % processes)
        hands[seat].append(order)
    hands = [with_looks(hand) for hand in hands]
    with ThreadPoolExecutor(processes) as pool:
        return [each for found in pool.map(lambda hand: list(work(hand)), hands) for each in found]


def alone(names: list[str], *, processes: int) -> dict[str, dict[str, Any]]:
    """How each scenario goes when nobody meets it; who takes any time may have taken its own."""
    found = _alone(names, processes=processes)
    astray = [name for name, went in found.items() if went.get("status") not in WENT]
    return found | _alone(astray, processes=1)


def _alone(names: list[str], *, processes: int) -> dict[str, dict[str, Any]]:
    hands = [[{"alone": name} for name in names[hand::processes]] for hand in range(processes)]
    with ThreadPoolExecutor(processes) as pool:
        found = [each for hand in pool.map(lambda hand: list(work(hand)), hands) for each in hand]
    return {order["alone"]: answer for order, answer in found}


def with_looks(orders: list[Order]) -> list[Order]:
    """The orders, with a look at the invariants after every few and at the end."""
    looked: list[Order] = []
    for start in range(0, len(orders), LOOK_EVERY):
        some = orders[start : start + LOOK_EVERY]
        looked += [*some, {"invariants": True, "after": [each.get("pair") for each in some]}]
    return looked

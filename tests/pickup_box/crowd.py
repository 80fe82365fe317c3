"""Real processes that all begin at the same moment, on the database of the test."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any
from unittest import mock

from tests.forked import context, database, stand_on

PATIENCE = 240  # seconds: longer than any race takes, so a hang fails instead of lasting for ever


class Child:
    """One process that will do `job`; it waits until it is let go."""

    def __init__(self, job: str, **told: Any) -> None:
        made = context()
        self._end, theirs = made.Pipe()
        self.process = made.Process(
            target=_serve, args=(theirs, job, told, database()), daemon=True
        )
        self.process.start()
        theirs.close()  # so that its death ends the reading

    def hear(self) -> Any:
        """What it says next; EOFError when it died."""
        assert self._end.poll(PATIENCE), "a process hangs"
        return self._end.recv()

    def go(self) -> None:
        """Lets it begin."""
        self._end.send("go")

    def leave(self) -> None:
        """Ends it, if it has not ended."""
        self.process.kill()
        self.process.join()
        self._end.close()


def together(job: str, each: list[dict[str, Any]]) -> list[Any]:
    """What every process answered; all began at one moment."""
    children = [Child(job, **told) for told in each]
    try:
        for child in children:
            assert child.hear() == "ready"
        for child in children:
            child.go()
        answers = [child.hear() for child in children]
        for child in children:
            child.process.join(PATIENCE)
            assert child.process.exitcode == 0
        return answers
    finally:
        for child in children:
            child.leave()


def killed(job: str, **told: Any) -> bool:
    """Whether the process died of SIGKILL at its point."""
    child = Child(job, **told)
    try:
        assert child.hear() == "ready"
        child.go()
        child.process.join(PATIENCE)
        return child.process.exitcode == -signal.SIGKILL
    finally:
        child.leave()


def _die(*_args: object, **_kwargs: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def allocate(told: dict[str, Any]) -> dict[str, int]:
    """Reserves a compartment for each deposit, or hears that the box is full."""
    from config.foundation.staff import Staff
    from pickup_box.actions import deposits
    from pickup_box.models import Deposit

    if told.get("guard") == "off":
        mock.patch.object(deposits, "_assign", _assign_without_guard).start()
    by = Staff.objects.get(pk=told["staff"])
    heard: Counter[str] = Counter()
    for pk in told["deposits"]:
        heard[_assign_patiently(Deposit.objects.get(pk=pk), by)] += 1
    return dict(heard)


def _assign_patiently(deposit: Any, by: Any) -> str:
    """What came of it; whoever is told that the system is busy tries again, as it says."""
    from config.foundation.actions import Busy, Refused
    from pickup_box.actions import deposits
    from tests.pickup_box.making import NOW

    while True:
        try:
            deposits.assign(deposit=deposit, by=by, now=NOW)
        except Busy:
            continue
        except Refused as refusal:
            return type(refusal).__name__
        return "assigned"


def _assign_without_guard(*, deposit: Any, by: Any, now: Any) -> Any:
    """What the allocator would be without its turn and its constraint: look, then write."""
    from pickup_box.actions import deposits
    from pickup_box.allocation import choose
    from pickup_box.models import Deposit

    chosen = choose(deposits.free_compartments(deposit.box), size=1)
    if chosen is None:
        raise deposits.BoxFull
    time.sleep(0.01)
    Deposit.objects.filter(pk=deposit.pk).update(status="assigned", compartment_id=chosen.pk)
    return deposit


def guess(told: dict[str, Any]) -> dict[str, int]:
    """Tries wrong codes in five threads at once; counts how many were really compared."""
    from django.db import connections

    from config.foundation.actions import Refused
    from pickup_box.actions import visits
    from pickup_box.models import Box
    from tests.pickup_box.making import BORN, CONTACT, NOW

    heard: Counter[str] = Counter()
    compare = visits._is_among

    def counted(hashed: str, stored: str) -> bool:
        heard["evaluated"] += 1
        return compare(hashed, stored)

    mock.patch.object(visits, "_is_among", counted).start()
    if told.get("guard") == "off":
        mock.patch.object(visits, "_match", _match_without_guard).start()
        mock.patch.object(visits, "take_turn", lambda box: box).start()
        mock.patch.object(visits, "_count_wrong_try", return_value=None).start()
    box = Box.objects.get(pk=told["box"])

    def one(code: str) -> str:
        try:
            visits.collect(box=box, contact=CONTACT, code=code, birth_date=BORN, now=NOW)
        except Refused as refusal:
            return type(refusal).__name__
        finally:
            connections.close_all()
        return "opened"

    with ThreadPoolExecutor(5) as threads:
        for answer in threads.map(one, told["codes"]):
            heard[answer] += 1
    return dict(heard)


def _match_without_guard(box: Any, contact: str, hashed: str, *, now: Any) -> None:
    """Reads how many tries are left, compares, and only then writes."""
    from pickup_box.actions import visits
    from pickup_box.models import Deposit

    deposit = Deposit.objects.get(box=box, contact=contact)
    if deposit.wrong_tries < 5:
        visits._is_among(hashed, deposit.code_hashes)
        time.sleep(0.05)
        Deposit.objects.filter(pk=deposit.pk).update(wrong_tries=min(4, deposit.wrong_tries + 1))


def collect_at_once(told: dict[str, Any]) -> dict[str, int]:
    """The right code from several browsers."""
    from config.foundation.actions import Refused
    from pickup_box.actions import visits
    from pickup_box.models import Box
    from tests.pickup_box.making import BORN, CONTACT, NOW

    box = Box.objects.get(pk=told["box"])
    try:
        opening = visits.collect(
            box=box,
            contact=told.get("contact", CONTACT),
            code=told["code"],
            birth_date=BORN,
            now=NOW,
        )
    except Refused as refusal:
        return {type(refusal).__name__: 1}
    return {str(opening.pk): 1}


def collect_or_choose(told: dict[str, Any]) -> str:
    """The right code at the terminal, or on a phone to choose the counter instead."""
    from config.foundation.actions import Refused
    from pickup_box.actions.counter_choice import choose_counter
    from pickup_box.models import Box
    from tests.pickup_box.making import BORN, NOW

    if told["at"] == "terminal":
        return next(iter(collect_at_once(told)))
    try:
        chosen = choose_counter(
            box=Box.objects.get(pk=told["box"]),
            contact=told["contact"],
            code=told["code"],
            birth_date=BORN,
            family_name="Öztürk",
            given_names="Çağla",
            language="de",
            visitor="198.51.100.7",
            now=NOW,
        )
    except Refused as refusal:
        return type(refusal).__name__
    return chosen.reference


def die_while_loading(told: dict[str, Any]) -> None:
    """Is killed at one point between the reserved compartment and the opened door."""
    from config.foundation.staff import Staff
    from pickup_box.actions import deposits, doors
    from pickup_box.models import Deposit, Opening
    from tests.pickup_box.making import NOW

    deposit = Deposit.objects.get(pk=told["deposit"])
    by = Staff.objects.get(pk=told["staff"])
    if told["point"] == "reserved, not committed":
        mock.patch.object(deposits, "open_door", _die).start()
    deposit = deposits.assign(deposit=deposit, by=by, now=NOW)
    if told["point"] == "committed, nobody told":
        _die()
    doors.ordered(box=deposit.box, now=NOW)
    if told["point"] == "order fetched, answer lost":
        _die()
    Opening.objects.filter(deposit=deposit).update(opened_at=NOW, closed_at=NOW)
    mock.patch.object(deposits, "enqueue_message", _die).start()
    deposits.load(deposit=deposit, by=by, now=NOW)


def die_while_collecting(told: dict[str, Any]) -> None:
    """Is killed with the right code given, before or after the order to open is kept."""
    from pickup_box.actions import visits
    from pickup_box.models import Box
    from tests.pickup_box.making import BORN, CONTACT, NOW

    if told["point"] == "before":
        mock.patch.object(visits, "_opens_too_much", _die).start()
    visits.collect(
        box=Box.objects.get(pk=told["box"]),
        contact=CONTACT,
        code=told["code"],
        birth_date=BORN,
        now=NOW,
    )
    _die()


JOBS: dict[str, Callable[[dict[str, Any]], Any]] = {
    job.__name__: job
    for job in (
        allocate,
        guess,
        collect_at_once,
        collect_or_choose,
        die_while_loading,
        die_while_collecting,
    )
}


def _serve(end: Connection, job: str, told: dict[str, Any], name: str) -> None:
    """Prepares, waits for the moment, does the job."""
    from django.db import connection

    from pickup_box import codes

    stand_on(name)
    codes.COST = 2
    connection.ensure_connection()
    end.send("ready")
    end.recv()
    end.send(JOBS[job](told))

"""How two requests meet: one waits before it writes until the other is done, or both wait there.

A request looks, and then it writes. Between the two lies what a race needs, a few milliseconds
that chance seldom hits; here the first statement that writes, or on SQLite the beginning of its
transaction, is held back until the other request is where it should be.
"""

from __future__ import annotations

import queue
import random
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from django.db import connection
from django.test.client import MULTIPART_CONTENT

from tests.races.pairs.scenarios import Request
from tests.responses import Response

PATIENCE = 15  # seconds; the databases themselves refuse a lock after three
TABLE = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)"?', re.IGNORECASE)
LOCK = re.compile(r'FROM "(\w+)".* FOR (?:NO KEY )?UPDATE', re.IGNORECASE | re.DOTALL)
# What is written beside an action: nobody decides anything by it.
BESIDE = {
    *("django_session", "foundation_accessrecord", "django_admin_log", "auditlog_logentry"),
    *("signin_limits", "foundation_staff"),
}
# Rows that are only ever added, or counted in one statement: they are common to nobody.
ADDED = BESIDE | {
    *("booking_appointmentevent", "foundation_letter", "booking_token", "foundation_limit"),
    *("foundation_botsignal", "pickup_box_depositevent", "pickup_box_nonce", "pickup_box_wrongtry"),
    *("eligibility_outcome", "pickup_box_box"),  # the box's row is its queue: all wait there
}


@dataclass
class Meeting:
    """When each of two requests goes on. `held` are the seats that wait before they write."""

    held: tuple[int, ...] = ()
    stops: tuple[int, int] = (0, 0)  # which transaction of each is the one that waits
    seed: int | None = None  # small pauses at random instead
    there: list[threading.Event] = field(default_factory=lambda: _events())
    done: list[threading.Event] = field(default_factory=lambda: _events())
    backends: list[int] = field(default_factory=lambda: [0, 0])  # of PostgreSQL, one a seat

    def begin(self, seat: int) -> None:
        """Who is not held comes after the one who is."""
        other = 1 - seat
        if self.held == (other,):
            _wait_for_one(self.there[other], self.done[other], seconds=PATIENCE / 2)

    def stop(self, seat: int, number: int) -> None:
        """Before the transaction `number` of this seat writes."""
        if seat not in self.held or number != self.stops[seat] or self.there[seat].is_set():
            return
        self.there[seat].set()
        other = 1 - seat
        if other in self.held:
            _wait_for_one(self.there[other], self.done[other], seconds=0.5)
        else:
            _wait_for_one(self.done[other], seconds=3, unless=lambda: self._waits(other))

    def _waits(self, seat: int) -> bool:
        """Whether this seat can't go on before the one that asks has let go of a row."""
        backend = self.backends[seat]
        raw: Any = connection.connection  # not through Django: nothing of it belongs to the request
        found = backend and raw.execute("SELECT pg_blocking_pids(%s)", [backend]).fetchone()
        return bool(found and found[0])


def _events() -> list[threading.Event]:
    return [threading.Event(), threading.Event()]


def _wait_for_one(
    *events: threading.Event, seconds: float, unless: Callable[[], bool] = lambda: False
) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not any(event.wait(0.002) for event in events):
        if unless():
            return


@dataclass
class Answer:
    """What came back, how the request wrote, and which error was behind a 500."""

    response: Response | None = None
    error: str = ""
    written: list[set[str]] = field(default_factory=list)  # by transaction


class Seat(threading.Thread):
    """A thread with a database connection of its own that sends one request after the other."""

    def __init__(self, number: int) -> None:
        super().__init__(daemon=True, name=f"seat {number}")
        self.number = number
        self.orders: queue.Queue[tuple[Request, Meeting, Callable[[Answer], None]]] = queue.Queue()
        self.answer = Answer()
        self.meeting = Meeting()
        self._dice: random.Random | None = None
        self.start()

    def run(self) -> None:
        """For as long as the process lives."""
        self._watch_transactions()
        while True:
            request, self.meeting, tell = self.orders.get()
            self.answer = Answer()
            seed = self.meeting.seed
            self._dice = None if seed is None else random.Random(seed * 2 + self.number)
            self.meeting.begin(self.number)
            if self.meeting.held and connection.vendor == "postgresql":
                connection.ensure_connection()
                self.meeting.backends[self.number] = connection.connection.info.backend_pid
            with ExitStack() as stack:
                stack.enter_context(connection.execute_wrapper(self._watch))
                self._send(request)
            self.meeting.done[self.number].set()
            tell(self.answer)

    def _send(self, request: Request) -> None:
        kind = "application/json" if isinstance(request.data, str) else MULTIPART_CONTENT
        try:
            answer = request.client.post(
                request.path, data=request.data, content_type=kind, headers=request.headers
            )
            self.answer.response = answer
            if error := getattr(answer, "exc_info", None):
                self.answer.error = "".join(traceback.format_exception(*error)[-6:])
        except Exception:
            self.answer.error = traceback.format_exc()[-2000:]

    def _watch_transactions(self) -> None:
        begin = connection.set_autocommit

        def watched(autocommit: bool, *args: Any, **kwargs: Any) -> None:
            if not autocommit:
                self.answer.written.append(set())
                if connection.vendor == "sqlite":
                    self.meeting.stop(self.number, len(self.answer.written) - 1)
            begin(autocommit, *args, **kwargs)

        mock.patch.object(connection, "set_autocommit", watched).start()

    def _watch(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if self._dice is not None and self._dice.random() < 0.2:
            time.sleep(self._dice.uniform(0, 0.01))
        found = TABLE.match(sql) or LOCK.search(sql)
        if found and found[1] not in BESIDE and self.answer.written:
            now = self.answer.written[-1]
            if not now and connection.vendor != "sqlite":
                self.meeting.stop(self.number, len(self.answer.written) - 1)
            now.add(found[1])
        return execute(sql, params, many, context)


class Hung(Exception):
    """A request that never ended, with the places where its thread is."""


class Table:
    """Two seats; requests are sent from them together."""

    def __init__(self) -> None:
        self.seats = (Seat(0), Seat(1))

    def send(self, requests: tuple[Request, ...], meeting: Meeting) -> list[Answer]:
        """What each request was answered; raises Hung when one has no answer in time."""
        answers: queue.Queue[tuple[int, Answer]] = queue.Queue()
        for number, request in enumerate(requests):

            def tell(answer: Answer, number: int = number) -> None:
                answers.put((number, answer))

            self.seats[number].orders.put((request, meeting, tell))
        found: dict[int, Answer] = {}
        end = time.monotonic() + PATIENCE
        while len(found) < len(requests):
            try:
                number, answer = answers.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                silent = sorted(set(range(len(requests))) - set(found))
                raise Hung("\n".join(_place(self.seats[number]) for number in silent)) from None
            found[number] = answer
        return [found[number] for number in sorted(found)]


def _place(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    lines = traceback.format_stack(frame)[-4:] if frame else ["ended"]
    return f"{thread.name}: " + "".join(lines)

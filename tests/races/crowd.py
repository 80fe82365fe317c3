"""Several processes that act on the test database at the same instant."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import BrokenBarrierError
from typing import Any

from django.conf import settings

from tests.forked import context, database, stand_on

SIZE = 8
PATIENCE = 240  # seconds: longer than any race takes, so a hang fails instead of lasting for ever


class Crowd:
    """Processes of their own, each with Django and a database connection of its own."""

    def __init__(self, size: int = SIZE) -> None:
        made = context()
        self.size = size
        self._barrier = made.Barrier(size)
        self._ends: list[Connection] = []
        self._processes: list[BaseProcess] = []
        self._started: list[Connection] = []
        for _each in range(size):
            mine, theirs = made.Pipe()
            process = made.Process(target=_serve, args=(theirs, self._barrier), daemon=True)
            process.start()
            self._ends.append(mine)
            self._processes.append(process)

    def act(self, actor: Callable[..., Any], each: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Calls `actor(meet, *arguments)` in every process; `meet()` waits for all of them.

        Returns what each call returned; an exception in any of them fails the test.
        """
        assert len(each) == self.size
        for end, arguments in zip(self._ends, each, strict=True):
            end.send((actor, arguments, database()))
        answers = []
        for end in self._ends:
            if not end.poll(PATIENCE):
                raise AssertionError("a process hangs")
            answers.append(end.recv())
        self._barrier.reset()
        failures = [answer for fine, answer in answers if not fine]
        assert not failures, failures[0]
        return [answer for _fine, answer in answers]

    def start(self, actor: Callable[..., Any], *arguments: Any) -> BaseProcess:
        """Sets the next process to work and leaves it at that: the caller kills it."""
        end, process = self._ends.pop(), self._processes.pop()
        end.send((actor, arguments, database()))
        self._started.append(end)
        return process

    def leave(self) -> None:
        for end in self._ends:
            end.close()
        for process in self._processes:
            process.join(10)
            if process.is_alive():
                process.kill()


def _serve(end: Connection, barrier: Any) -> None:
    # as in production, or each action would ask for the office several times
    settings.OFFICE_MEMORY_SECONDS = 2
    while True:
        try:
            actor, arguments, name = end.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (True, _call(actor, arguments, name, barrier))
        except BrokenBarrierError:
            answer = (False, "another process failed")
        except BaseException:
            barrier.abort()
            answer = (False, traceback.format_exc())
        try:
            end.send(answer)
        except OSError:
            return


def _call(actor: Callable[..., Any], arguments: tuple[Any, ...], name: str, barrier: Any) -> Any:
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    from config.foundation.office import forget_memory
    from documents import catalogue

    # the flush after the last test gave its rows, and the content types, new numbers
    forget_memory()
    catalogue.forget_memory()
    ContentType.objects.clear_cache()
    stand_on(name)
    try:
        return actor(lambda: barrier.wait(PATIENCE), *arguments)
    finally:
        connection.close()

"""When a worker that does nothing ends itself."""

from __future__ import annotations

import threading
import time

import pytest
from celery.worker import state

from config.operations import worker_watchdog


class Ended(Exception):
    """In the place of the process, which would end."""


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watchdog of a second or two, in a worker of which no task ever ends."""
    for name, seconds in {"LOOK_EVERY": 0.05, "IDLE": 0.3, "PATIENCE": 3.0}.items():
        monkeypatch.setattr(worker_watchdog, name, seconds)
    monkeypatch.setattr(worker_watchdog, "last_sweep", lambda: None)
    monkeypatch.setattr(worker_watchdog, "close_old_connections", lambda: None)

    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr("os._exit", end)


def seconds_until_it_ends() -> float:
    """How long the worker lived."""
    began = time.monotonic()
    with pytest.raises(Ended, match="1"):
        worker_watchdog.watch()
    return time.monotonic() - began


@pytest.mark.usefixtures("short_patience")
def test_worker_to_which_nothing_comes_ends_soon() -> None:
    """A broker that was frozen for half a minute has left a worker like that behind."""
    assert seconds_until_it_ends() < 2.5


@pytest.mark.usefixtures("short_patience")
def test_worker_at_work_may_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "active_requests", {"a task"})
    assert seconds_until_it_ends() >= 3


@pytest.mark.usefixtures("short_patience")
def test_letters_on_their_way_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(worker_watchdog, "finish", lambda seconds: over.set())
    seconds_until_it_ends()
    assert over.is_set()

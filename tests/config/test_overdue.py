"""A request that never ends does not take the site with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from config.operations import overdue_requests
from tests.servers import free_port

PATIENCE = 60
WEB = "gunicorn --config python:config.gunicorn --workers 1 --log-level error tests.faults.hanging"


class Site:
    """Gunicorn as it is shipped, with one process and patience for two seconds."""

    def __init__(self, folder: Path) -> None:
        self.errors = folder / "errors"
        self.base = f"http://127.0.0.1:{free_port()}"
        address = self.base.removeprefix("http://")
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= {
            "DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "REQUEST_SECONDS": "2",
        }
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *WEB.split(), "--bind", address],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )

    def answers(self, **headers: str) -> bool:
        """Whether the site is alive."""
        request = urllib.request.Request(f"{self.base}/healthz", headers=headers)
        with suppress(OSError):
            return int(urllib.request.urlopen(request, timeout=3).status) == 200
        return False

    def workers(self) -> set[int]:
        """The processes that answer."""
        rows = Path("/proc").glob("[0-9]*/stat")
        found = set()
        for path in rows:
            with suppress(OSError):
                fields = path.read_text().rpartition(")")[2].split()
                if int(fields[1]) == self.process.pid:
                    found.add(int(path.parent.name))
        return found


def wait_for(fact: Any, what: str) -> None:
    """Waits until `fact` is true; fails after a minute."""
    end = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    try:
        wait_for(running.answers, "the site does not start")
        yield running
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.process.pid, signal.SIGKILL)
        running.process.wait()


def test_process_with_a_request_that_hangs_makes_way_for_a_fresh_one(site: Site) -> None:
    first = site.workers()
    hung = [Thread(target=site.answers, kwargs={"X-Fault": "hang"}) for _ in "1234"]
    for thread in hung:
        thread.start()
    wait_for(lambda: not site.workers() & first, "the process that hangs lives on")
    wait_for(site.answers, "nobody answers")
    said = site.errors.read_text()
    assert "CRITICAL config.operations.overdue_requests a request has run for 2 s: " in said
    assert "hanging.py" in said  # where it hangs, for whoever mends it
    assert "healthz" not in said
    for thread in hung:
        thread.join()


def test_request_that_ends_is_forgotten() -> None:
    began, end = Event(), Event()

    def page(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        began.set()
        end.wait(10)
        raise ValueError

    def ask() -> None:
        with suppress(ValueError):
            overdue_requests.watched(page)({}, None)

    asking = Thread(target=ask)
    asking.start()
    began.wait(10)
    assert overdue_requests.hanging(after=-1) == [asking.ident]
    assert overdue_requests.hanging(after=60) == []
    assert "test_overdue.py" in overdue_requests.place_of(asking.ident or 0)
    end.set()
    asking.join()
    assert overdue_requests.hanging(after=-1) == []
    assert overdue_requests.place_of(asking.ident or 0) == ""


def test_the_list_costs_a_request_nothing_that_counts() -> None:
    def page(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        return []

    application = overdue_requests.watched(page)
    began = time.thread_time()
    for _n in range(10_000):
        application({}, None)
    assert time.thread_time() - began < 0.5  # 50 µs each at the very most
    assert threading.get_ident() not in overdue_requests.hanging(after=-1)

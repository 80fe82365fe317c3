"""Files over slow lines, straight to the web server: no process ends, and others are answered."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from django.test import RequestFactory

from documents.applications import uploads
from documents.applications.actions.refusals import TooManyAtOnce
from tests.faults.conftest import ROOT, listens, wait_for
from tests.servers import free_port

pytestmark = [pytest.mark.once, pytest.mark.allow_hosts(["127.0.0.1"])]
LIMITS = "uploads.READ_SECONDS, uploads.PAUSE_SECONDS, uploads.TURN_SECONDS = 6.0, 1.5, 0.2"
START = f"""
from documents.applications import uploads
{LIMITS}
from gunicorn.app.wsgiapp import run
run()
"""
BODY = (
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
    + b"a" * 2000
    + b'\r\n--x\r\nContent-Disposition: form-data; name="whole"\r\n\r\n1\r\n--x--\r\n'
)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The shipped web server with one process, patience of two seconds for what hangs."""
    port = free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(tmp_path),
        "REQUEST_SECONDS": "2",
    }
    line = f"--config python:config.gunicorn --bind 127.0.0.1:{port} --log-level error"
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-c", START, *line.split(), "tests.faults.uploading"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        ) as server,
    ):
        wait_for(partial(listens, port), seconds=60)
        yield port
        assert b"overdue" not in (tmp_path / "log").read_bytes()
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def sent(port: int, *, pieces: int, every: float, stop_at: float = 1.0) -> str:
    """What the server makes of a form that comes in pieces; `stop_at` is a share of it."""
    head = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head += f"Content-Length: {len(BODY)}\r\n"
    head += "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(head.encode())
        size = -(-len(BODY) // pieces)
        for at in range(0, int(len(BODY) * stop_at), size):
            time.sleep(every)
            try:
                line.sendall(BODY[at : at + size])
            except OSError:
                break  # it has heard enough
        said = b"".join(iter(lambda: line.recv(1000), b""))
        return said.decode().rpartition("\r\n")[2]


def asked(port: int) -> bytes:
    """What somebody else is told meanwhile."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
        return bytes(page.read())


def test_slow_file_comes_whole_and_keeps_nobody_else_waiting(port: int) -> None:
    with ThreadPoolExecutor() as people:
        slow: list[Future[str]] = [
            people.submit(sent, port, pieces=10, every=0.4) for _ in range(uploads.AT_ONCE)
        ]
        time.sleep(1)
        assert [asked(port) for _ in range(5)] == [b"ok"] * 5
        assert sent(port, pieces=1, every=0) == "busy"
        assert [each.result() for each in slow] == ["whole"] * uploads.AT_ONCE
    assert sent(port, pieces=1, every=0) == "whole"


def test_line_that_pauses_is_given_up(port: int) -> None:
    assert sent(port, pieces=4, every=0, stop_at=0.5) == "paused"
    assert asked(port) == b"ok"


def test_line_without_an_end_is_cut(port: int) -> None:
    begun = time.monotonic()
    assert sent(port, pieces=40, every=0.4) == "cut"
    assert time.monotonic() - begun < 20
    assert asked(port) == b"ok"


def test_turns_come_back_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "TURN_SECONDS", 0.01)
    request = RequestFactory().post("/")
    for _ in range(uploads.AT_ONCE + 1):
        with pytest.raises(ValueError, match="whatever"), uploads.slow_line(request):
            raise ValueError("whatever")
    taken = [uploads.slow_line(request) for _ in range(uploads.AT_ONCE)]
    with taken[0], taken[1], pytest.raises(TooManyAtOnce), uploads.slow_line(request):
        pass

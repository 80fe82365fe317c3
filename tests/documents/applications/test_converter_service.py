"""The converter as compose runs it, behind a socket, and as systemd starts it, with a line."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from documents.applications import conversion, readiness
from documents.applications.conversion import ConverterBusy, convert
from documents.applications.converter import service
from tests.documents.applications.hostile_files import CASES, jpeg
from tests.faults.conftest import wait_for

pytestmark = pytest.mark.once
UNITS = service.ROOT / "config/deploy/systemd"


@pytest.fixture
def path(settings: Settings, tmp_path: Path) -> Path:
    """Where the product looks for the converter."""
    path = tmp_path / "socket"
    settings.APPLICATIONS = replace(settings.APPLICATIONS, converter_socket=str(path))
    return path


@pytest.fixture
def running(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The service, as compose starts it."""
    line = [sys.executable, "-m", "documents.applications.converter.service", str(path)]
    with subprocess.Popen(line, cwd=service.ROOT, env={}) as process:
        wait_for(path.exists, seconds=20)
        yield process
        process.kill()


def test_file_is_drawn_behind_the_socket(running: subprocess.Popen[bytes], path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(convert(jpeg()).pages) == 1
    assert convert(b"").refusal == "empty"


def test_file_that_takes_too_long_keeps_nobody_waiting(
    running: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its child is ended as soon as nobody waits for it: else two of them would be all there is."""
    slow = CASES["10^10 rectangles"].content()
    with monkeypatch.context() as patience:
        patience.setattr(conversion, "SECONDS", 1.0)
        assert [convert(slow).refusal for _ in range(service.AT_ONCE)] == ["too_heavy"] * 2
    begun = time.monotonic()
    assert len(convert(jpeg()).pages) == 1
    assert time.monotonic() - begun < 10


def test_service_ends_when_it_is_told_to(running: subprocess.Popen[bytes]) -> None:
    running.send_signal(signal.SIGTERM)
    assert running.wait(10) == 0


def test_service_begins_anew_over_the_socket_of_one_that_was_killed(path: Path) -> None:
    for _ in range(2):
        service.listening(str(path)).close()  # leaves its file behind


def test_no_service_is_no_fault_of_the_file(path: Path) -> None:
    with pytest.raises(ConverterBusy):
        convert(jpeg())


def test_service_that_never_answers_is_no_fault_of_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "SECONDS_TO_BEGIN", 0.5)
    with service.listening(str(path)), pytest.raises(ConverterBusy):
        convert(jpeg())


def test_child_that_does_not_begin_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "CHILD", [sys.executable, "-c", "raise SystemExit(1)"])
    with pytest.raises(ConverterBusy):
        convert(jpeg())


@pytest.mark.django_db
def test_opening_names_a_converter_that_is_away(path: Path, store: Path) -> None:
    assert "The converter does not answer." in readiness.failing_parts()


def test_unit_starts_what_answers_on_a_line() -> None:
    """systemd gives each connection to a process of its own, as standard input and output."""
    unit = (UNITS / "soforttermin-converter@.service").read_text()
    assert "StandardInput=socket\nStandardOutput=socket\n" in unit
    assert f"python {' '.join(service.CHILD[1:])}\n" in unit
    ours, theirs = socket.socketpair()
    with theirs:
        child = service.start_child(theirs)
    with ours:
        ours.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: ours.recv(1000), b""))
    assert child.wait(20) == 0
    assert said.startswith(b"S")
    assert said.endswith(b'{"refusal": "empty"}')


def test_unit_has_no_network_and_no_more_memory_than_it_needs() -> None:
    """Its file takes the place of the one for all units, which lets them reach the database."""
    limits = (UNITS / "soforttermin-converter@.service.d/limits.conf").read_text()
    for line in ("PrivateNetwork=yes", "RestrictAddressFamilies=none", "MemoryMax=1280M"):
        assert f"\n{line}\n" in limits
    assert (UNITS / "soforttermin-.service.d/limits.conf").is_file()

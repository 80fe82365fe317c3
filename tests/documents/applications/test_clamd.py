"""The real scanner of Debian, with one signature: what it finds, and what it does not answer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from documents.applications import scanner
from documents.applications.states import Scan
from tests.conftest import IN_CI
from tests.documents.applications.hostile_files import CASES, EICAR, jpeg, one_page, stream

pytestmark = pytest.mark.slow
CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")


@pytest.fixture(scope="module")
def socket() -> Iterator[tuple[Path, int]]:
    """A clamd of this test alone; its socket and its process."""
    if CLAMD is None:
        assert not IN_CI, "CI needs clamd: apt-get install clamav-daemon"
        pytest.skip("no clamd here: apt-get install clamav-daemon")
    folder = Path(tempfile.mkdtemp(prefix="clamd-"))  # short: a socket's path has 107 characters
    (folder / "test.ndb").write_text(f"Test.Eicar:0:*:{EICAR.hex()}\n")
    conf = [f"LocalSocket {folder}/s", f"DatabaseDirectory {folder}", "Foreground yes"]
    conf += ["StreamMaxLength 25M", *([] if os.geteuid() else ["User root"])]
    (folder / "conf").write_text("\n".join([*conf, ""]))
    clamd = subprocess.Popen([CLAMD, "-c", str(folder / "conf")], stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (folder / "s").exists() and time.monotonic() < until:
        assert clamd.poll() is None, "clamd ended"
        time.sleep(0.1)
    yield folder / "s", clamd.pid
    clamd.kill()
    clamd.wait()
    shutil.rmtree(folder)


@pytest.fixture
def clamd(socket: tuple[Path, int], settings: Settings) -> int:
    """The scanner that the settings name."""
    settings.APPLICATIONS = replace(settings.APPLICATIONS, scanner_url=f"unix://{socket[0]}")
    return socket[1]


FOUND = {
    "as it is": EICAR,
    "behind a photo": jpeg() + EICAR,
    "in a page": one_page(contents=b"BT ET\n" + EICAR),
    "in a packed page": one_page(
        stream(zlib.compress(b"BT ET\n" + EICAR), b"/Filter/FlateDecode"), contents=b""
    ),
}


@pytest.mark.parametrize("where", FOUND)
def test_signature_is_found(clamd: int, where: str) -> None:
    assert scanner.scan(FOUND[where]) == Scan.FOUND


@pytest.mark.parametrize("name", ["a JPEG", "a PDF", "a HEIC", "scripts"])
def test_nothing_is_found_where_nothing_is(clamd: int, name: str) -> None:
    assert scanner.is_alive()
    assert scanner.scan(CASES[name].content()) == Scan.CLEAN


def test_larger_than_it_takes_is_waiting(clamd: int) -> None:
    assert scanner.scan(bytes(26 * 2**20)) == Scan.WAITING
    assert scanner.scan(jpeg()) == Scan.CLEAN  # it goes on


def test_frozen_is_waiting(clamd: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # F37
    monkeypatch.setattr(scanner, "SECONDS", 1.0)
    os.kill(clamd, signal.SIGSTOP)
    try:
        assert scanner.scan(jpeg()) == Scan.WAITING
        assert not scanner.is_alive()
    finally:
        os.kill(clamd, signal.SIGCONT)
    monkeypatch.setattr(scanner, "SECONDS", 15.0)
    assert scanner.scan(jpeg()) == Scan.CLEAN

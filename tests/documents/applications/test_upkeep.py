"""Keys that change, blobs that nobody names, a scanner that does not answer."""

from __future__ import annotations

import json
import socketserver
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pyrage import x25519
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from documents.applications import scanner, sealing
from documents.applications import store as blobs
from documents.applications.actions import papers, processing, upkeep
from documents.applications.actions.blobs import original_content
from documents.applications.models import Application, File, Orphan
from documents.applications.states import Scan
from tests.documents.applications.hostile_files import EICAR, jpeg
from tests.documents.applications.making import NOW, add_file, committed, make_draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]
DAY = timedelta(days=1)


# --- keys -----------------------------------------------------------------------------------------


def _new_first_key(settings: Settings) -> str:
    key = str(x25519.Identity.generate())
    known = settings.APPLICATIONS
    settings.APPLICATIONS = replace(known, keys=(key, *known.keys))
    return key


def test_rotation_touches_rows_and_no_file(settings: Settings) -> None:
    files = [add_file(make_draft(), "passport", jpeg()) for _each in range(3)]
    before = {name: blobs.get(name) for name in blobs.names()}
    key = _new_first_key(settings)
    assert upkeep.rotate_keys(apply=False) == (3, 0)
    assert upkeep.rotate_keys(apply=True) == (3, 0)
    assert upkeep.rotate_keys(apply=True) == (0, 0)
    settings.APPLICATIONS = replace(settings.APPLICATIONS, keys=(key,))
    for file in File.objects.select_related("application"):
        assert original_content(file) == jpeg()
    assert {name: blobs.get(name) for name in blobs.names()} == before
    assert len(files) == 3


def test_rotation_that_was_stopped_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # T-U16
    for _each in range(4):
        add_file(make_draft(), "passport", jpeg())
    _new_first_key(settings)
    real, left = sealing.reseal, iter([True, True, False])

    def stopping(sealed: bytes) -> bytes:
        if not next(left):
            raise KeyboardInterrupt
        return real(sealed)

    with monkeypatch.context() as patched:
        patched.setattr(sealing, "reseal", stopping)
        with pytest.raises(KeyboardInterrupt):
            upkeep.rotate_keys(apply=True)
    for file in File.objects.select_related("application"):
        assert original_content(file) == jpeg()  # halfway, all of them open
    assert upkeep.rotate_keys(apply=True) == (2, 0)


def test_key_that_nobody_has_is_counted_and_stays(settings: Settings) -> None:
    # F40
    application = make_draft()
    sealed = application.key
    settings.APPLICATIONS = replace(settings.APPLICATIONS, keys=(str(x25519.Identity.generate()),))
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("rotate_file_keys", "--apply", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"done": 0, "closed": 1, "applied": True}
    assert Application.objects.get().key == sealed
    settings.APPLICATIONS = replace(settings.APPLICATIONS, keys=())
    with pytest.raises(CommandError, match="FILE_KEYS"):
        call_command("rotate_file_keys")


# --- the store ------------------------------------------------------------------------------------


def test_orphan_goes_a_day_after_it_was_seen() -> None:
    file = add_file(make_draft(), "passport", jpeg())
    orphan = blobs.put(b"nobody's")
    assert upkeep.sweep_store(now=NOW, apply=False).new == 1
    assert not Orphan.objects.exists()
    assert upkeep.sweep_store(now=NOW, apply=True).new == 1
    assert upkeep.sweep_store(now=NOW + DAY - timedelta(seconds=1), apply=True).waiting == 1
    assert orphan in set(blobs.names())
    assert upkeep.sweep_store(now=NOW + DAY, apply=True).deleted == 1
    assert list(blobs.names()) == [file.original]
    upkeep.sweep_store(now=NOW + DAY, apply=True)
    assert not Orphan.objects.exists()


def test_blob_that_gets_its_row_late_stays() -> None:
    # T-U15: listed before its row was there
    draft = make_draft()
    orphan = blobs.put(b"late")
    upkeep.sweep_store(now=NOW, apply=True)
    file = add_file(draft, "passport", jpeg())
    File.objects.filter(pk=file.pk).update(original=orphan)
    swept = upkeep.sweep_store(now=NOW + 2 * DAY, apply=True)
    assert orphan in set(blobs.names())
    assert (swept.deleted, swept.new) == (0, 1)


def test_row_without_its_blob_is_told_and_never_mended() -> None:
    file = add_file(make_draft(), "passport", jpeg())
    blobs.delete(file.original or "")
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("sweep_files", "--apply", "--json", stdout=out)
    assert json.loads(out.getvalue())["missing"] == 1
    assert File.objects.get().original == file.original


# --- the scanner ----------------------------------------------------------------------------------


class Clamd(socketserver.BaseRequestHandler):
    """Speaks as clamd does; what it shall do next is the server's `mood`."""

    def handle(self) -> None:
        """One command."""
        server: Any = self.server
        command = self.request.recv(10)
        if command.startswith(b"zPING"):
            self.request.sendall(b"PONG\0")
            return
        content = b""
        while True:
            length = struct.unpack("!I", self._exactly(4))[0]
            if not length:
                break
            content += self._exactly(length)
            if server.mood == "full":
                return  # larger than it takes: it closes the line
        server.seen.append(content)
        answers = {
            "well": b"stream: Eicar FOUND\0" if EICAR in content else b"stream: OK\0",
            "broken": b"INSTREAM size limit exceeded. ERROR\0",
            "cut": b"stream: O",
        }
        if server.mood == "frozen":
            server.thaw.wait(10)
        self.request.sendall(answers.get(server.mood, b"\0"))

    def _exactly(self, length: int) -> bytes:
        found = b""
        while len(found) < length:
            part = self.request.recv(length - len(found))
            if not part:
                raise ConnectionError
            found += part
        return found


@pytest.fixture
def clamd(settings: Settings) -> Iterator[Any]:
    """A scanner that says what clamd would; the real one is asked in `make files`."""
    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd)
    server.mood, server.seen, server.thaw = "well", [], threading.Event()
    server.handle_error = lambda *_any: None
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    port = server.server_address[1]
    settings.APPLICATIONS = replace(
        settings.APPLICATIONS, scanner_url=f"tcp://127.0.0.1:{port}", is_demonstration=False
    )
    yield server
    server.thaw.set()
    server.shutdown()
    server.server_close()


def test_scanner_sees_the_file_as_it_came(
    clamd: Any, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    assert scanner.is_alive()
    file = add_file(make_draft(), "passport", jpeg())
    committed(django_capture_on_commit_callbacks, processing.process_file, file.pk, now=NOW)
    file.refresh_from_db()
    assert clamd.seen == [jpeg()]
    assert (file.scan, file.state) == ("clean", "ready")
    assert file.original is None


def test_found_file_is_refused_and_erased(
    clamd: Any, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    file = add_file(make_draft(), "passport", jpeg() + EICAR)
    committed(django_capture_on_commit_callbacks, processing.process_file, file.pk, now=NOW)
    file.refresh_from_db()
    assert (file.scan, file.state, file.refusal) == ("found", "refused", "virus")
    assert file.original is None
    assert file.pages.count() == 0
    assert list(blobs.names()) == []


@pytest.mark.parametrize("mood", ["full", "broken", "cut", "frozen", "silent"])
def test_no_clear_answer_is_waiting_and_never_clean(
    clamd: Any, monkeypatch: pytest.MonkeyPatch, mood: str
) -> None:
    # F37
    monkeypatch.setattr(scanner, "SECONDS", 0.3)
    clamd.mood = mood
    assert scanner.scan(jpeg()) == Scan.WAITING


def test_scanner_that_is_down_keeps_the_original_until_it_is_back(
    clamd: Any, settings: Settings
) -> None:
    # F37
    up = settings.APPLICATIONS
    settings.APPLICATIONS = replace(up, scanner_url="tcp://127.0.0.1:9")
    assert not scanner.is_alive()
    draft = make_draft()
    file = add_file(draft, "passport", jpeg())
    processing.process_file(file.pk, now=NOW)
    file.refresh_from_db()
    assert (file.state, file.scan) == ("ready", "waiting")  # its pages can be seen
    assert file.original in set(blobs.names())
    settings.APPLICATIONS = up
    assert processing.process_due(now=NOW, limit=5) == 1
    file.refresh_from_db()
    assert file.scan == "clean"
    assert file.original is None
    papers.remove_file(application=draft, file_id=file.pk, now=NOW)

"""The mailbox of bounces, read from an IMAP server that shares no code with the reader."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from imap_tools import MailBoxUnencrypted
from pytest_django import Settings

from config import checks
from config.celery import intervals
from config.foundation.bounces import BounceMailbox
from config.foundation.outbox import Notification, enqueue
from config.foundation.return_address import return_address
from config.operations import bounce_mailbox
from config.operations.bounce_mailbox import UNREACHABLE, read_mailbox
from config.operations.health import Finding, measure
from tests.corpus.bounces import MESSAGE_ID, hostile, report, vacation_note
from tests.servers import free_port

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
USER, PASSWORD = "bounce@testserver", "p@ss/word"


class Server:
    """A mailbox that takes every mail by SMTP and shows it by IMAP."""

    def __init__(self) -> None:
        self.imap, self.smtp = free_port(), free_port()
        self.start()

    def start(self) -> None:
        """Starts it, empty."""
        ports = ["--imap-port", str(self.imap), "--smtp-port", str(self.smtp)]
        options = ["--host", "127.0.0.1", "--user", USER, "--password", PASSWORD, "--no-http"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mail_devel", *options, *ports],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with suppress(OSError):
                for port in (self.imap, self.smtp):
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            time.sleep(0.1)
        raise AssertionError("the mailbox did not start")

    def stop(self) -> None:
        """Ends it with all its mails."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """It takes connections and says nothing."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def put(self, *mails: bytes) -> None:
        """Delivers mails."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=30) as client:
            for mail in mails:
                client.sendmail("", [USER], mail)

    def left(self) -> list[tuple[str, ...]]:
        """The flags of each mail that is there."""
        box = MailBoxUnencrypted("127.0.0.1", self.imap).login(USER, PASSWORD)
        with box as mailbox:
            return [mail.flags for mail in mailbox.fetch(mark_seen=False, headers_only=True)]


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    settings.BOUNCE_ADDRESS = "bounce@testserver"
    mailbox = Server()
    user, password = USER.replace("@", "%40"), "p%40ss%2Fword"
    settings.BOUNCE_IMAP_URL = f"imap://{user}:{password}@127.0.0.1:{mailbox.imap}/INBOX"
    yield mailbox
    mailbox.stop()


def sent(number: int) -> Notification:
    enqueue(kind="plain", subject=f"appointment/{number}", language="de", now=NOW)
    letters = Notification.objects.filter(subject=f"appointment/{number}")
    letters.update(sent_at=NOW)
    return letters.get()


def bounced() -> list[str]:
    rows = Notification.objects.exclude(bounced_at=None).order_by("pk")
    return list(rows.values_list("bounce", flat=True))


def test_bounce_mailbox_keeps_what_is_not_ours(server: Server) -> None:
    letter = sent(1)
    to = return_address(letter.pk)
    server.put(vacation_note(to), report(to), b"From: a@b.example\r\n\r\nHello", report(to))

    assert read_mailbox(now=NOW) == {"left": 2, "noted": 1, "known": 1}
    assert bounced() == ["5.1.1"]
    left = server.left()
    assert len(left) == 2
    assert not any("\\Seen" in flags for flags in left)
    # and looks at each mail once
    assert read_mailbox(now=NOW + MINUTE) == {}
    server.put(report(return_address(sent(2).pk), status="5.2.2"))
    assert read_mailbox(now=NOW + 2 * MINUTE) == {"noted": 1}
    assert bounced() == ["5.1.1", "5.2.2"]


def test_bounce_mailbox_is_read_from_a_hostile_crowd(server: Server) -> None:
    letter = sent(1)
    Notification.objects.update(message_id=MESSAGE_ID)
    to = return_address(letter.pk)
    mails = hostile(to, f"{to[:20]}@testserver")
    # this server takes none of these
    unsendable = {
        *("empty", "no mail", "10 MB of header", "10 MB before the report"),
        *("3,000 parts in each other", "64 kB of recipients"),
    }
    server.put(*(mail for name, mail in mails.items() if name not in unsendable))
    server.put(report(to))
    tally = read_mailbox(now=NOW)
    assert tally == {"left": len(mails) - len(unsendable), "noted": 1}
    assert len(server.left()) == len(mails) - len(unsendable)


def test_bounce_mailbox_reads_so_many_at_a_time(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounce_mailbox, "MOST_MAILS", 2)
    server.put(
        b"From: a@b.example\r\n\r\nHello", *(report(return_address(sent(n).pk)) for n in (1, 2))
    )
    assert read_mailbox(now=NOW) == {"left": 1, "noted": 1}
    assert read_mailbox(now=NOW) == {"noted": 1}


def test_bounce_mailbox_that_was_replaced_is_read_from_its_beginning(server: Server) -> None:
    server.put(report(return_address(sent(1).pk)))
    BounceMailbox.objects.create(pk=1, uid_validity=1, last_uid=10**6)
    assert read_mailbox(now=NOW) == {"noted": 1}


def test_bounce_mailbox_killed_before_it_deletes_is_read_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(report(return_address(sent(1).pk)))

    def killed(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(MailBoxUnencrypted, "delete", killed)
        with pytest.raises(KeyboardInterrupt):
            read_mailbox(now=NOW)
    assert bounced() == ["5.1.1"]
    assert read_mailbox(now=NOW + MINUTE) == {"known": 1}
    assert Notification.objects.get().bounced_at == NOW
    assert server.left() == []


def _health(now: datetime) -> Finding:
    return next(each for each in measure(now=now) if each.name == "bounce_mailbox_failing_seconds")


@pytest.mark.parametrize("fault", ["down", "frozen", "password"])
def test_bounce_mailbox_out_of_reach_is_red_after_a_quarter_of_an_hour(
    server: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(bounce_mailbox, "PATIENCE", 0.3)
    right = settings.BOUNCE_IMAP_URL
    if fault == "down":
        server.stop()
    elif fault == "frozen":
        server.freeze()
    else:
        settings.BOUNCE_IMAP_URL = right.replace("p%40ss", "wrong")
    began = time.monotonic()
    for minute in (0, 7, 15):
        assert read_mailbox(now=NOW + minute * MINUTE) == {UNREACHABLE: 1}
    assert time.monotonic() - began < 15  # the worker sends letters meanwhile, and soon again
    assert _health(NOW + 15 * MINUTE).well
    red = _health(NOW + 15 * MINUTE + timedelta(seconds=1))
    assert (red.well, red.value) == (False, 901)
    # caught up
    if fault != "password":
        server.stop()
        server.start()
    settings.BOUNCE_IMAP_URL = right
    monkeypatch.undo()
    server.put(report(return_address(sent(1).pk)))
    assert read_mailbox(now=NOW + 16 * MINUTE) == {"noted": 1}
    assert _health(NOW + 60 * MINUTE).well


def test_bounce_mailbox_out_of_reach_says_nothing_of_the_account(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.BOUNCE_IMAP_URL = f"imap://user:secret@127.0.0.1:{free_port()}/INBOX"
    assert read_mailbox(now=NOW) == {UNREACHABLE: 1}
    assert "ConnectionRefusedError" in caplog.text
    assert "secret" not in caplog.text


def test_bounce_mailbox_that_is_not_set_is_not_read(settings: Settings) -> None:
    settings.BOUNCE_IMAP_URL = ""
    BounceMailbox.objects.create(pk=1, failing_since=NOW)
    assert read_mailbox(now=NOW) == {}
    assert _health(NOW + timedelta(days=1)).well


def test_bounce_mailbox_shows_a_certificate(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BOUNCE_IMAP_URL = "imaps://user:secret@imap.example.org/INBOX"
    contexts: list[ssl.SSLContext] = []

    def refuse(host: str, port: int, *, timeout: float, ssl_context: ssl.SSLContext) -> None:
        contexts.append(ssl_context)
        raise ConnectionRefusedError

    monkeypatch.setattr(bounce_mailbox, "MailBox", refuse)
    assert read_mailbox(now=NOW) == {UNREACHABLE: 1}
    assert contexts[0].verify_mode == ssl.CERT_REQUIRED
    assert contexts[0].check_hostname


def test_bounce_mailbox_is_read_every_minute() -> None:
    assert intervals()["config.operations.tasks.read_bounces"] == 60


@pytest.mark.parametrize("name", ["BOUNCE_ADDRESS", "BOUNCE_IMAP_URL"])
def test_bounce_address_without_its_mailbox_is_noticed(settings: Settings, name: str) -> None:
    settings.BOUNCE_ADDRESS = settings.BOUNCE_IMAP_URL = ""
    assert list(checks.letters_that_come_back_are_read()) == []
    setattr(settings, name, "imaps://bounce@termin.example.de")
    assert [each.id for each in checks.letters_that_come_back_are_read()] == ["config.W025"]


def test_read_bounces_takes_a_file(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.BOUNCE_ADDRESS = "bounce@testserver"
    file = tmp_path / "report.eml"
    file.write_bytes(report(return_address(sent(1).pk)))
    call_command("read_bounces", "--file", str(file))
    call_command("read_bounces", "--file", str(file))
    assert capsys.readouterr().out.splitlines() == [
        "1 noted, 0 known, 0 left.",
        "0 noted, 1 known, 0 left.",
    ]


def test_read_bounces_says_that_the_mailbox_is_out_of_reach(settings: Settings) -> None:
    settings.BOUNCE_IMAP_URL = f"imap://user:secret@127.0.0.1:{free_port()}/INBOX"
    with pytest.raises(CommandError, match="reached"):
        call_command("read_bounces")

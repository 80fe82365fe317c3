from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from config.foundation import sms
from config.foundation.mime import Envelope
from config.foundation.notification_kinds import renders
from config.foundation.outbox import (
    BACKOFF,
    GATEWAY_FAILED,
    Notification,
    enqueue,
    send_due,
    send_next,
)
from config.foundation.relay import Relay

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NUMBER = "+4915112345678"
SHORT = Notification.Queue.SHORT

pytestmark = pytest.mark.django_db


class Dead:
    """A gateway that does not answer."""

    def send(self, **_: str) -> None:
        raise ConnectionRefusedError


class Refusing:
    """A gateway that knows the number to be wrong."""

    def send(self, **_: str) -> None:
        raise sms.NumberRefused


class Broken:
    """A gateway with a fault of its own."""

    def send(self, **_: str) -> None:
        raise KeyError


class Provider(BaseHTTPRequestHandler):
    """Answers as the test scripts it and keeps what it was told."""

    answer = 202
    heard: list[tuple[str, Any, Any]]

    def do_POST(self) -> None:
        """Takes one message."""
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.append((self.path, self.headers, told))
        if self.answer == 0:  # hangs up without a word
            return
        self.send_response(self.answer)
        if 300 <= self.answer < 400:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


@pytest.fixture
def provider(settings: Settings) -> Iterator[type[Provider]]:
    """A provider on loopback that the settings point to."""

    class Here(Provider):
        heard: list[tuple[str, Any, Any]] = []

    settings.SMS_GATEWAY = "config.foundation.sms.HttpGateway"
    settings.SMS_TOKEN, settings.SMS_SENDER = "a-token-of-theirs", "Amt"
    with ThreadingHTTPServer(("127.0.0.1", 0), Here) as server:
        settings.SMS_URL = f"http://127.0.0.1:{server.server_port}/messages"
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        running.start()
        yield Here
        server.shutdown()
        running.join()


@pytest.fixture
def letter() -> Notification:
    renders("test_short")(lambda letter, _: Envelope(to=NUMBER, subject="", text="Code 123456"))
    enqueue(kind="test_short", subject="x/1", language="en", queue=SHORT, now=NOW)
    return Notification.objects.get()


def test_send_next_writes_a_short_message_beside_the_letters(
    letter: Notification, settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    assert send_next(queue=SHORT, now=NOW) == "sent"
    (file,) = (tmp_path / "letters").glob("sms-*.log")
    assert f"To: {NUMBER}" in file.read_text()


@pytest.mark.parametrize("gateway", ["Dead", "Broken"])
def test_send_next_postpones_when_the_gateway_fails(
    gateway: str, letter: Notification, settings: Settings
) -> None:
    settings.SMS_GATEWAY = f"{__name__}.{gateway}"
    assert send_next(queue=SHORT, now=NOW) == GATEWAY_FAILED
    letter.refresh_from_db()
    assert letter.due_at > NOW
    # a dead gateway says nothing about the mail relay
    assert not Relay.objects.filter(failed_at__isnull=False).exists()


def test_send_next_fails_for_a_refused_number(letter: Notification, settings: Settings) -> None:
    settings.SMS_GATEWAY = f"{__name__}.Refusing"
    assert send_next(queue=SHORT, now=NOW) == "failed"
    assert send_next(queue=SHORT, now=NOW + timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),  # two septets each
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 151, 2),  # no letter is cut in two
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("ж" * 134, 2),
        ("ж" * 135, 3),
        ("ç" + "a" * 70, 2),  # one letter that GSM 03.38 lacks
        ("😀" * 35, 1),
        ("😀" * 66, 2),
        ("😀" * 67, 3),
    ],
)
def test_segments_are_those_of_the_phone_network(text: str, count: int) -> None:
    assert sms.segments(text) == count


def test_send_due_ends_its_round_when_the_gateway_fails(
    letter: Notification, settings: Settings
) -> None:
    settings.SMS_GATEWAY = f"{__name__}.Dead"
    enqueue(kind="test_short", subject="x/2", language="en", queue=SHORT, now=NOW)
    assert send_due(queue=SHORT, now=NOW) == {GATEWAY_FAILED: 1}


def test_http_gateway_posts_json_with_the_token(
    letter: Notification, provider: type[Provider]
) -> None:
    assert send_next(queue=SHORT, now=NOW) == "sent"
    ((path, headers, told),) = provider.heard
    assert path == "/messages"
    assert headers["Authorization"] == "Bearer a-token-of-theirs"
    assert headers["Content-Type"] == "application/json"
    assert headers["Idempotency-Key"] == letter.message_id
    assert told == {
        "id": letter.message_id, "from": "Amt", "to": NUMBER, "text": "Code 123456"
    }  # fmt: skip


@pytest.mark.parametrize("answer", [0, 302, 401, 404, 429, 500, 503])
def test_http_gateway_is_asked_again_after_a_failure(
    answer: int, letter: Notification, provider: type[Provider]
) -> None:
    provider.answer = answer
    assert send_next(queue=SHORT, now=NOW) == GATEWAY_FAILED
    assert len(provider.heard) == 1  # a redirection is not followed: the token stays here
    later = NOW + timedelta(seconds=BACKOFF[0])
    assert send_next(queue=SHORT, now=later - timedelta(seconds=1)) is None
    provider.answer = 200
    assert send_next(queue=SHORT, now=later) == "sent"
    first, second = provider.heard
    assert first[2] == second[2]  # the same id: one message, whatever the provider kept


@pytest.mark.parametrize("answer", [400, 422])
def test_http_gateway_gives_up_a_refused_message(
    answer: int, letter: Notification, provider: type[Provider]
) -> None:
    provider.answer = answer
    assert send_next(queue=SHORT, now=NOW) == "failed"


def test_http_gateway_gives_up_a_silent_provider_in_time(
    letter: Notification,
    provider: type[Provider],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert sms.TIMEOUT <= 15  # F11
    monkeypatch.setattr(sms, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.SMS_URL = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert send_next(queue=SHORT, now=NOW) == GATEWAY_FAILED


@pytest.mark.parametrize("answer", [202, 422, 500])
def test_http_gateway_logs_neither_number_nor_text(
    answer: int, letter: Notification, provider: type[Provider], caplog: pytest.LogCaptureFixture
) -> None:
    provider.answer = answer
    with caplog.at_level(logging.DEBUG):
        send_next(queue=SHORT, now=NOW)
    letter.refresh_from_db()
    told = caplog.text + letter.failure
    assert not any(secret in told for secret in (NUMBER, NUMBER[3:], "123456", "a-token"))

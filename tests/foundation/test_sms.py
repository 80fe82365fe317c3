from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.foundation import sms
from config.foundation.letters import Envelope, Letter, Relay, promise, renders, send_next

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


class Dead:
    """A gateway that does not answer."""

    def send(self, **_: str) -> None:
        raise ConnectionRefusedError


class Refusing:
    """A gateway that knows the number to be wrong."""

    def send(self, **_: str) -> None:
        raise sms.Refused


class Broken:
    """A gateway with a fault of its own."""

    def send(self, **_: str) -> None:
        raise KeyError


@pytest.fixture
def letter() -> Letter:
    renders("test_short")(lambda letter, now: Envelope(to="+4915112345678", subject="", text="Hi"))
    promise(kind="test_short", subject="x/1", language="en", now=NOW)
    return Letter.objects.get()


def test_send_next_writes_a_short_message_beside_the_letters(
    letter: Letter, settings: Any, tmp_path: Path
) -> None:
    settings.SMS_FILE_PATH = tmp_path
    assert send_next(queue=Letter.Queue.ORDINARY, now=NOW) == "sent"
    (file,) = tmp_path.glob("sms-*.log")
    assert "To: +4915112345678" in file.read_text()


@pytest.mark.parametrize("gateway", ["Dead", "Broken"])
def test_send_next_postpones_when_the_gateway_fails(
    gateway: str, letter: Letter, settings: Any
) -> None:
    settings.SMS_GATEWAY = f"{__name__}.{gateway}"
    assert send_next(queue=Letter.Queue.ORDINARY, now=NOW) == "postponed"
    letter.refresh_from_db()
    assert letter.due_at > NOW
    # a dead gateway says nothing about the mail relay
    assert not Relay.objects.filter(failed_at__isnull=False).exists()


def test_send_next_fails_for_a_refused_number(letter: Letter, settings: Any) -> None:
    settings.SMS_GATEWAY = f"{__name__}.Refusing"
    assert send_next(queue=Letter.Queue.ORDINARY, now=NOW) == "failed"
    assert send_next(queue=Letter.Queue.ORDINARY, now=NOW + timedelta(hours=1)) is None

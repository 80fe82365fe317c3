"""Phones for tests: what a gateway hands over is kept here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_django import Settings

MOBILE = "+4915112345678"


@dataclass(frozen=True)
class Text:
    """One short message as a phone shows it."""

    number: str
    text: str


SENT: list[Text] = []


class Phones:
    """A gateway that keeps everything."""

    def send(self, *, number: str, text: str, message_id: str) -> None:
        """Keeps one message."""
        SENT.append(Text(number, text))


@pytest.fixture
def phones(settings: Settings) -> Iterator[list[Text]]:
    """An office that sends short messages, and all that left."""
    settings.SMS_URL = "https://sms.example.org/messages"
    settings.SMS_GATEWAY = f"{__name__}.Phones"
    SENT.clear()
    yield SENT
    SENT.clear()

"""What a Sentry of the office gets: what failed and where, and nothing about anybody."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from django.core.exceptions import ImproperlyConfigured
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from config.operations import error_reports
from config.operations.log_ids import running

DSN = "https://key@sentry.example.org/1"
PEOPLE = ("Kanarienvogel", "1971-09-17", "piepmatz", "example.com")


class Mailbag(Transport):
    """Keeps what would be sent."""

    def __init__(self, options: dict[str, Any] | None = None) -> None:
        super().__init__(options)
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        """Takes one envelope."""
        event = envelope.get_event()
        if event:
            self.events.append(dict(event))


@pytest.fixture
def mailbag() -> Iterator[Mailbag]:
    found = Mailbag()
    error_reports.start(DSN, transport=found)
    yield found
    sentry_sdk.init()  # reports nothing any more


def test_error_leaves_without_the_person(mailbag: Mailbag) -> None:
    person = {"family_name": "Kanarienvogel", "birth_date": "1971-09-17"}
    with running(request="ab12"):
        try:
            raise ValueError(f"Key (email)=(piepmatz@example.com) of {person}")
        except ValueError:
            logging.getLogger("booking").exception("mail to %s failed", "piepmatz@example.com")
    [event] = mailbag.events
    text = json.dumps(event, default=str)
    assert [name for name in PEOPLE if name in text] == []
    assert event["exception"]["values"][0]["type"] == "ValueError"
    frame = event["exception"]["values"][0]["stacktrace"]["frames"][-1]
    assert frame["function"] == "test_error_leaves_without_the_person"
    assert event["tags"] == {"request": "ab12"}
    assert "server_name" not in event


def test_whatever_the_library_adds_stays_here() -> None:
    event = {
        "level": "error",
        "request": {"url": "https://termin.example.de/de/manage/secret/", "data": "Kanarienvogel"},
        "user": {"ip_address": "203.0.113.7"},
        "breadcrumbs": {"values": [{"message": "Kanarienvogel"}]},
        "extra": {"name": "Kanarienvogel"},
        "logentry": {"message": "letter to %s", "params": ["piepmatz@example.com"]},
    }
    assert error_reports.strip(event, {}) == {
        "level": "error",
        "logentry": {"message": "letter to %s"},
        "exception": {"values": []},
        "tags": {},
    }


def test_address_that_is_none_is_refused_in_a_sentence() -> None:
    with pytest.raises(ImproperlyConfigured, match="SENTRY_DSN"):
        error_reports.start("nonsense")

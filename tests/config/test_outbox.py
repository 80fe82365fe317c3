"""The outbox: promised once, leased to one sender, tried until it leaves or can't."""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import Settings

from config.foundation import notification_kinds, outbox
from config.foundation.mime import Attachment, Envelope
from config.foundation.notification_kinds import Attempt, renders
from config.foundation.outbox import (
    BACKOFF,
    LEASE,
    PATIENCE,
    POISON_ATTEMPTS,
    RELAY_FAILED,
    Notification,
    claim,
    enqueue,
    send,
    send_due,
)
from config.foundation.relay import Relay, relay_is_down
from tests.mailserver import Script, mailserver, silent
from tests.servers import free_port

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ORDINARY = Notification.Queue.ORDINARY


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind whose address is its subject, one that is gone, and one that always fails."""
    monkeypatch.setattr(notification_kinds, "_render", {})

    @renders("plain")
    def render_plain(letter: Notification, attempt: Attempt) -> Envelope | None:
        file = Attachment(name="appointment.ics", content=b"BEGIN", mimetype="text/calendar")
        return Envelope(
            to=f"{letter.subject}@example.org",
            subject="Ihr Termin · Your appointment",
            text="Guten Tag",
            html="<p>Guten Tag</p>",
            attachments=[file],
            reply_to="office@example.org",
        )

    @renders("gone")
    def render_gone(letter: Notification, attempt: Attempt) -> Envelope | None:
        return None

    @renders("poison")
    def render_poison(letter: Notification, attempt: Attempt) -> Envelope | None:
        raise ValueError("Nguyễn Thị Ánh")


@pytest.fixture
def server(settings: Settings) -> Iterator[Script]:
    """A mail server that takes everything until told otherwise."""
    with mailserver(settings) as script:
        yield script


def put(subject: str = "a", *, kind: str = "plain", **more: Any) -> Notification:
    enqueue(kind=kind, subject=subject, language="de", now=NOW, **more)
    return Notification.objects.get(kind=kind, subject=subject)


def test_promise_twice_is_one_letter() -> None:
    # I16
    put()
    put()
    assert Notification.objects.count() == 1


def test_promise_of_next_revision_is_another_letter() -> None:
    enqueue(kind="plain", subject="a", language="de", now=NOW)
    enqueue(kind="plain", subject="a", language="de", now=NOW, revision=1)
    assert Notification.objects.count() == 2


def test_promise_dies_with_the_act_that_causes_it() -> None:
    @transaction.atomic
    def act() -> None:
        put()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert not Notification.objects.exists()


def test_promise_keeps_no_text_and_no_address() -> None:
    letter = put()
    columns = [str(value) for value in vars(letter).values()]
    assert not any("example.org" in value or "Guten Tag" in value for value in columns)


def test_letter_has_one_end() -> None:
    letter = put()
    with pytest.raises(IntegrityError, match=r"letter_has_one_end|CHECK"), transaction.atomic():
        Notification.objects.filter(pk=letter.pk).update(sent_at=NOW, failed_at=NOW)


def test_send_due_delivers_with_stable_headers(server: Script) -> None:
    # T-L9
    letter = put()
    assert send_due(queue=ORDINARY, now=NOW)["sent"] == 1
    assert send_due(queue=ORDINARY, now=NOW + SECOND).total() == 0
    (message,) = server.taken
    assert message["Message-ID"] == letter.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Reply-To"] == "office@example.org"
    assert message["To"] == "a@example.org"
    names = [part.get_filename() for part in message.walk() if part.get_filename()]
    assert names == ["appointment.ics"]


def test_send_due_leaves_what_is_not_due(server: Script) -> None:
    put(due_at=NOW + SECOND)
    assert send_due(queue=ORDINARY, now=NOW).total() == 0
    assert send_due(queue=ORDINARY, now=NOW + SECOND)["sent"] == 1


def test_queues_do_not_wait_for_each_other(server: Script) -> None:
    for number in range(3):
        put(f"letter-{number}")
    put("code", queue=Notification.Queue.CODE)
    assert send_due(queue=Notification.Queue.CODE, now=NOW)["sent"] == 1
    assert [message["To"] for message in server.taken] == ["code@example.org"]


def test_send_due_ends_at_its_limit(server: Script) -> None:
    for number in range(3):
        put(f"letter-{number}")
    assert send_due(queue=ORDINARY, now=NOW, limit=2)["sent"] == 2


def test_claim_gives_a_letter_to_one_sender() -> None:
    put()
    assert claim(queue=ORDINARY, now=NOW)
    assert claim(queue=ORDINARY, now=NOW) is None


def test_claim_again_after_the_lease_of_a_dead_sender(server: Script) -> None:
    # F5: killed before the relay answered
    put()
    assert claim(queue=ORDINARY, now=NOW)
    assert send_due(queue=ORDINARY, now=NOW + LEASE - SECOND).total() == 0
    assert send_due(queue=ORDINARY, now=NOW + LEASE)["sent"] == 1
    assert len(server.taken) == 1


def test_send_after_kill_repeats_the_message_id(
    server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    # F6: killed after the relay took it and before the row said so
    put()
    monkeypatch.setattr(outbox, "_end", lambda *args, **kwargs: "sent")
    send_due(queue=ORDINARY, now=NOW, limit=1)
    monkeypatch.undo()
    renders("plain")(lambda letter, attempt: Envelope(to="a@example.org", subject="s", text="t"))
    assert send_due(queue=ORDINARY, now=NOW + LEASE)["sent"] == 1
    assert len({message["Message-ID"] for message in server.taken}) == 1
    assert len(server.taken) == 2
    assert Notification.objects.get().sent_at


def test_late_sender_does_not_end_the_letter_of_another(server: Script) -> None:
    put()
    late = claim(queue=ORDINARY, now=NOW)
    other = claim(queue=ORDINARY, now=NOW + LEASE)
    assert late
    assert other
    send(other, now=NOW + LEASE)
    server.at_data = "550 no"
    send(late, now=NOW + LEASE)
    row = Notification.objects.get()
    assert row.sent_at
    assert row.failed_at is None


def test_gone_cause_withdraws_the_letter(server: Script) -> None:
    put(kind="gone")
    assert send_due(queue=ORDINARY, now=NOW)["withdrawn"] == 1
    assert not server.taken


def test_refused_recipient_fails_alone(server: Script) -> None:
    # F12
    server.at_recipient["a@example.org"] = "550 unknown"
    put("a")
    put("b")
    tally = send_due(queue=ORDINARY, now=NOW)
    assert (tally["failed"], tally["sent"]) == (1, 1)
    assert Notification.objects.get(subject="a").failure == "refused 550"
    assert not relay_is_down(NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("at_recipient", "at_data"), [("451 later", "250 OK"), ("250 OK", "451 later")]
)
def test_temporary_refusal_is_tried_again(server: Script, at_recipient: str, at_data: str) -> None:
    server.at_recipient["a@example.org"] = at_recipient
    server.at_data = at_data
    put()
    assert send_due(queue=ORDINARY, now=NOW)["postponed"] == 1
    server.at_recipient.clear()
    server.at_data = "250 OK"
    wait = timedelta(seconds=BACKOFF[0])
    assert send_due(queue=ORDINARY, now=NOW + wait - SECOND).total() == 0
    assert send_due(queue=ORDINARY, now=NOW + wait)["sent"] == 1
    assert not relay_is_down(NOW + wait)


def test_permanent_refusal_of_the_message_fails(server: Script) -> None:
    server.at_data = "554 no"
    put()
    assert send_due(queue=ORDINARY, now=NOW)["failed"] == 1


def test_closed_relay_loses_nothing_for_a_day(settings: Settings) -> None:
    # F10
    settings.EMAIL_BACKEND = "config.foundation.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    letter = put()
    waits, now = [], NOW
    while now < NOW + timedelta(hours=24):
        assert send_due(queue=ORDINARY, now=now)[RELAY_FAILED] == 1
        letter.refresh_from_db()
        waits.append((letter.due_at - now).total_seconds())
        now = letter.due_at
    assert letter.failed_at is None
    assert waits[: len(BACKOFF)] == list(BACKOFF)
    assert set(waits[len(BACKOFF) :]) == {BACKOFF[-1]}
    with mailserver(settings) as script:
        assert send_due(queue=ORDINARY, now=now)["sent"] == 1
    assert len(script.taken) == 1


def test_letter_is_given_up_at_its_end(server: Script) -> None:
    put()
    assert send_due(queue=ORDINARY, now=NOW + PATIENCE)["failed"] == 1
    assert Notification.objects.get().failure == "too late"
    assert not server.taken


def test_silent_relay_does_not_hold_up_the_sender(settings: Settings) -> None:
    # F11: one waits as long as the time-out says, the others stay due for the next run
    settings.EMAIL_TIMEOUT = 0.3
    for number in range(5):
        put(f"letter-{number}")
    with silent(settings):
        began = time.monotonic()
        tally = send_due(queue=ORDINARY, now=NOW)
        assert time.monotonic() - began < 5
    assert tally == {RELAY_FAILED: 1}
    assert Notification.objects.filter(due_at=NOW, leased_until=None).count() == 4


def test_poison_fails_after_five_tries_while_others_flow(
    server: Script, caplog: pytest.LogCaptureFixture
) -> None:
    # F29
    put(kind="poison")
    put("b")
    now = NOW
    with caplog.at_level(logging.DEBUG):
        for _ in range(POISON_ATTEMPTS):
            send_due(queue=ORDINARY, now=now)
            now += timedelta(seconds=BACKOFF[-1])
    poison = Notification.objects.get(kind="poison")
    assert (poison.failed_at is not None, poison.attempts) == (True, POISON_ATTEMPTS)
    assert poison.failure == "broken ValueError"
    assert Notification.objects.get(subject="b").sent_at
    assert "Nguyễn" not in caplog.text


def test_unknown_kind_fails_like_poison(server: Script) -> None:
    put(kind="nobody-renders-this")
    assert send_due(queue=ORDINARY, now=NOW)["postponed"] == 1


@pytest.mark.parametrize("bad", ["a\nBcc: evil@example.org", "a\rb"])
def test_header_injection_never_reaches_the_relay(server: Script, bad: str) -> None:
    # T-L8
    renders("plain")(lambda letter, attempt: Envelope(to="a@example.org", subject=bad, text="t"))
    put()
    assert send_due(queue=ORDINARY, now=NOW)["postponed"] == 1
    assert not server.taken


def test_relay_is_down_only_after_two_minutes_of_failures(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "config.foundation.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    put()
    assert not relay_is_down(NOW)
    send_due(queue=ORDINARY, now=NOW)
    assert not relay_is_down(NOW + timedelta(seconds=119))
    assert relay_is_down(NOW + timedelta(minutes=2))
    # old news: nothing was tried since
    assert not relay_is_down(NOW + timedelta(minutes=7))
    with mailserver(settings):
        send_due(queue=ORDINARY, now=NOW + timedelta(minutes=3))
    assert not relay_is_down(NOW + timedelta(minutes=4))
    assert Relay.objects.count() == 1


class Outcomes(TestCase):
    """Whatever a relay answers, in any order."""

    @hypothesis_settings(max_examples=60, deadline=None)
    @given(
        answers=st.lists(
            st.sampled_from(["ok", "kill", "451", "550", "closed", "poison"]), max_size=12
        )
    )
    def test_a_letter_ends_once_and_its_attempts_only_grow(self, answers: list[str]) -> None:
        # I17, I18
        Notification.objects.all().delete()
        put()
        now, delivered, attempts = NOW, 0, 0
        for answer in answers:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(EmailBackend, "send_messages", _answering(answer))
                letter = claim(queue=ORDINARY, now=now)
                if letter and answer != "kill":
                    delivered += send(letter, now=now) == "sent"
            row = Notification.objects.get()
            assert row.attempts >= attempts
            attempts = row.attempts
            now += timedelta(minutes=5)
        assert delivered <= 1
        assert (Notification.objects.get().sent_at is not None) == (delivered == 1)


def _answering(answer: str) -> Any:
    def answer_it(backend: EmailBackend, messages: list[Any]) -> int:
        match answer:
            case "451" | "550":
                raise smtplib.SMTPDataError(int(answer), b"no")
            case "closed":
                raise ConnectionRefusedError
            case "poison":
                raise smtplib.SMTPRecipientsRefused({"a": (550, b"no"), "b": (450, b"")})
        return 1

    return answer_it

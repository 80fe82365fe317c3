"""A relay that is slow, breaks off or says no at any step: at most two copies, and others go on.

RFC 5321 lets a relay take ten minutes to answer a text. The times here are shortened together.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import close_old_connections
from django.utils import timezone
from pytest_django import Settings

from config.foundation import notification_kinds, outbox, smtp
from config.foundation.mime import Envelope
from config.foundation.notification_kinds import Attempt, renders
from config.foundation.outbox import (
    LEASE,
    MOST_UNANSWERED,
    UNANSWERED,
    Notification,
    claim,
    enqueue,
    send,
    send_due,
    waiting,
)
from config.foundation.relay import Relay, relay_is_down
from config.operations import notification_senders, tasks
from tests.mailserver import Script, mailserver

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ORDINARY = Notification.Queue.ORDINARY
LATER = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """A kind whose address is its subject; half a second is long."""
    monkeypatch.setattr(notification_kinds, "_render", {})
    settings.EMAIL_TIMEOUT = 0.5

    @renders("plain")
    def render(letter: Notification, attempt: Attempt) -> Envelope:
        return Envelope(to=f"{letter.subject}@example.org", subject="Termin", text="Grüße\n" * 9)


@pytest.fixture
def server(settings: Settings) -> Iterator[Script]:
    """A mail server that takes everything until told otherwise."""
    with mailserver(settings) as script:
        yield script


def put(subject: str = "a", *, now: datetime = NOW) -> Notification:
    enqueue(kind="plain", subject=subject, language="de", now=now)
    return Notification.objects.get(subject=subject)


def rounds(count: int) -> None:
    """Sends what is due, so many times, ten minutes apart."""
    for number in range(count):
        send_due(queue=ORDINARY, now=NOW + number * LATER)


def test_patience_is_that_of_the_rfc() -> None:
    """RFC 5321, section 4.5.3.2."""
    assert (smtp.GREETING, smtp.COMMAND) == (300, 300)
    assert (smtp.DATA_INITIATION, smtp.DATA_BLOCK, smtp.DATA_TERMINATION) == (120, 180, 600)
    longest = smtp.GREETING + 6 * smtp.COMMAND + smtp.DATA_INITIATION + smtp.DATA_BLOCK
    assert longest + smtp.DATA_TERMINATION < outbox.LONGEST_SEND
    assert LEASE.total_seconds() / 2 > outbox.RENEW_SECONDS


@pytest.mark.django_db
def test_answer_long_after_the_text_is_one_copy(server: Script) -> None:
    server.slow["a@example.org"] = 1.2
    put()
    assert send_due(queue=ORDINARY, now=NOW)["sent"] == 1
    rounds(3)
    assert len(server.taken) == 1
    row = Notification.objects.get()
    assert (row.attempts, row.unanswered) == (1, 0)
    assert row.sent_at is not None
    assert not relay_is_down(NOW + timedelta(minutes=3))


@pytest.mark.django_db
def test_slow_replies_are_one_copy(server: Script) -> None:
    server.per_reply = 0.35  # below what a greeting may take; all six are far above
    put()
    assert send_due(queue=ORDINARY, now=NOW)["sent"] == 1
    assert len(server.taken) == 1


@pytest.mark.django_db
def test_slow_greeting_is_waited_for_in_the_end(server: Script) -> None:
    server.per_reply = 0.7
    put()
    assert send_due(queue=ORDINARY, now=NOW)[outbox.RELAY_FAILED] == 1
    assert send_due(queue=ORDINARY, now=NOW + LATER)["sent"] == 1
    assert len(server.taken) == 1


@pytest.mark.django_db
def test_silence_after_the_text_is_two_copies_and_no_more(
    server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "DATA_TERMINATION", 0.3)
    server.slow["a@example.org"] = 1.5
    put()
    rounds(6)
    row = Notification.objects.get()
    assert (row.failure, row.attempts) == (UNANSWERED, MOST_UNANSWERED)
    assert row.failed_at is not None
    assert len({message["Message-ID"] for message in server.taken}) <= 1
    assert len(server.raw) == MOST_UNANSWERED
    # it was connected to each time: nobody is let in without proof because it is slow
    assert not Relay.objects.filter(failing_since__isnull=False).exists()


@pytest.mark.django_db
def test_reset_after_the_text_is_two_copies_and_no_more(server: Script) -> None:
    server.resets = 99
    put()
    rounds(6)
    assert Notification.objects.get().failure == UNANSWERED
    assert len(server.taken) == 2
    assert len({message["Message-ID"] for message in server.taken}) == 1
    assert not Relay.objects.filter(failing_since__isnull=False).exists()


@pytest.mark.django_db
def test_reset_and_then_an_answer_is_sent(server: Script) -> None:
    server.resets = 1
    put()
    rounds(3)
    assert Notification.objects.get().sent_at is not None
    assert len(server.taken) == 2


@pytest.mark.django_db
def test_sender_that_dies_again_and_again_after_the_text(
    server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed, or out of the time of its task: what it knew is in the row before the text is."""

    class Killed(BaseException):
        pass

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    put()
    monkeypatch.setattr(outbox, "_record", die)
    for number in range(2):
        letter = claim(queue=ORDINARY, now=NOW + number * LEASE)
        assert letter
        with pytest.raises(Killed):
            send(letter, now=NOW + number * LEASE)
    monkeypatch.undo()
    rounds(4)
    assert len(server.taken) == 2
    assert Notification.objects.get().failure == UNANSWERED


@pytest.mark.django_db
def test_soft_time_limit_is_an_attempt_like_another(
    server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    from billiard.exceptions import SoftTimeLimitExceeded

    def limit() -> None:
        raise SoftTimeLimitExceeded

    put()
    send_next = smtp.EmailBackend.send_messages

    def sent_and_limited(self: Any, messages: Any) -> None:
        send_next(self, messages)
        limit()

    monkeypatch.setattr(smtp.EmailBackend, "send_messages", sent_and_limited)
    assert send_due(queue=ORDINARY, now=NOW)["postponed"] == 1
    assert Notification.objects.get().unanswered == 1


@pytest.mark.django_db
def test_lost_lease_keeps_the_text_here(server: Script) -> None:
    put()
    late = claim(queue=ORDINARY, now=NOW)
    assert late
    assert claim(queue=ORDINARY, now=NOW + LEASE)
    send(late, now=NOW + LEASE)
    assert not server.raw


def say(stage: str, code: int) -> Callable[[Script], None]:
    def script(server: Script) -> None:
        text = f"{code} no"
        match stage:
            case "greeting":
                server.at_greeting = text
            case "hello":
                server.at_hello = text
            case "sender":
                server.at_sender = text
            case "recipient":
                server.at_recipient["a@example.org"] = text
            case "before the text":
                server.at_data_start = text
            case "after the text":
                server.at_data = text

    return script


STAGES = ("greeting", "hello", "sender", "recipient", "before the text", "after the text")


@pytest.mark.django_db
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("code", [421, 451, 452, 550])
def test_refusal_at_each_stage(server: Script, stage: str, code: int) -> None:
    """What is final ends the letter, what is not is tried again, and nothing counts as sent."""
    say(stage, code)(server)
    put()
    tally = send_due(queue=ORDINARY, now=NOW)
    row = Notification.objects.get()
    # a greeting, a hello or our own address speak of us: no letter is lost for our own fault
    final = code == 550 and stage in {"recipient", "before the text", "after the text"}
    assert tally == {
        "failed" if final else outbox.RELAY_FAILED if stage == "greeting" else "postponed": 1
    }
    assert (row.sent_at, row.unanswered) == (None, 0)
    assert (row.failed_at is not None) == final
    unreachable = Relay.objects.filter(failing_since__isnull=False).exists()
    assert unreachable == (stage == "greeting")
    assert not server.taken


@pytest.mark.django_db
def test_answer_is_kept_before_the_relay_says_goodbye(
    server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[bool] = []

    goodbye = smtp.EmailBackend.close

    def close(backend: smtp.EmailBackend) -> None:
        ended.append(Notification.objects.get().sent_at is not None)
        goodbye(backend)

    put()
    monkeypatch.setattr(smtp.EmailBackend, "close", close)
    send_due(queue=ORDINARY, now=NOW)
    assert ended == [True]


@pytest.mark.django_db
def test_what_follows_a_sent_letter_can_not_send_it_again(
    server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(letter: Notification, now: datetime) -> None:
        raise RuntimeError

    monkeypatch.setattr(notification_kinds, "_follow_up", {("sent", "plain"): fail})
    put()
    rounds(3)
    assert len(server.taken) == 1
    assert Notification.objects.get().sent_at == NOW


@pytest.mark.django_db
def test_text_leaves_as_seven_bits(server: Script) -> None:
    """A relay without 8BITMIME must not be sent bytes above 127 (RFC 6152)."""
    put()
    send_due(queue=ORDINARY, now=NOW)
    (raw,) = server.raw
    assert max(raw) < 128
    text = server.taken[0].get_payload(decode=True)
    assert isinstance(text, bytes)
    assert text.decode().split() == ["Grüße"] * 9


@pytest.mark.django_db(transaction=True)
def test_lease_lasts_as_long_as_the_letter_is_on_its_way(
    server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "RENEW_SECONDS", 0.2)
    now = timezone.now()
    put(now=now)
    server.slow["a@example.org"] = 2.5
    letter = claim(queue=ORDINARY, now=now)
    assert letter
    first = now + LEASE
    sending = threading.Thread(target=_in_thread, args=(lambda: send(letter, now=now),))
    sending.start()
    until = time.monotonic() + 10
    while (renewed := Notification.objects.get().leased_until) in {None, first}:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert renewed is not None
    assert renewed > first
    sending.join()
    row = Notification.objects.get()
    assert (row.leased_until, row.sent_at is not None) == (None, True)


def _in_thread(act: Callable[[], object]) -> None:
    try:
        act()
    finally:
        close_old_connections()
        from django.db import connection

        connection.close()


@pytest.mark.django_db(transaction=True)
def test_slow_letters_stop_no_others(server: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """F11: as with one task at a time, and with five slow letters at the head of the line."""
    monkeypatch.setattr(notification_senders, "SLOW_AFTER", 0.3)
    now = timezone.now()
    for number in range(20):
        put(f"letter-{number}", now=now)
    slow = [f"letter-{number}@example.org" for number in range(5)]
    server.slow = dict.fromkeys(slow, 6.0)
    began = time.monotonic()
    tasks.send_letters()
    assert time.monotonic() - began < 5
    assert waiting().count() == 5
    assert len(server.taken) == 15
    tasks.send_letters()  # nothing is due: the slow ones are on their way
    notification_senders.finish(seconds=20)
    assert not waiting().exists()
    assert len({message["Message-ID"] for message in server.taken}) == len(server.taken) == 20


@pytest.mark.django_db(transaction=True)
def test_connections_at_once_are_limited(server: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notification_senders, "SLOW_AFTER", 0.1)
    now = timezone.now()
    for number in range(notification_senders.MOST + 3):
        put(f"letter-{number}", now=now)
        server.slow[f"letter-{number}@example.org"] = 2.0
    tasks.send_letters()
    assert Notification.objects.exclude(leased_until=None).count() == notification_senders.MOST
    notification_senders.finish(seconds=20)
    tasks.send_letters()
    notification_senders.finish(seconds=20)
    assert not waiting().exists()
    assert len(server.taken) == notification_senders.MOST + 3


@pytest.mark.django_db(transaction=True)
def test_error_of_a_sender_is_that_of_its_task(
    server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(notification_senders, "send_next", fail)
    put(now=timezone.now())
    with pytest.raises(RuntimeError):
        tasks.send_letters()

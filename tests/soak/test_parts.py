"""What a soak takes for a failure, and its relay."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import count
from pathlib import Path

import pytest
from django.utils import timezone

from config.foundation.outbox import Notification, enqueue
from tests.servers import free_port
from tests.soak import relay
from tests.soak.answers import judge
from tests.soak.one import Soak
from tests.soak.pairs import untrue_journal
from tests.soak.relay import Relay, RelayServer, treatment
from tests.soak.stacks import Stack
from tests.soak.watching import Settling, _late, senders_ended


class OnlyRelay(Stack):
    """Has no parts."""

    name = "none"

    def __init__(self, mail: Relay) -> None:
        self.mail = mail


def a_soak(mail: Relay | None = None) -> Soak:
    """A run of a stack that has only a relay."""
    return Soak(OnlyRelay(mail or Relay()), minutes=1)


@pytest.mark.parametrize(
    ("status", "text", "counted"),
    [
        (200, "", "answers 2xx"),
        (409, "<h1>Taken</h1>", "answers 4xx"),
        (503, "<p>Please wait</p>", "answers 503 with a sentence"),
        (503, "Please try again in a minute.", "answers 503 with a sentence"),
    ],
)
def test_answers_that_a_person_can_go_on_from(status: int, text: str, counted: str) -> None:
    soak = a_soak()
    judge(soak, "/de/", status=status, text=text, began=time.monotonic())
    assert (soak.failures, dict(soak.counts)) == ([], {counted: 1})


@pytest.mark.parametrize(
    ("status", "text"), [(0, "reset"), (500, "<p>Sorry</p>"), (502, ""), (503, ""), (409, "no")]
)
def test_answers_that_fail_a_run(status: int, text: str) -> None:
    soak = a_soak()
    judge(soak, "/de/", status=status, text=text, began=time.monotonic())
    assert len(soak.failures) == 1


def test_redirect_that_leads_nowhere_fails_a_run() -> None:
    soak = a_soak()
    judge(soak, "/de/", status=303, text="", began=time.monotonic())
    assert "leads nowhere" in soak.failures[0]


def test_no_answer_is_excused_by_a_kill_of_that_moment_alone() -> None:
    soak = a_soak()
    began = time.monotonic()
    soak.cuts.append(began - 5)
    judge(soak, "/de/", status=0, text="reset", began=began)
    assert len(soak.failures) == 1
    soak.cuts.append(began + 0.1)
    judge(soak, "/de/", status=0, text="reset", began=began)
    assert len(soak.failures) == 1
    judge(soak, "/de/", status=500, text="<p>Sorry</p>", began=began)
    assert len(soak.failures) == 2


def test_frozen_broker_delays_no_letter_but_for_so_long() -> None:
    soak = a_soak()
    due = timezone.now()
    at = due.timestamp()
    soak.frozen += [(at - 10, at + 20), (at + 90, at + 120)]
    assert _late(soak, due, at + 100) == pytest.approx(100 - 20 - 10)


# --- the relay ----------------------------------------------------------------------------------


@pytest.fixture
def mail() -> Relay:
    return Relay()


@pytest.fixture
def server(mail: Relay, monkeypatch: pytest.MonkeyPatch) -> Iterator[RelayServer]:
    """A running relay whose slow answers take a moment."""
    monkeypatch.setattr(relay, "AFTER_THE_DOT", 0.4)
    monkeypatch.setattr(relay, "SLOW_CONNECTIONS", 0)
    server = RelayServer(mail, hostname="127.0.0.1", port=free_port())
    server.start()
    yield server
    server.stop()


def somebody(numbers: range) -> str:
    """An address that the relay treats as these numbers say."""
    addresses = (f"somebody{n}@example.org" for n in count())
    return next(each for each in addresses if treatment(each) in numbers)


@pytest.fixture
def send(server: RelayServer) -> Callable[[str], float]:
    """Sends a letter to an address; the seconds it took."""

    def sending(address: str) -> float:
        message = EmailMessage()
        message["Message-ID"] = "<one@example.org>"
        began = time.monotonic()
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            client.sendmail("office@example.org", [address], message.as_bytes())
        return time.monotonic() - began

    return sending


def test_relay_refuses_some_for_good(mail: Relay, send: Callable[[str], float]) -> None:
    for _try in range(4):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(somebody(relay.REFUSED))
    assert mail.known() == {}


@pytest.mark.parametrize("numbers", [relay.NOT_NOW, relay.TEXT_NOT_NOW])
def test_relay_takes_some_at_the_third_try(
    mail: Relay, send: Callable[[str], float], numbers: range
) -> None:
    for _try in range(relay.LATER):
        with pytest.raises((smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)):
            send(somebody(numbers))
    send(somebody(numbers))
    assert len(mail.known()["<one@example.org>"]) == 1


def test_relay_has_a_letter_long_before_it_says_so(
    mail: Relay, send: Callable[[str], float]
) -> None:
    assert send(somebody(relay.NO_ANSWER_FOR_LONG)) >= 0.4
    ((moment, told_after, _before),) = mail.known()["<one@example.org>"]
    assert told_after == 0.4
    assert moment < time.time() - 0.35


def test_some_connections_are_slow_at_every_reply(
    mail: Relay, send: Callable[[str], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "SLOW_CONNECTIONS", 1)
    monkeypatch.setattr(relay, "A_REPLY", 0.1)
    assert send(somebody(range(30, 100))) >= 0.6


# --- letters and what people were told ----------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("came", "kills", "failure"),
    [
        ([0.0], [], ""),
        ([], [], "never came"),
        ([0.0, 130.0], [], "came twice"),
        ([0.0, 130.0], [15.0], ""),  # the relay had it and answers after 20 s
        ([0.0, 130.0], [60.0], "came twice"),
        ([0.0, 130.0, 260.0], [15.0], "came 3 times"),
        ([90.0], [], "at the relay after 90 s"),
    ],
)
def test_letters_that_fail_a_run(
    came: list[float], kills: list[float], failure: str, tmp_path: Path
) -> None:
    now = timezone.now()
    enqueue(kind="booked", subject="appointment/1", language="de", now=now)
    Notification.objects.update(sent_at=now, attempts=1)
    letter = Notification.objects.get()
    soak = a_soak()
    soak.stack.home = tmp_path
    (tmp_path / "out").touch()
    began = letter.due_at.timestamp()
    soak.stack.mail.copies[letter.message_id] += [(began + at, 20.0, 0.0) for at in came]
    soak.senders_killed += [began + at for at in kills]
    Settling()._copies(soak)
    assert [failure in text for text in soak.failures] == ([True] if failure else [])


def test_end_of_the_worker_is_noted_whoever_ended_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Celery's own worker ends itself when its broker dies at a certain moment."""
    soak = a_soak()
    pids = iter([7, 7, 0, 8, 8])
    monkeypatch.setattr(soak.stack, "pid", lambda part: next(pids))
    for _look in range(5):
        soak.look_at_worker()
    assert len(soak.senders_killed) == 1


def test_worker_tells_when_it_ended_a_sender(tmp_path: Path) -> None:
    soak = a_soak()
    soak.stack.home = tmp_path
    (tmp_path / "out").write_text(
        "2026-11-27T01:00:00Z INFO gunicorn.access GET /de/ 200\n"
        "2026-11-27T01:00:10Z ERROR celery.worker.request Hard time limit (60s) exceeded for it\n"
        "2026-11-27T01:00:20Z CRITICAL config.operations.worker_watchdog no task has come to its "
        "end for 40 s: this worker ends itself\n"
    )
    moments = [datetime.fromtimestamp(each, UTC) for each in senders_ended(soak)]
    assert [f"{each:%H:%M:%S}" for each in moments] == ["01:00:10", "01:00:20"]


@pytest.mark.django_db
def test_who_was_told_what_is_not_so_fails_a_run() -> None:
    assert untrue_journal({"AAAA-BBBB"}) == ["AAAA-BBBB was never booked"]

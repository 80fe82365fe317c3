"""The beat table without Celery, and the letters' own command."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from config.celery import app
from config.foundation.mime import Envelope
from config.foundation.notification_kinds import _render
from config.foundation.outbox import Notification, enqueue
from config.foundation.sweeps import Sweep, record_sweep
from config.management.commands.tick import Command
from tests.servers import free_port

pytestmark = pytest.mark.django_db(transaction=True)  # senders have their own connection


@pytest.fixture
def letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """One letter that is due."""
    render = {"plain": lambda letter, attempt: Envelope(to="a@example.org", subject="s", text="t")}
    monkeypatch.setattr("config.foundation.notification_kinds._render", {**_render, **render})
    enqueue(kind="plain", subject="a", language="de", now=timezone.now())


def test_tick_does_everything_once(
    office: object, capsys: pytest.CaptureFixture[str], letter: None
) -> None:
    call_command("tick", once=True)
    assert f"Ran {len(app.conf.beat_schedule)} tasks." in capsys.readouterr().out
    assert len(mail.outbox) == 1
    tasks = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert set(Sweep.objects.values_list("task", flat=True)) == tasks


def test_tick_goes_on_after_a_failure_and_says_which(
    office: object, letter: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**kwargs: object) -> None:
        raise ValueError("Nguyễn Thị Ánh")

    monkeypatch.setattr("booking.actions.open_slots", fail)
    with pytest.raises(CommandError, match="failed: slots;"):
        call_command("tick", once=True)
    assert len(mail.outbox) == 1
    assert not Sweep.objects.filter(task="booking.tasks.open_slots").exists()


def test_tick_keeps_the_intervals(
    office: object, letter: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: dict[str, float] = {}
    command = Command()
    command.round(called)
    started = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: started + 6)
    first = dict(called)
    command.round(called)
    again = {name for name in called if called[name] != first[name]}
    assert again == {n for n, e in app.conf.beat_schedule.items() if e["schedule"] < 6}


@pytest.mark.parametrize("every", ["0", "-1", "999999", "soon"])
def test_tick_refuses_a_bad_interval(every: str) -> None:
    with pytest.raises(CommandError, match="every"):
        call_command("tick", "--every", every)


def test_record_sweep_keeps_the_last_end() -> None:
    for hour in (8, 9):
        record_sweep("a", now=datetime(2026, 11, 24, hour, tzinfo=UTC))
    assert Sweep.objects.get().ended_at.hour == 9


def test_send_letters_counts(letter: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("send_letters")
    assert capsys.readouterr().out == "1 sent, 0 withdrawn, 0 postponed, 0 failed.\n"
    call_command("send_letters")
    assert capsys.readouterr().out == "0 sent, 0 withdrawn, 0 postponed, 0 failed.\n"


def test_send_letters_fails_when_the_relay_does(letter: None, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "config.foundation.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    with pytest.raises(CommandError, match="mail server can't be reached"):
        call_command("send_letters")
    assert Notification.objects.get().failed_at is None


@pytest.mark.parametrize("limit", ["0", "-3", "many"])
def test_send_letters_refuses_a_bad_limit(limit: str) -> None:
    with pytest.raises(CommandError, match="limit"):
        call_command("send_letters", "--limit", limit)

"""Health, metrics and invariants: green when all is well, red by name when it is not."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config.admin.start_page import system_alarms
from config.celery import app
from config.foundation.outbox import BROKEN, Notification, enqueue
from config.foundation.relay import Relay
from config.foundation.sweeps import record_sweep
from config.operations.health import measure
from config.operations.invariants import invariants, record_broken

pytestmark = pytest.mark.django_db


@pytest.fixture
def swept() -> datetime:
    """A system whose sweepers have just run."""
    now = timezone.now()
    for entry in app.conf.beat_schedule.values():
        record_sweep(entry["task"], now=now)
    return now


def ill(now: datetime) -> list[str]:
    """The names of what is not well."""
    return [f"{one.name} {one.label}".strip() for one in measure(now=now) if not one.well]


def test_health_is_well(swept: datetime, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("health")
    said = capsys.readouterr().out
    assert "RED" not in said
    assert "ok  letters_due: 0" in said


def migrated(ago: timedelta) -> None:
    """Makes the tables so old."""
    MigrationRecorder.Migration.objects.update(applied=timezone.now() - ago)


def test_what_was_not_due_yet_is_not_late() -> None:
    migrated(timedelta(minutes=25))
    silent = {row.label for row in measure(now=timezone.now()) if not row.well}
    assert silent & {"invariants", "counts of the box"} == set()
    assert "codes" in silent
    text = str(system_alarms(timezone.now())[0].text)
    assert "config.operations.tasks.send_codes" in text
    assert "config.operations.tasks.check_invariants" not in text


def test_health_names_sweepers_that_never_ran(capsys: pytest.CaptureFixture[str]) -> None:
    migrated(timedelta(hours=4))
    with pytest.raises(SystemExit) as ended:
        call_command("health", json=True)
    assert ended.value.code == 1
    report = json.loads(capsys.readouterr().out)
    assert report["well"] is False
    silent = {row["label"] for row in report["findings"] if not row["well"]}
    assert silent == set(app.conf.beat_schedule)


def test_health_names_a_sweeper_that_fell_silent(swept: datetime) -> None:
    record_sweep("config.operations.tasks.send_codes", now=swept - timedelta(minutes=2))
    assert ill(swept) == ["sweep_age_seconds codes"]


def test_health_names_late_letters_and_a_failing_relay(swept: datetime) -> None:
    enqueue(kind="x", subject="a", language="de", now=swept - timedelta(minutes=6))
    enqueue(kind="x", subject="b", language="de", now=swept, due_at=swept + timedelta(days=1))
    Relay.objects.create(pk=1, failing_since=swept - timedelta(minutes=6), failed_at=swept)
    assert ill(swept) == ["letters_delay_seconds", "relay_failing_seconds"]
    Notification.objects.update(sent_at=swept)
    assert ill(swept) == ["relay_failing_seconds"]


def test_health_names_a_letter_that_nobody_could_write(swept: datetime) -> None:  # F29
    enqueue(kind="x", subject="a", language="de", now=swept)
    Notification.objects.update(failed_at=swept, failure="refused 550")
    assert ill(swept) == []
    Notification.objects.update(failure=f"{BROKEN}ValueError")
    assert ill(swept) == ["letters_broken"]
    assert "letters_broken" not in ill(swept + timedelta(hours=25))


@pytest.mark.parametrize("seconds", [-6, 6])
def test_health_names_a_wrong_clock(swept: datetime, seconds: int) -> None:
    # 5 seconds off the clock of the database is red
    assert "clock_skew_seconds" in ill(timezone.now() + timedelta(seconds=seconds))


def test_health_names_missing_migrations(swept: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'booking'")
    assert ill(swept) == ["migrations_missing"]


def test_health_names_a_full_disk(swept: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 9, "total": 100})
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    assert ill(swept) == ["disk_free_percent"]


def test_health_without_database_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**arguments: object) -> None:
        raise DatabaseError

    monkeypatch.setattr("config.management.commands.health.measure", refuse)
    with pytest.raises(CommandError, match=r"^the database does not answer$"):
        call_command("health")


@pytest.mark.parametrize("command", ["health", "check_invariants"])
def test_commands_refuse_unknown_arguments(command: str) -> None:
    with pytest.raises(CommandError, match="unrecognized arguments"):
        call_command(command, "--yaml")


def test_check_invariants_finds_nothing_in_a_fresh_office(
    office: object, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("check_invariants", json=True)
    report = json.loads(capsys.readouterr().out)
    assert report["well"] is True
    assert {row["id"] for row in report["invariants"]} >= {"I1", "I4", "I9", "I16"}


def test_check_invariants_names_what_it_finds(
    office: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = ("X1", "nothing is ever wrong.", lambda now: ["7", "8"])
    monkeypatch.setattr("booking.invariants.INVARIANTS", [broken])
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants")
    assert ended.value.code == 1
    assert "X1 is broken: nothing is ever wrong. Rows: 7, 8" in capsys.readouterr().out


def test_every_invariant_has_an_id_and_a_sentence(office: object) -> None:
    found = list(invariants())
    ids = [name for name, _says, _query in found]
    assert len(ids) == len(set(ids))
    now = datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert all(name and says and query(now) == [] for name, says, query in found)


def test_health_tells_of_an_invariant_that_the_hourly_question_found_broken(
    office: object, swept: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = ("X1", "nothing is ever wrong.", lambda now: ["7", "8"])
    with monkeypatch.context() as patched:
        patched.setattr("booking.invariants.INVARIANTS", [broken])
        record_broken(now=swept)
        assert ill(swept) == ["invariants_broken"]
        said = {row.name: row for row in measure(now=swept)}["invariants_broken"]
        assert (said.value, "X1" in said.says) == (2, True)
    record_broken(now=swept)
    assert ill(swept) == []


def test_health_tells_of_rows_that_outlived_their_class(swept: datetime) -> None:  # I31
    enqueue(kind="x", subject="x/1", language="de", now=swept)
    Notification.objects.update(sent_at=swept - timedelta(days=7, hours=23))
    assert not ill(swept)  # due, and the hourly run has a day
    Notification.objects.update(sent_at=swept - timedelta(days=8, hours=1))
    assert ill(swept) == ["over_retention"]

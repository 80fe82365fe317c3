"""The doctor names what is missing and how to get it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from tests.servers import free_port

pytestmark = pytest.mark.django_db


def missing(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The doctor's complaints; none means exit code 0."""
    try:
        call_command("doctor")
        ended = 0
    except SystemExit as error:
        ended = int(error.code or 0)
    lines: list[str] = capsys.readouterr().out.splitlines()
    found = [line for line in lines if line.startswith("MISSING")]
    assert ended == bool(found)
    return found


def test_doctor_finds_nothing_wrong(office: object, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_catalogue")
    capsys.readouterr()
    assert missing(capsys) == []


def test_doctor_tells_a_newcomer_what_to_load(capsys: pytest.CaptureFixture[str]) -> None:
    assert [line.split(": ")[1] for line in missing(capsys)] == [
        "manage.py load_office config/offices/magdeburg.yaml",
        "manage.py load_catalogue",
    ]


def test_doctor_stops_at_missing_migrations(capsys: pytest.CaptureFixture[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'booking'")
    assert missing(capsys) == ["MISSING the tables of this version: manage.py migrate"]


def test_doctor_knocks_at_broker_and_mail_server(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    text = "\n".join(missing(capsys))
    assert "the broker answers" in text
    assert "the mail server answers" in text


def test_doctor_knocks_at_a_socket(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "s"
    settings.REDIS_URL = f"redis+socket://{path}"
    assert "MISSING the broker answers" in "\n".join(missing(capsys))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        assert "the broker answers" not in "\n".join(missing(capsys))


@pytest.mark.parametrize(
    ("server", "says"), [("", "none for this system: it runs `tick`"), ("x", "a Valkey of its own")]
)
def test_doctor_says_what_rings_under_make_run(
    server: str,
    says: str,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.REDIS_URL = ""
    monkeypatch.setattr("config.operations.dev_broker.binary", lambda: server)
    with pytest.raises(SystemExit):
        call_command("doctor")
    assert f"ok      broker of `make run`: {says}\n" in capsys.readouterr().out


def test_doctor_takes_no_arguments() -> None:
    with pytest.raises(CommandError):
        call_command("doctor", "--cure")

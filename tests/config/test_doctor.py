"""The doctor names what is missing and how to get it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from config.accounts.roles import REGISTRAR
from config.foundation.staff import Staff
from tests.factories import QuotaFactory, ServiceWindowFactory, StaffFactory
from tests.servers import free_port

pytestmark = pytest.mark.django_db


def wrong(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """The mends by the doctor's findings that need one; none means exit code 0."""
    capsys.readouterr()
    try:
        call_command("doctor", "--json")
        ended = 0
    except SystemExit as error:
        ended = int(error.code or 0)
    found = json.loads(capsys.readouterr().out)
    rows = {row["text"]: row["mend"] for row in found["findings"] if row["level"] >= 30}
    assert ended == bool(rows)
    assert found["well"] == (not rows)
    return rows


@pytest.fixture(autouse=True)
def forgetful_server(settings: Settings) -> None:
    """The PostgreSQL of the tests does not wait for the disk, which would be an error."""
    settings.SILENCED_SYSTEM_CHECKS = [*settings.SILENCED_SYSTEM_CHECKS, "config.E083"]


def test_doctor_finds_nothing_wrong(
    office: object, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEBUG, settings.LOOPBACK = True, True
    call_command("load_catalogue")
    assert wrong(capsys) == {}
    call_command("doctor")
    assert "Nothing to mend." in capsys.readouterr().out


def test_doctor_tells_a_newcomer_what_to_load(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.LOOPBACK = True
    assert wrong(capsys) == {
        "There is no office.": "manage.py load_office config/offices/magdeburg.yaml",
        "There is no catalogue of papers.": "manage.py load_catalogue",
    }
    with pytest.raises(SystemExit):
        call_command("doctor")
    out = capsys.readouterr().out
    assert "WARNING config.W051 There is no catalogue of papers. manage.py load_catalogue\n" in out
    assert "2 to mend." in out


def test_doctor_looks_at_special_hours_and_collecting(
    office: object, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEBUG, settings.LOOPBACK = True, True
    call_command("load_catalogue")
    quota = QuotaFactory(collects=True)
    person = StaffFactory(is_staff=True)
    person.groups.add(Group.objects.get(name=REGISTRAR))
    assert [*wrong(capsys)] == [
        "An account registers people of another service and has the desk as well.",
        "The quota for collecting documents has no hours: nobody can choose the counter.",
    ]
    ServiceWindowFactory(quota=quota)
    Staff.objects.update(is_staff=False)
    assert wrong(capsys) == {}


def test_doctor_stops_at_missing_migrations(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.LOOPBACK = True
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'booking'")
    assert [*wrong(capsys)] == ["Tables of this version are missing."]


def test_doctor_knocks_at_broker_and_mail_server(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}"
    settings.EMAIL_BACKEND = "config.foundation.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    found = wrong(capsys)
    assert "REDIS_URL: no broker answers." in found
    assert "EMAIL_URL: no mail server answers." in found


def test_doctor_knocks_at_the_mailbox_of_bounces(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.BOUNCE_ADDRESS = "bounce@testserver"
    settings.BOUNCE_IMAP_URL = f"imap://user:password@127.0.0.1:{free_port()}/INBOX"
    assert "BOUNCE_IMAP_URL: no mailbox opens." in wrong(capsys)


def test_doctor_knocks_at_a_socket(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "s"
    settings.REDIS_URL = f"redis+socket://{path}"
    assert "REDIS_URL: no broker answers." in wrong(capsys)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        server.settimeout(5)
        # it takes the connection and says nothing, as a frozen broker does
        assert "REDIS_URL: no broker answers." in wrong(capsys)


@pytest.mark.parametrize(("server", "says"), [("", "none: it runs `tick`"), ("x", "of its own")])
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
    (line,) = (
        line for line in capsys.readouterr().out.splitlines() if line.startswith("broker of")
    )
    assert line.endswith(says)


def test_doctor_takes_no_arguments_it_does_not_know() -> None:
    with pytest.raises(CommandError):
        call_command("doctor", "--cure")

"""Letters as files: for their owner alone, gone in time, and never where people are written to."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from booking import actions
from booking.models import Appointment, Slot
from config import checks
from config.foundation import email_files
from config.foundation.mime import Envelope
from config.foundation.notification_kinds import renders
from config.foundation.outbox import Notification, enqueue, send_next
from config.foundation.relay import relay_is_down
from config.operations.data_subject_requests import forget_person
from config.operations.retention import forget_due
from tests.delivery import deliver
from tests.factories import ApplicantFactory, OfficeFactory, ServiceStatusFactory, SlotFactory

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SHORT = Notification.Queue.SHORT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where the files of this demonstration lie."""
    settings.EMAIL_BACKEND = "config.foundation.email_files.EmailBackend"
    settings.SMS_GATEWAY = "config.foundation.sms.FileGateway"
    settings.DATA_DIR = tmp_path
    return tmp_path / "letters"


@pytest.fixture
def slot() -> Slot:
    ServiceStatusFactory()
    OfficeFactory()
    call_command("load_catalogue", verbosity=0)
    return SlotFactory()


def booked(slot: Slot, now: datetime) -> Appointment:
    applicant = ApplicantFactory(unverified=True, family_name="Kaninchen")
    actions.request_code(applicant=applicant, now=now)
    deliver(now)
    applicant.refresh_from_db()
    applicant.verified_at, applicant.proved_address_key = now, applicant.address_key
    applicant.save()
    held = actions.hold(applicant=applicant, slot_id=slot.pk, now=now)
    appointment = actions.book(appointment=held, now=now)
    deliver(now)
    return appointment


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_are_for_their_owner_alone(slot: Slot, folder: Path) -> None:
    folder.mkdir(mode=0o755)
    before = os.umask(0)
    try:
        booked(slot, slot.starts_at - timedelta(days=1))
        enqueue(kind="test_sms", subject="x/1", language="de", queue=SHORT, now=NOW)
        renders("test_sms")(lambda letter, attempt: Envelope(to="+491701", subject="", text="1"))
        assert send_next(queue=SHORT, now=NOW) == "sent"
    finally:
        os.umask(before)
    files = list(folder.iterdir())
    assert len(files) == 3
    assert mode(folder) == 0o700
    assert {mode(file) for file in files} == {0o600}
    # the reminder waits for its own moment
    assert {row.kind for row in Notification.objects.filter(sent_at=None)} == {"booking.reminder"}


def test_file_of_somebody_else_is_not_written_through(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    other = tmp_path / "other"
    other.write_text("mine")
    (folder / "x.log").symlink_to(other)
    letter = EmailMessage()
    letter["Message-ID"] = "<x@example.org>"
    with pytest.raises(OSError, match=r"symbolic|loop|Too many"):
        email_files.write(letter)
    assert other.read_text() == "mine"


def test_name_of_a_file_stays_in_the_folder(folder: Path) -> None:
    letter = EmailMessage()
    letter["Message-ID"] = "<../../x/y@example.org>"
    assert email_files.write(letter).resolve().parent == folder.resolve()


def test_forgotten_person_has_no_file(slot: Slot, folder: Path) -> None:
    day_before = slot.starts_at - timedelta(days=1)
    appointment = booked(slot, day_before)
    by_applicant = Appointment.CancelReason.BY_APPLICANT
    actions.cancel(appointment=appointment, reason=by_applicant, now=day_before)
    deliver(day_before)
    assert len(list(folder.iterdir())) == 3
    forget_person(reference=appointment.reference, now=day_before)
    assert list(folder.iterdir()) == []


def test_retention_of_a_person_takes_the_files(slot: Slot, folder: Path) -> None:
    now = slot.starts_at - timedelta(days=1)
    booked(slot, now)
    assert list(folder.iterdir())
    forget_due(now=slot.starts_at + timedelta(days=3), apply=True)
    assert list(folder.iterdir()) == []


def test_draft_that_is_forgotten_takes_its_file(slot: Slot, folder: Path) -> None:
    now = slot.starts_at - timedelta(days=1)
    actions.request_code(applicant=ApplicantFactory(unverified=True), now=now)
    deliver(now)
    assert len(list(folder.iterdir())) == 1
    forget_due(now=now + timedelta(days=1), apply=True)
    assert list(folder.iterdir()) == []


def test_draft_that_its_person_ends_takes_its_file(slot: Slot, folder: Path) -> None:
    now = slot.starts_at - timedelta(days=1)
    draft = ApplicantFactory(unverified=True)
    actions.request_code(applicant=draft, now=now)
    deliver(now)
    actions.discard_draft(applicant=draft, now=now)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("days", "left"), [(6, 1), (8, 0)])
def test_retention_deletes_old_files(folder: Path, days: int, left: int) -> None:
    """P6, whoever they are about: a row may be gone before its file."""
    folder.mkdir()
    file = folder / "x.log"
    file.write_text("To: kaninchen@example.org")
    written = NOW.timestamp()
    os.utime(file, (written, written))
    now = NOW + timedelta(days=days)
    assert forget_due(now=now, apply=False)["P6 letters as files"] == 1 - left
    assert file.exists()
    forget_due(now=now, apply=True)
    assert len(list(folder.iterdir())) == left


def _letter() -> Notification:
    renders("test_file")(lambda letter, _: Envelope(to="a@example.org", subject="s", text="t"))
    enqueue(kind="test_file", subject="x/1", language="de", now=NOW)
    return Notification.objects.get()


def _short() -> Notification:
    renders("test_file")(lambda letter, attempt: Envelope(to="+491701", subject="", text="t"))
    enqueue(kind="test_file", subject="x/1", language="de", queue=SHORT, now=NOW)
    return Notification.objects.get()


@pytest.mark.parametrize("gateway", ["FileGateway", "ConsoleGateway"])
@pytest.mark.parametrize("put", [_letter, _short])
def test_under_https_nothing_counts_as_sent_by_a_file(
    put: Callable[[], Notification],
    gateway: str,
    settings: Settings,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.HTTPS = True
    settings.SMS_GATEWAY = f"config.foundation.sms.{gateway}"
    put()
    deliver(NOW)
    letter = Notification.objects.get()
    assert (letter.sent_at, letter.failed_at) == (None, None)
    assert letter.due_at > NOW
    assert letter.failure == "NoRecipient"
    assert not folder.exists()
    assert "+491701" not in capsys.readouterr().out
    # and nobody is let in without proof because the operator has forgotten something
    assert not relay_is_down(NOW + timedelta(minutes=3))


def test_check_names_what_is_missing(settings: Settings) -> None:
    settings.HTTPS = True
    assert [each.id for each in checks.letters_reach_somebody()] == [
        "config.E006",
        "config.I007",
    ]
    settings.EMAIL_BACKEND = "config.foundation.smtp.EmailBackend"
    settings.SMS_GATEWAY = "config.foundation.sms.HttpGateway"
    assert list(checks.letters_reach_somebody()) == []
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert [each.id for each in checks.letters_reach_somebody()] == ["config.E006"]
    settings.HTTPS = False
    assert list(checks.letters_reach_somebody()) == []

"""A full Tuesday for a newcomer."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command
from pytest_django import Settings

from booking.models import Appointment, WaitingEntry
from booking.states import Status
from config.foundation.outbox import Notification
from config.foundation.staff import Staff

pytestmark = pytest.mark.django_db

SUNDAY = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def demonstration(office: object, settings: Settings) -> None:
    """A fresh machine of a newcomer."""
    settings.LOOPBACK = True
    Staff.objects.create_user("caseworker", is_staff=True)


def test_load_demo_fills_a_tuesday(capsys: pytest.CaptureFixture[str]) -> None:
    with time_machine.travel(SUNDAY, tick=True):
        call_command("load_demo")
        assert capsys.readouterr().out == "2026-11-24: 24 booked, 2 waiting.\n"
        call_command("check_invariants")
    booked = Appointment.objects.filter(status=Status.BOOKED)
    assert Counter(row.slot.starts_at.date().isoformat() for row in booked) == {"2026-11-24": 24}
    assert WaitingEntry.objects.active().count() == 2
    assert Notification.objects.filter(kind="booking.confirmation").count() >= 24


def test_load_demo_twice_adds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with time_machine.travel(SUNDAY, tick=True):
        call_command("load_demo", stdout=None)
        before = (Appointment.objects.count(), WaitingEntry.objects.count())
        call_command("load_demo")
    assert capsys.readouterr().out.endswith("2026-11-24: 0 booked, 0 waiting.\n")
    assert (Appointment.objects.count(), WaitingEntry.objects.count()) == before


def test_load_demo_refuses_real_letters(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with pytest.raises(CommandError, match="belong on loopback"):
        call_command("load_demo")
    assert not Appointment.objects.exists()


def test_load_demo_refuses_a_public_address(settings: Settings) -> None:
    settings.LOOPBACK = False
    with pytest.raises(CommandError, match="belong on loopback"):
        call_command("load_demo")


def test_load_demo_needs_staff() -> None:
    Staff.objects.all().delete()
    with pytest.raises(CommandError, match="there is no staff yet"):
        call_command("load_demo")

"""A full Tuesday for a newcomer."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from booking.actions.quota_counts import short_quotas
from booking.deadlines import LAST_CALL
from booking.models import Applicant, Appointment, Invitation, Quota, Slot, WaitingEntry
from booking.states import Status
from config.foundation.contacts import Link
from config.foundation.office import LEGAL, Office, current_office
from config.foundation.outbox import Notification
from config.foundation.staff import Staff
from pickup_box.models import Deposit

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
        assert capsys.readouterr().out == "2026-11-24: 24 booked, 2 waiting, 84 invited.\n"
        call_command("check_invariants")
    booked = Appointment.objects.filter(status=Status.BOOKED, invitation=None)
    assert Counter(row.slot.starts_at.date().isoformat() for row in booked) == {"2026-11-24": 24}
    assert WaitingEntry.objects.active().count() == 2
    assert Notification.objects.filter(kind="booking.confirmation").count() >= 24


def test_load_demo_twice_adds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with time_machine.travel(SUNDAY, tick=True):
        call_command("load_demo", stdout=None)
        before = (Appointment.objects.count(), WaitingEntry.objects.count())
        call_command("load_demo")
    assert capsys.readouterr().out.endswith("2026-11-24: 0 booked, 0 waiting, 0 invited.\n")
    assert (Appointment.objects.count(), WaitingEntry.objects.count()) == before


def test_load_demo_invites_people_in_every_state() -> None:
    with time_machine.travel(SUNDAY, tick=True):
        call_command("load_demo", stdout=None)
        now = timezone.now()
        rows = Invitation.objects.filter(quota__slug="demo-invited").select_related("applicant")
        states = Counter(row.state_at(now) for row in rows)
        assert states == {"open": 36, "taken": 24, "over": 12, "withdrawn": 12}
        soon = rows.open(now=now).filter(valid_until__lte=now + LAST_CALL)
        assert soon.count() == 12
        assert rows.open(now=now).filter(applicant__email="").count() == 12
        assert short_quotas(now=now) == []
    subjects = [row.subject for row in rows]
    letters = Notification.objects.filter(
        kind__startswith="booking.invitation", subject__in=subjects
    )
    sent = Counter(letters.exclude(sent_at=None).values_list("kind", flat=True))
    # whoever got a time at once got a confirmation
    assert sent == {
        "booking.invitation": 60,
        "booking.invitation_reminder": 24,
        "booking.invitation_last_call": 24,
        "booking.invitation_over": 12,
    }
    assert not letters.exclude(failed_at=None).exists()
    booked = Appointment.objects.filter(invitation__in=rows)
    assert booked.filter(events__action="invite").count() == 12


def test_load_demo_leaves_no_gap_on_the_pages(client: Client) -> None:
    Office.objects.update(enforcement_body="Known already")
    with time_machine.travel(SUNDAY, tick=True):
        call_command("load_demo", stdout=None)
    office = current_office()
    empty = [
        name
        for name in (*LEGAL, "entrance", "floor", "arrive_minutes", "phone", "fax")
        if not getattr(office, name)
    ]
    assert not empty
    assert office.enforcement_body == "Known already"
    assert not Link.objects.filter(address="").exists()
    for link in Link.objects.all():
        link.full_clean()
    assert "Alex Beispiel (erfunden)" in client.get("/de/imprint/").content.decode()


def test_office_file_invents_nothing() -> None:
    call_command("load_office", "config/offices/magdeburg.yaml", verbosity=0)
    office = Office.objects.get()
    assert not any(getattr(office, name) for name in (*LEGAL, "entrance", "floor"))


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


@pytest.fixture
def catalogue() -> None:
    """What the letters say to bring."""
    call_command("load_catalogue", verbosity=0)


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("day", [21, 22, 24])  # a Saturday, a Sunday and a Tuesday
def test_today_is_full_whatever_day_it_is(day: int, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime(2026, 11, day, 9, 30, tzinfo=UTC)
    with time_machine.travel(now, tick=True):
        call_command("load_demo", today=True)
        assert capsys.readouterr().out == f"2026-11-{day}: 35 booked, 4 waiting, 86 invited.\n"
        call_command("check_invariants")
        call_command("load_demo", today=True)
        assert capsys.readouterr().out.endswith(f"2026-11-{day}: full already.\n")
        free = Slot.objects.public(now=timezone.now(), office=Office.objects.get())
        assert free.filter(starts_at__date=now.date()).exists()
    rows = Appointment.objects.filter(slot__starts_at__date=now.date())
    states = set(rows.values_list("status", flat=True))
    assert states >= set(Status) - {
        Status.HELD,
        Status.DISPLACED,
        Status.EXPIRED,
        Status.DECLINED,
    }, states
    assert Counter(row.status for row in rows)[Status.COMPLETED] > 5
    assert rows.filter(outcome="proof_missing").exists()
    assert rows.filter(invitation=None).values("slot__counter").distinct().count() == 2
    invited = rows.exclude(invitation=None).order_by("slot__starts_at")
    assert [row.status for row in invited] == [Status.COMPLETED, Status.BOOKED]
    assert Applicant.objects.filter(flagged_at__isnull=False).count() == 1
    assert Notification.objects.filter(failed_at__isnull=False).count() == 1
    assert Deposit.objects.values("status").distinct().count() >= 4


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("hour", [0, 3, 21])
def test_today_is_full_at_any_hour(hour: int, capsys: pytest.CaptureFixture[str]) -> None:
    with time_machine.travel(datetime(2026, 11, 21, hour, 45, tzinfo=UTC), tick=True):
        call_command("load_demo", today=True)
        call_command("check_invariants")
    assert Appointment.objects.filter(status=Status.BOOKED).exists()


def test_load_demo_has_special_hours_and_a_choice_of_the_counter() -> None:
    with time_machine.travel(SUNDAY, tick=True):
        call_command("load_demo", "--today", stdout=None)
        call_command("load_demo", "--today", stdout=None)
        call_command("check_invariants")
    quotas = Quota.objects.filter(slug__startswith="demo-")
    semester, collecting = quotas.get(registrars__isnull=False), quotas.get(collects=True)
    service = semester.registrars.get()
    assert (service.is_staff, service.has_usable_password()) == (False, False)
    assert semester.invitations.filter(issued_by=service).count() == 4
    assert collecting.invitations.count() == 1
    chosen = Deposit.objects.filter(events__action="choose_counter")
    assert [each.status for each in chosen] == ["withdrawn"]

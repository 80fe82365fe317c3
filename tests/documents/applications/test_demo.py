"""What a newcomer is shown: applications of invented people, on loopback with DEBUG alone."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from documents.applications.admin.waiting import all_waiting
from documents.applications.models import Application, Intake, Page
from documents.applications.states import Status
from tests.factories import StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("closed")]


@pytest.fixture
def demonstration(settings: Settings) -> None:
    """A loopback address with DEBUG, and no key."""
    settings.LOOPBACK = True
    settings.APPLICATIONS = replace(settings.APPLICATIONS, keys=(), is_demonstration=True)
    StaffFactory()


def shown() -> str:
    """What the command says."""
    out = StringIO()
    call_command("load_demo", "--applications", stdout=out)
    return out.getvalue()


def test_demo_opens_and_sends_once(demonstration: None) -> None:
    assert "humanitarian, study: open; 5 applications sent" in shown()
    assert "0 applications sent" in shown()
    states = sorted(Application.objects.values_list("status", flat=True))
    assert states == sorted([*[Status.SENT] * 4, Status.IN_REVIEW])
    assert Page.objects.count() >= 19
    opened = Intake.objects.values_list("procedure", "opened_at", "opens_at")
    assert {procedure for procedure, *_times in opened} == {"humanitarian", "study"}
    assert all(opened_at == opens_at for _procedure, opened_at, opens_at in opened)
    for slug, status in (("humanitarian", 200), ("study", 200), ("work", 404)):
        assert Client().get(f"/de/apply/{slug}/").status_code == status
    assert all_waiting(timezone.now()).count() == 4


def test_demo_is_refused_where_people_may_be_real(demonstration: None, settings: Settings) -> None:
    settings.APPLICATIONS = replace(settings.APPLICATIONS, is_demonstration=False)
    with pytest.raises(CommandError, match="DEBUG"):
        shown()
    assert not Intake.objects.exists()

"""manage.py bench_fixture: the state from which a booking is measured from outside."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from booking.models import Applicant, Appointment, Slot
from booking.simulation.rush_rehearsal import hidden_fields
from config.foundation.office import current_office
from tests.factories import ApplicantFactory, AppointmentFactory

BASE = "http://127.0.0.1:8099"

# Tables are emptied whole, which no transaction of a test may be open for.
pytestmark = pytest.mark.django_db(transaction=True)


def fixture(capsys: pytest.CaptureFixture[str], *, people: int, slots: int) -> list[dict[str, str]]:
    """What the command prints."""
    call_command("bench_fixture", people, slots, BASE)
    found: list[dict[str, str]] = json.loads(capsys.readouterr().out)
    return found


def test_bench_fixture_leaves_public_slots_and_verified_visitors_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    AppointmentFactory(applicant=ApplicantFactory(email="rehearsal-0@example.org"))
    visitors = fixture(capsys, people=3, slots=36)
    assert len({each["cookie"] for each in visitors}) == 3
    assert len({each["address"] for each in visitors}) == 3
    assert not Appointment.objects.exists()
    assert Applicant.objects.exclude(verified_at=None).count() == 3
    public = Slot.objects.public(now=timezone.now(), office=current_office())
    assert (Slot.objects.count(), public.count()) == (36, 36)


def test_bench_fixture_visitor_books(capsys: pytest.CaptureFixture[str]) -> None:
    (visitor,) = fixture(capsys, people=1, slots=2)
    browser = Client(HTTP_HOST="127.0.0.1:8099")
    browser.cookies.load(visitor["cookie"])
    page = browser.get("/de/times/").content.decode()
    form = hidden_fields(page, "/de/times/") | {"earliest": "1"}
    held = browser.post("/de/times/", form)
    assert (held.status_code, held["Location"]) == (303, "/de/review/")


def test_bench_fixture_runs_twice(capsys: pytest.CaptureFixture[str]) -> None:
    fixture(capsys, people=2, slots=4)
    assert len(fixture(capsys, people=1, slots=2)) == 1
    assert (Applicant.objects.count(), Slot.objects.count()) == (1, 2)


def test_bench_fixture_refuses_a_database_with_people_of_its_own() -> None:
    ApplicantFactory()
    with pytest.raises(CommandError, match="the real thing"):
        call_command("bench_fixture", 1, 1, BASE)
    assert Applicant.objects.count() == 1


@pytest.mark.parametrize(
    ("people", "slots", "base", "match"),
    [
        (0, 1, BASE, "PEOPLE takes"),
        (20_001, 1, BASE, "PEOPLE takes"),
        (1, 0, BASE, "SLOTS takes"),
        (1, 100_000, BASE, "no room"),
        (1, 1, "127.0.0.1", "^BASE takes a scheme and a host"),
    ],
)
def test_bench_fixture_refuses_what_makes_no_sense(
    people: int, slots: int, base: str, match: str
) -> None:
    with pytest.raises(CommandError, match=match):
        call_command("bench_fixture", people, slots, base)

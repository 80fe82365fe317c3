"""The list of the next day, for a day without the system."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from booking.admin.outage_list import next_day
from booking.models import Appointment
from config.foundation.audit import AccessRecord
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, signed_in, visit
from tests.factories import TUESDAY_NINE, AppointmentFactory, SlotFactory
from tests.foundation.test_sheets import drawn

__all__ = ["catalogue", "clock", "desk", "visit"]
PAGE = f"{APPOINTMENTS}outage-list/"
PDF = f"{PAGE}pdf/"
THURSDAY = TUESDAY_NINE + timedelta(days=2)


@pytest.fixture
def thursday(desk: Client) -> Appointment:
    """Booked for Thursday, the next day on which the office serves."""
    row: Appointment = AppointmentFactory(
        slot=SlotFactory(starts_at=THURSDAY),
        applicant__family_name="Nguyen",
        applicant__phone="+49391540",
    )
    return row


def test_it_is_of_the_next_day_with_people(desk: Client, thursday: Appointment) -> None:
    assert f"{next_day(now=TUESDAY_NINE)}" == "2026-11-26"
    page = desk.get(PAGE).content.decode()
    assert "26.11.2026" in page
    assert "1 person" in page
    Appointment.objects.update(status="cancelled", cancel_reason="office")
    assert f"{next_day(now=TUESDAY_NINE)}" == "2026-11-25"


def test_paper_has_what_a_day_without_the_system_needs(desk: Client, thursday: Appointment) -> None:
    answer = desk.get(PDF)
    text = " ".join(drawn(answer.content))
    for part in ("NGUYEN", "+49 391 540", thursday.applicant.email, thursday.reference, "arrived"):
        assert part in text


def test_day_list_of_today_holds_no_contacts(desk: Client, visit: Appointment) -> None:
    content = desk.get("/admin/day.pdf").content
    text = " ".join(drawn(content))
    assert visit.reference in text
    assert visit.applicant.email not in text


def test_who_took_it_is_recorded_and_told(desk: Client, thursday: Appointment) -> None:
    assert "Nobody has taken" in desk.get(PAGE).content.decode()
    desk.get(PDF)
    record = AccessRecord.objects.get(kind="export")
    assert (record.subject, record.by.get_username()) == ("outage list 2026-11-26", "kurz")
    assert "Taken last by kurz, Tue, 24.11.2026, 09:00" in desk.get(PAGE).content.decode()


@pytest.mark.parametrize("role", ["", "ops"])
def test_others_get_no_list(thursday: Appointment, role: str) -> None:
    client = signed_in(role)
    assert client.get(PAGE).status_code == 403
    assert client.get(PDF).status_code == 403
    assert not AccessRecord.objects.exists()

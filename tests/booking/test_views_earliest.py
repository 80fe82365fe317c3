"""The list of appointments leads with one button; all too late, with the waiting list."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from booking.models import Appointment, Slot
from config.foundation.office import ServiceStatus
from tests.booking.visitors import DETAILS, Visitor
from tests.factories import MONDAY, SlotFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots")]
PRIMARY = re.compile(r'<(?:a|button) class="kern-btn kern-btn--primary"[^>]*>([^<]+)<')
TRAVEL = {"departure_on": "24.11.2026", "travel_reason": "personal", "has_proof": "yes"}


def _primary(page: str) -> list[str]:
    return [label.replace("\N{NO-BREAK SPACE}", " ") for label in PRIMARY.findall(page)]


def _times(visitor: Visitor, category: str, answers: dict[str, str]) -> str:
    visitor.post(f"check/{category}/", answers)
    visitor.post("details/", DETAILS)
    visitor.post("verify/", {"code": visitor.code()})
    return str(visitor.get("times/").content.decode())


def test_earliest_appointment_is_the_one_primary_button(visitor: Visitor) -> None:
    visitor.verifies()
    page = visitor.get("times/").content.decode()
    assert _primary(page) == ["Earliest appointment: Tue, 24 November, 09:00"]
    assert "Tue,\N{NO-BREAK SPACE}24\N{NO-BREAK SPACE}November" in page, "breaks within the date"
    assert page.index('name="earliest"') < page.index('name="slot"')
    assert visitor.post("times/", {"earliest": "1"}) == "review/"
    assert Appointment.objects.get().slot == Slot.objects.earliest("starts_at")


def test_button_in_german_says_termin_and_never_zeit(visitor: Visitor) -> None:
    visitor.verifies()
    page = visitor.client.get("/de/times/").content.decode()
    assert _primary(page) == ["Frühester Termin: Di, 24. November, 09:00"]
    main = page.partition("<main")[2].partition("</main>")[0]
    assert not re.search(r"\bZeit(en)?\b", main)


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("ar", "أقرب موعد: الثلاثاء، 24 نوفمبر، 09:00"),
        ("ru", "Ближайший приём: Вт, 24 ноября, 09:00"),
        ("uk", "Найближчий прийом: Вт, 24 листопада, 09:00"),
        ("vi", "Lịch hẹn sớm nhất: Thứ 3, 24 tháng 11, 09:00"),
    ],
)
def test_button_writes_the_day_as_its_language_does(
    visitor: Visitor, language: str, label: str
) -> None:
    visitor.verifies()
    page = visitor.client.get(f"/{language}/times/").content.decode()
    assert _primary(page) == [label]


def test_earliest_appointment_comes_before_the_departure(visitor: Visitor) -> None:
    SlotFactory(starts_at=MONDAY + timedelta(days=3))
    page = _times(visitor, "urgent_travel", TRAVEL)
    assert _primary(page) == ["Earliest appointment: Tue, 24 November, 09:00"]
    assert "data-all-late" not in page


def test_all_after_the_departure_lead_to_the_waiting_list_first(visitor: Visitor) -> None:
    Slot.objects.all().delete()
    SlotFactory(starts_at=MONDAY + timedelta(days=3))
    page = _times(visitor, "urgent_travel", TRAVEL)
    assert _primary(page) == ["Join the waiting list"]
    assert page.index("data-all-late") < page.index('name="slot"')
    assert 'name="earliest"' not in page, "it would be refused"


def test_all_after_the_expiry_leave_the_earliest_beside_the_waiting_list(visitor: Visitor) -> None:
    answers = {"title_valid_until": "23.11.2026", "has_appointment": "no"}
    page = _times(visitor, "expiring", answers)
    assert _primary(page) == ["Join the waiting list"]
    assert page.index("data-all-late") < page.index('name="earliest"')
    assert visitor.post("times/", {"earliest": "1"}) == "review/"


def test_pause_leaves_no_button(visitor: Visitor) -> None:
    visitor.verifies()
    ServiceStatus.objects.update(state=ServiceStatus.State.PAUSED)
    page = visitor.get("times/").content.decode()
    assert _primary(page) == []
    assert 'name="earliest"' not in page


def test_appointment_that_was_let_go_is_said(visitor: Visitor) -> None:
    visitor.holds()
    visitor.post("review/give-up/")
    page = visitor.get("times/").content.decode()
    assert "The appointment is no longer reserved for you" in page
    visitor.post("times/", {"slot": visitor.slots()[0]})
    assert (
        "The appointment is no longer reserved for you"
        not in visitor.get("times/").content.decode()
    )

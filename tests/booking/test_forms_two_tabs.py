"""Forms of two people, or of two moments, open in one browser: each acts on its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from booking.models import Applicant, Appointment, Slot
from booking.models.applicants import Token, mint_token
from booking.states import Status
from config.foundation.outbox import Notification
from tests.booking.form_cases import kept_rows
from tests.booking.phones import MOBILE
from tests.booking.visitors import DETAILS, Visitor, form_in, link_to
from tests.factories import MONDAY, AppointmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots", "catalogue")]


SHARED = {"email": "family@example.org", "phone": MOBILE, "text_me": True}


@pytest.fixture
def two(slots: list[Slot]) -> tuple[Appointment, Appointment]:
    """A and B, two of one family with one address and one phone."""
    shared = {f"applicant__{name}": value for name, value in SHARED.items()}
    first = AppointmentFactory(slot=slots[0], **shared)
    second = AppointmentFactory(slot=slots[1], **shared)
    return first, second


ACTS = {
    "manage/cancel/": {},
    "manage/resend/": {},
    "manage/mistake/": {},
    "manage/language/": {"language": "uk"},
    "manage/sms-code/": {},
    "manage/sms-stop/": {},
}


def _about(row: Appointment) -> list[Any]:
    """Everything that is kept of one person."""
    return [
        Appointment.objects.filter(pk=row.pk).values().get(),
        Applicant.objects.filter(pk=row.applicant_id).values().get(),
        list(
            Notification.objects.filter(subject__in=[row.subject, row.applicant.subject]).values()
        ),
    ]


@pytest.mark.parametrize("path", [*ACTS, "rebook/"])
def test_button_on_the_page_of_one_acts_on_that_one_though_another_was_opened_since(
    visitor: Visitor, two: tuple[Appointment, Appointment], path: str
) -> None:
    first, second = two
    visitor.get(link_to(first))
    page = visitor.form(path)
    data = ACTS.get(path) or ({"slot": visitor.slots(path)[-1]} if path == "rebook/" else {})
    visitor.get(link_to(second))
    assert second.reference in visitor.get("manage/").content.decode()
    before = [_about(row) for row in two]
    assert visitor.press(path, page, **data).status_code == 303
    after = [_about(row) for row in two]
    assert after[0] != before[0]
    assert after[1] == before[1]
    assert first.reference in visitor.get("manage/").content.decode(), "what was acted on is shown"


def test_button_on_the_page_of_the_first_booked_cancels_the_first(visitor: Visitor) -> None:
    visitor.books()
    first = Appointment.objects.get()
    page = visitor.form("manage/cancel/")
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    visitor.post("details/", DETAILS | {"given_names": "Minh"})
    visitor.post("times/", {"earliest": "1"})
    visitor.post("review/")
    second = Appointment.objects.latest("pk")
    assert visitor.press("manage/cancel/", page).status_code == 303
    for row in (first, second):
        row.refresh_from_db()
    assert (first.status, second.status) == (Status.CANCELLED, Status.BOOKED)
    shown = visitor.get("manage/").content.decode()
    assert first.reference in shown
    assert 'data-status="cancelled"' in shown
    assert visitor.press("manage/cancel/", page).status_code == 303  # the same press once more


def test_confirm_never_books_another_time_than_the_page_shows(visitor: Visitor) -> None:
    visitor.holds()
    page = visitor.form("review/")
    visitor.post("times/", {"slot": visitor.slots()[-1]})  # in another tab
    held = Appointment.objects.get()
    answer = visitor.press("review/", page)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert"' in shown
    assert "9:20" in shown.replace("09:20", "9:20")
    held.refresh_from_db()
    assert held.status == Status.HELD
    again = form_in(answer, "review/")
    assert visitor.press("review/", again).status_code == 303
    held.refresh_from_db()
    assert held.status == Status.BOOKED


def test_confirm_after_more_time_was_taken_elsewhere_says_so_and_works_then(
    visitor: Visitor,
) -> None:
    visitor.holds()
    page = visitor.form("review/")
    visitor.post("review/extend/")
    answer = visitor.press("review/", page)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()
    again = form_in(answer, "review/")
    assert visitor.press("review/", again)["Location"] == "/en/appointment/"


def test_confirm_of_one_books_that_one_though_another_is_shown(
    visitor: Visitor, two: tuple[Appointment, Appointment]
) -> None:
    visitor.holds()
    page = visitor.form("review/")
    own = Appointment.objects.latest("pk")
    visitor.get(link_to(two[0]))
    assert visitor.press("review/", page)["Location"] == "/en/appointment/"
    assert own.reference in visitor.get("appointment/").content.decode()


def test_more_time_is_taken_once_by_one_press(visitor: Visitor) -> None:
    visitor.holds()
    page = visitor.form("review/extend/")
    for _press in range(3):
        assert visitor.press("review/extend/", page).status_code == 303
    assert Appointment.objects.get().extensions == 1


def test_earliest_pressed_twice_is_one_choice(visitor: Visitor) -> None:
    visitor.verifies()
    page = visitor.form("times/")
    for _press in range(3):
        assert visitor.press("times/", page, earliest="1")["Location"] == "/en/review/"
    held = Appointment.objects.get()
    assert (held.slot, held.version) == (Slot.objects.earliest("starts_at"), 1)


def test_earliest_on_a_list_without_the_hold_gives_no_hold_up(visitor: Visitor) -> None:
    visitor.verifies()
    page = visitor.form("times/")
    visitor.post("times/", {"slot": visitor.slots()[-1]})
    visitor.post("times/", {"slot": visitor.slots()[-1]})
    held = Appointment.objects.get()
    assert held.version == 2
    answer = visitor.press("times/", page, earliest="1")
    assert answer.status_code == 409
    assert "Reserved for you" in answer.content.decode()
    assert Appointment.objects.values_list("slot", "version").get() == (held.slot_id, 2)


def test_details_of_one_are_not_written_over_those_of_another(visitor: Visitor) -> None:
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    page = visitor.form("details/")
    visitor.post("details/", DETAILS)  # in another tab
    answer = visitor.press("details/", page, **DETAILS | {"given_names": "Minh"})
    assert answer.status_code == 409
    assert DETAILS["given_names"] in answer.content.decode()
    assert "Minh" not in answer.content.decode()
    assert Applicant.objects.get().given_names == DETAILS["given_names"]
    same = visitor.press("details/", page, **DETAILS)  # the same press once more
    assert same["Location"] == "/en/verify/"


def test_details_after_two_idle_hours_are_taken_as_new_ones(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.enters()
    page = visitor.form("details/")
    clock.move_to(MONDAY + timedelta(hours=2, minutes=1))
    assert visitor.press("details/", page, **DETAILS).status_code == 303
    assert Applicant.objects.count() == 2


def test_end_on_the_page_of_an_appointment_deletes_no_entries_of_another_person(
    visitor: Visitor, two: tuple[Appointment, Appointment]
) -> None:
    visitor.holds()
    visitor.get(link_to(two[0]))
    page = visitor.form("end/", "manage/")
    before = kept_rows()
    assert visitor.press("end/", page)["Location"] == "/en/?visit=ended"
    assert kept_rows() == before
    assert visitor.get("times/")["Location"] == "/en/?visit=over"


def test_end_on_an_old_page_deletes_no_newer_entries(visitor: Visitor) -> None:
    visitor.enters()
    page = visitor.form("end/")
    visitor.post("details/", DETAILS | {"given_names": "Minh"})
    answer = visitor.press("end/", page)
    assert answer.status_code == 409
    assert "Minh" in answer.content.decode()
    assert Applicant.objects.exists()
    again = form_in(answer, "end/")
    assert visitor.press("end/", again).status_code == 303
    assert not Applicant.objects.exists()


def test_end_on_an_old_page_of_another_person_is_refused(visitor: Visitor) -> None:
    visitor.books()
    page = visitor.form("end/")
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    visitor.post("details/", DETAILS | {"given_names": "Minh"})
    before = kept_rows()
    first, second = Applicant.objects.order_by("pk")
    for version in (first.version, second.version):
        page["version"] = str(version)
        assert visitor.press("end/", page).status_code == 409
    assert kept_rows() == before


def test_confirm_of_the_person_before_asks_for_no_answers_of_the_one_after(
    visitor: Visitor,
) -> None:
    visitor.holds()
    page = visitor.form("review/")
    held = Appointment.objects.get()
    other = Visitor(Client())
    other.enters(family_name="Öztürk", email="oztuerk@example.org")
    subject = Applicant.objects.latest("pk").subject
    secret = mint_token(purpose=Token.Purpose.VERIFY, subject=subject, now=MONDAY)
    visitor.post(f"verify/{secret}/")  # this browser books for the other person from now on
    visitor.post("check/lost_document/", {"lost_what": "residence_card"})
    assert visitor.press("review/", page)["Location"] == "/en/appointment/"
    held.refresh_from_db()
    assert held.status == Status.BOOKED

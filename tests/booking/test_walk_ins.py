"""Somebody stands at the counter without an appointment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client

from booking import actions
from booking.actions.refusals import AlreadyBooked, AlreadyWaiting
from booking.models import Applicant, Appointment, WaitingEntry, WalkIn
from booking.states import WaitingStatus
from booking.statistics import Span, tables
from config.foundation.audit import AccessRecord
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, fields, signed_in
from tests.factories import TUESDAY_NINE, SlotFactory, situation
from tests.foundation.test_sheets import drawn
from tests.responses import Response

__all__ = ["catalogue", "clock", "desk"]
CHECK = f"{APPOINTMENTS}walk-in/check/"
WAIT = f"{APPOINTMENTS}walk-in/wait/"
SHEET = f"{APPOINTMENTS}walk-in/sheet/"
EXPIRED = {"category": "expired", "title_valid_until": "20.11.2026"}
VALID = {"category": "expiring", "title_valid_until": "20.11.2027", "has_appointment": "no"}
PERSON = {
    "family_name": "Öztürk",
    "given_names": "Çağla",
    "birth_date": "01.01.1990",
    "phone": "0391 5401234",
    "language": "tr",
}


def check(desk: Client, answers: dict[str, str]) -> Response:
    page = f"{CHECK}?category={answers['category']}"
    nonce = desk.get(page).context["nonce"]
    return desk.post(CHECK, answers | {"nonce": nonce})


def counted() -> list[tuple[str, str, int]]:
    return list(WalkIn.objects.values_list("category", "way", "count").order_by("pk"))


def test_way_is_to_book_while_something_is_free(desk: Client) -> None:
    SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=1))
    page = check(desk, EXPIRED).content.decode()
    assert 'data-way="book"' in page
    assert counted() == [("expired", "book", 1)]


def test_booking_goes_on_with_the_answers(desk: Client) -> None:
    slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=1))
    by_phone = f"{APPOINTMENTS}by-phone/details/"
    page = desk.post(by_phone, EXPIRED | {"start": "yes"})
    assert page.status_code == 200
    assert 'value="2026-11-20"' in page.content.decode()
    assert "errorlist" not in page.content.decode()
    assert not Applicant.objects.exists()
    desk.post(by_phone, EXPIRED | PERSON | {"slot": str(slot.pk)})
    assert Appointment.objects.get().status == "booked"


def test_way_is_the_list_while_nothing_is_free(desk: Client) -> None:
    page = check(desk, EXPIRED).content.decode()
    assert 'data-way="wait"' in page
    assert counted() == [("expired", "wait", 1)]


def test_hard_day_makes_a_later_time_no_help(desk: Client) -> None:
    SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=6))
    travel = {
        "category": "urgent_travel",
        "departure_on": "26.11.2026",
        "travel_reason": "personal",
        "has_proof": "yes",
    }
    assert 'data-way="wait"' in check(desk, travel).content.decode()


def test_waiting_needs_no_address_that_is_proved(desk: Client) -> None:
    assert desk.post(WAIT, EXPIRED | {"start": "yes"}).status_code == 200
    assert not Applicant.objects.exists()
    answer = desk.post(WAIT, EXPIRED | PERSON, follow=True)
    entry = WaitingEntry.objects.get()
    assert entry.status == WaitingStatus.WAITING
    assert entry.applicant.full_name == "Öztürk Çağla"
    assert "ÖZTÜRK Çağla, 09:00: put on the waiting list by kurz." in answer.content.decode()
    assert AccessRecord.objects.filter(subject=entry.subject).exists()


def test_nobody_waits_twice_or_beside_an_appointment(desk: Client) -> None:
    entries = {
        "family_name": "Öztürk",
        "given_names": "Çağla",
        "birth_date": "1990-01-01",
        "email": "",
        "phone": "0391",
        "access_need": "",
        "language": "tr",
        "situation": situation(),
    }
    actions.join_at_desk(now=TUESDAY_NINE, **entries)
    with pytest.raises(AlreadyWaiting):
        actions.join_at_desk(now=TUESDAY_NINE, **entries)
    assert desk.post(WAIT, EXPIRED | PERSON).status_code == 409
    assert Applicant.objects.count() == 1
    slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=1))
    staff = signed_in(username="lang")
    staff.post(f"{APPOINTMENTS}by-phone/details/", EXPIRED | PERSON | {"slot": str(slot.pk)})
    WaitingEntry.objects.update(status="left", ended_at=TUESDAY_NINE)
    with pytest.raises(AlreadyBooked):
        actions.join_at_desk(now=TUESDAY_NINE, **entries)


def test_way_is_a_sheet_with_the_right_channel(desk: Client) -> None:
    page = check(desk, VALID).content.decode()
    assert 'data-way="sheet"' in page
    assert "Ordinary application" in page
    assert counted() == [("expiring", "sheet", 1)]
    answer = desk.post(SHEET, VALID | {"language": "fr"})
    text = " ".join(drawn(answer.content))
    assert answer["Content-Type"] == "application/pdf"
    assert "gültig" in text
    assert "Votre titre" in text


def test_something_else_leads_to_the_office(desk: Client) -> None:
    assert 'data-way="sheet"' in check(desk, {"category": "other"}).content.decode()
    assert counted() == [("other", "sheet", 1)]


def test_nothing_of_the_person_is_stored_by_the_check(desk: Client) -> None:
    check(desk, VALID)
    assert not Applicant.objects.exists()
    fields_ = {field.name for field in WalkIn._meta.concrete_fields}
    assert fields_ == {"id", "day", "category", "way", "count"}


def test_same_press_twice_counts_once(desk: Client) -> None:
    nonce = desk.get(f"{CHECK}?category=expired").context["nonce"]
    for _press in range(2):
        desk.post(CHECK, EXPIRED | {"nonce": nonce})
    assert counted() == [("expired", "wait", 1)]
    check(desk, EXPIRED)
    assert counted() == [("expired", "wait", 2)]


def test_database_keeps_one_row_for_a_day_and_a_way(desk: Client) -> None:
    check(desk, EXPIRED)
    row = WalkIn.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError, match=r"walk_in_one_row|walkin.day"):
        row.save(force_insert=True)


def test_unanswered_question_is_asked_again_and_counts_nobody(desk: Client) -> None:
    assert check(desk, {"category": "expired"}).status_code == 422
    assert counted() == []


@pytest.mark.parametrize("answers", [{"category": "nothing"}, {}])
def test_what_is_no_case_leads_to_the_beginning(desk: Client, answers: dict[str, str]) -> None:
    for page in (CHECK, WAIT, SHEET):
        answer = desk.post(page, answers)
        assert answer.status_code == 302
        assert answer["Location"] == f"{APPOINTMENTS}walk-in/"


def test_who_may_not_book_gets_neither_a_place_nor_who_may_a_sheet(desk: Client) -> None:
    assert desk.post(WAIT, VALID | PERSON).status_code == 302
    assert desk.post(SHEET, EXPIRED | {"language": "fr"}).status_code == 302
    assert not WaitingEntry.objects.exists()


def test_statistics_tell_how_many_came_and_what_they_were_told(desk: Client) -> None:
    check(desk, EXPIRED)
    check(desk, VALID)
    day = TUESDAY_NINE.date()
    found = {
        table.key: table
        for table in tables(Span(since=day, until=day + timedelta(days=1), by="day"))
    }
    assert [row[1:] for row in found["walk_ins"].rows] == [[1, 0, 1, 0], [1, 0, 0, 1]]


@pytest.mark.parametrize("role", ["", "ops"])
def test_others_check_nobody(desk: Client, role: str) -> None:
    client = signed_in(role)
    for page in (f"{APPOINTMENTS}walk-in/", CHECK, WAIT, SHEET):
        assert client.post(page, EXPIRED | {"language": "fr"}).status_code == 403
    assert counted() == []
    assert fields(desk, f"{APPOINTMENTS}walk-in/") == {}

"""The pages about people: one appointment, the list by day, the letter, a booking by phone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from booking import actions
from booking.models import Appointment
from booking.states import Status
from config.foundation.audit import AccessRecord
from config.foundation.office import ServiceStatus
from eligibility.staff_labels import ROUTES
from tests.booking.desk import (
    APPOINTMENTS,
    caseworker,
    catalogue,
    clock,
    desk,
    later,
    signed_in,
    url,
    visit,
)
from tests.factories import (
    TUESDAY_NINE,
    AppointmentFactory,
    SlotFactory,
    WaitingEntryFactory,
)
from tests.foundation.test_sheets import drawn

__all__ = ["catalogue", "clock", "desk", "later", "visit"]
BY_PHONE = f"{APPOINTMENTS}by-phone/details/"
CALLER = {
    "category": "expired",
    "title_valid_until": "20.11.2026",
    "family_name": "Öztürk",
    "birth_date": "01.01.1990",
    "phone": "0391 5401234",
    "language": "tr",
}


def page_of(client: Client, row: Appointment) -> str:
    return client.get(url(row, "change")).content.decode()


# --- one appointment ------------------------------------------------------------------------------


def test_page_is_headed_by_the_name_and_leads_to_the_person(
    desk: Client, visit: Appointment
) -> None:
    person = visit.applicant
    person.phone, person.email = "+493915401234", "a@example.org"
    person.save()
    page = page_of(desk, visit)
    assert f"<h1>{person.desk_name}</h1>" in page
    assert 'href="tel:+493915401234" dir="ltr">+49 391 5401234</a>' in page
    assert 'href="mailto:a@example.org"' in page


def test_page_of_a_forgotten_person_is_headed_by_the_reference(
    desk: Client, visit: Appointment
) -> None:
    person = visit.applicant
    person.family_name = person.given_names = ""
    person.save()
    assert f"<h1>{visit.reference}</h1>" in page_of(desk, visit)


def test_next_step_is_pressed_on_the_page_itself(desk: Client, visit: Appointment) -> None:
    assert 'action="../check-in/"' in page_of(desk, visit)
    desk.post(url(visit, "check-in"), {"version": 1, "brought": ["passport"]})
    page = page_of(desk, visit)
    assert 'action="../complete/"' in page
    assert 'action="../put-back/"' in page
    assert page.count('class="button default"') == 1


def test_history_is_told_in_sentences(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    desk.post(url(visit, "check-in"), {"version": 1})
    done = {"version": 2, "outcome": "served"}
    desk.post(url(visit, "complete"), done)
    page = re.sub(r"<[^>]+>", "", page_of(desk, visit))
    assert "Tue, 24.11.2026, 09:00, kurz: arrival noted" in page
    assert "Tue, 24.11.2026, 09:00, kurz: visit completed (served)" in page
    assert page.index("visit completed") < page.index("arrival noted")  # the newest first
    clock.shift(timedelta(days=7))
    page = re.sub(r"<[^>]+>", "", page_of(signed_in(), visit))
    assert "Tue, 24.11.2026, 09:00, kurz: arrival noted" in page


def test_calls_stand_in_the_history(desk: Client, later: Appointment) -> None:
    desk.post(url(later, "call"), {"version": 0, "result": "not_reached"})
    assert "call: not reached" in page_of(desk, later)


def test_visit_that_nobody_closed_is_told_in_words(desk: Client, visit: Appointment) -> None:
    visit.events.create(
        version=9,
        action="no_show",
        to_status=Status.NO_SHOW,
        slot=visit.slot,
        actor="system",
        at=TUESDAY_NINE,
        detail="nobody closed it",
    )
    page = page_of(desk, visit)
    assert "not closed by anybody" in page
    assert "nobody closed it" not in page


def test_nobody_hands_over_to_themselves(desk: Client, visit: Appointment) -> None:
    assert 'action="../hand-over/"' not in page_of(desk, visit)
    caseworker(username="lang")
    page = page_of(desk, visit)
    assert ">lang</option>" in page
    assert ">kurz</option>" not in page


# --- the letter on paper --------------------------------------------------------------------------


def test_whom_no_email_reaches_is_read_to_and_gets_a_letter(
    desk: Client, later: Appointment
) -> None:
    assert 'href="../letter/"' not in page_of(desk, later)
    later.applicant.email = ""
    later.applicant.save()
    assert 'href="../letter/"' in page_of(desk, later)
    answer = desk.get(url(later, "letter"))
    assert answer["Content-Type"] == "application/pdf"
    assert later.reference in " ".join(drawn(answer.content))
    assert AccessRecord.objects.filter(kind="export", subject=later.subject).exists()


def test_letter_is_about_an_appointment_that_stands(desk: Client, later: Appointment) -> None:
    assert signed_in("ops").get(url(later, "letter")).status_code == 403
    actions.cancel(
        appointment=later,
        reason=Appointment.CancelReason.OFFICE,
        now=TUESDAY_NINE,
        by=caseworker(),
    )
    assert desk.get(url(later, "letter")).status_code == 404
    assert desk.get(f"{APPOINTMENTS}0/letter/").status_code == 404


# --- the list by day ------------------------------------------------------------------------------


def test_day_is_picked(desk: Client, visit: Appointment) -> None:
    past = AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE - timedelta(days=40)))
    page = desk.get(f"{APPOINTMENTS}?day=2026-10-15&status__exact=booked").content.decode()
    assert url(past, "change") in page
    assert url(visit, "change") not in page
    assert "?day=2026-10-14&amp;status__exact=booked" in page
    assert "?day=2026-10-16&amp;status__exact=booked" in page
    assert '<input type="hidden" name="status__exact" value="booked">' in page


@pytest.mark.parametrize("day", ["", "x", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_what_is_no_day_shows_the_next_seven(desk: Client, visit: Appointment, day: str) -> None:
    answer = desk.get(APPOINTMENTS, {"day": day})
    assert answer.status_code == 200
    assert url(visit, "change") in answer.content.decode()


# --- who waits ------------------------------------------------------------------------------------


def test_list_says_what_is_offered_to_whom(desk: Client) -> None:
    slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=2))
    until = slot.starts_at - timedelta(hours=1)
    AppointmentFactory(offered=True, slot=slot, held_until=until, free_from=until)
    WaitingEntryFactory()
    page = desk.get("/admin/booking/waitingentry/").content.decode()
    assert page.count("Thu, 26.11.2026, 09:00") == 1
    assert "2 entries" in page


# --- by phone -------------------------------------------------------------------------------------


def test_one_page_asks_the_questions_of_every_case(desk: Client) -> None:
    page = desk.get(f"{APPOINTMENTS}by-phone/").content.decode()
    for name in ("title_valid_until", "has_appointment", "departure_on", "has_proof", "lost_what"):
        assert f'name="{name}"' in page
    assert page.count('name="title_valid_until"') == 1
    assert 'data-for="expired expiring"' in page


def test_caller_is_booked_with_six_entries(desk: Client) -> None:
    slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=1))
    answer = desk.post(BY_PHONE, CALLER | {"slot": str(slot.pk)}, follow=True)
    booked = Appointment.objects.get()
    assert (booked.status, booked.slot) == (Status.BOOKED, slot)
    page = answer.content.decode()
    assert (
        f"ÖZTÜRK, Wed, 25.11.2026, 09:00: appointment booked. Reference: {booked.reference}" in page
    )
    assert 'href="../letter/"' in page


def test_nothing_is_lost_when_the_case_was_not_chosen(desk: Client) -> None:
    SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=1))
    answer = desk.post(BY_PHONE, CALLER | {"category": ""})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="Öztürk"' in page
    assert page.count('class="desk-error"') >= 1


def test_title_that_is_still_valid_asks_for_the_appointment(desk: Client) -> None:
    slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=1))
    asked = CALLER | {"title_valid_until": "27.11.2026", "slot": str(slot.pk)}
    answer = desk.post(BY_PHONE, asked)
    assert answer.status_code == 422
    shown = {each.field.name: each.categories for each in answer.context["asked"]}
    assert shown["has_appointment"] == ["expired", "expiring"]
    assert not Appointment.objects.exists()


def test_caller_hears_of_restricted_operation(desk: Client) -> None:
    slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=1))
    later_on = {"category": "expiring", "title_valid_until": "31.12.2026", "has_appointment": "no"}
    asked = CALLER | later_on | {"slot": str(slot.pk)}
    route = desk.post(BY_PHONE, asked).context["route"]
    ServiceStatus.objects.update(state="restricted")
    restricted = desk.post(BY_PHONE, asked).context["route"]
    assert (route, restricted) == (ROUTES["regular"], ROUTES["regular_restricted"])


def test_page_without_free_times_leads_to_the_waiting_list(desk: Client) -> None:
    page = desk.get(f"{APPOINTMENTS}by-phone/").content.decode()
    assert 'name="slot"' not in page
    assert f'href="{APPOINTMENTS}walk-in/"' in page

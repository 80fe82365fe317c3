"""Closing, lifting and hours at the desk."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from booking import actions
from booking.models import Appointment, Closure, Slot, Token
from booking.models.applicants import mint_token
from booking.notifications.rendering import displacement
from booking.states import Status
from config.foundation.notification_kinds import Attempt
from config.foundation.outbox import Notification
from tests.booking.desk import catalogue, clock, desk, signed_in, visit
from tests.factories import TUESDAY_NINE, AppointmentFactory, ServiceWindowFactory, SlotFactory

__all__ = ["catalogue", "clock", "desk", "visit"]
NOON = TUESDAY_NINE + timedelta(hours=3)
CLOSE = "/admin/booking/closure/close/"


# --- closing --------------------------------------------------------------------------------------


def test_close_shows_who_is_affected_before_it_acts(desk: Client, visit: Appointment) -> None:
    form = {"what": "part", "day": "24.11.2026", "opens": "09:00", "closes": "11:00", "counter": ""}
    answer = desk.post(CLOSE, form)
    assert visit.applicant.full_name in answer.content.decode()
    assert not Closure.objects.exists()
    done = desk.post(CLOSE, form | {"confirm": "yes"})
    closure = Closure.objects.get()
    assert done["Location"] == f"/admin/booking/closure/{closure.pk}/change/"
    visit.refresh_from_db()
    assert visit.status == Status.DISPLACED


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": "days", "day": ""},
        {"what": "days", "day": "23.11.2026"},
        {"what": "days", "day": "25.11.2026", "last_day": "24.11.2026"},
        {"what": "days", "day": "25.11.2026", "last_day": "25.11.2028"},
        {"what": "part", "day": "25.11.2026"},
        {"what": "part", "day": "25.11.2026", "opens": "11:00", "closes": "09:00"},
        {"what": "part", "day": "28.03.2027", "opens": "02:30", "closes": "09:00"},
        {"what": "never"},
        {"what": "today", "counter": "999"},
        {"what": "today", "reason_en": "only English"},
    ],
)
def test_close_refuses_what_makes_no_sense(desk: Client, wrong: dict[str, str]) -> None:
    assert desk.post(CLOSE, {"confirm": "yes"} | wrong).status_code == 422
    assert not Closure.objects.exists()


def test_lift_from_its_page(desk: Client, clock: time_machine.Traveller) -> None:
    row = AppointmentFactory(slot=SlotFactory(starts_at=NOON))
    desk.post(CLOSE, {"what": "today", "counter": "", "confirm": "yes"})
    closure = Closure.objects.get()
    page = f"/admin/booking/closure/{closure.pk}/"
    assert 'data-fate="waiting"' in desk.get(f"{page}change/").content.decode()
    assert desk.get(f"{page}lift/").status_code == 200
    desk.post(f"{page}lift/")
    row.refresh_from_db()
    assert row.status == Status.BOOKED
    assert 'data-fate="restored"' in desk.get(f"{page}change/").content.decode()
    assert desk.post(f"{page}lift/").status_code == 409


def test_phone_list_names_who_can_not_be_written_to(desk: Client) -> None:
    soon = AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=3)))
    AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=4)))
    silent = AppointmentFactory(
        slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=5)), applicant__email=""
    )
    answer = desk.post(CLOSE, {"what": "today", "counter": ""})
    assert answer.context["phone_list"] == [soon, silent]

    done = desk.post(CLOSE, {"what": "today", "counter": "", "confirm": "yes"}, follow=True)
    assert [str(message) for message in done.context["messages"]] == [
        "Closed. People who get a letter: 2.",
        "People without an e-mail address, who know nothing yet: 1. Please phone them.",
    ]


def test_reason_of_a_closure_reaches_letter_and_page(
    desk: Client, visit: Appointment, client: Client
) -> None:
    reason = {"reason_de": "Wasserschaden", "reason_en": "Burst pipe"}
    desk.post(CLOSE, {"what": "today", "counter": "", "confirm": "yes"} | reason)
    letter = Notification.objects.get(kind="booking.displacement")
    written = displacement(letter, Attempt(now=TUESDAY_NINE))
    assert written is not None
    assert "Wasserschaden" in written.text

    secret = mint_token(purpose=Token.Purpose.MANAGE, subject=visit.subject, now=TUESDAY_NINE)
    client.get(f"/en/manage/{secret}/")
    assert "Burst pipe" in client.get("/en/manage/").content.decode()


# --- hours ----------------------------------------------------------------------------------------


def test_hours_change_from_a_day_on(desk: Client) -> None:
    counter = ServiceWindowFactory().counter
    actions.open_slots(now=TUESDAY_NINE)
    lead = signed_in("team lead")
    page = f"/admin/booking/counter/{counter.pk}/hours/"
    wrong = {"valid_from": "23.11.2026", "replace": "yes"}
    assert lead.post(page, wrong).status_code == 422
    odd = {
        "valid_from": "01.12.2026",
        "replace": "yes",
        "opens_1_1": "12:00",
        "closes_1_1": "10:00",
    }
    assert lead.post(page, odd).status_code == 422
    booked = AppointmentFactory(slot=Slot.objects.get(starts_at=TUESDAY_NINE + timedelta(days=7)))
    answer = lead.post(page, odd | {"opens_1_1": "10:00", "closes_1_1": "12:00"}, follow=True)
    assert "1 people are booked outside the hours" in answer.content.decode()
    starts = Slot.objects.filter(starts_at__date=date(2026, 12, 1)).order_by("starts_at")
    assert starts.count() == 13
    booked.refresh_from_db()
    assert booked.status == Status.BOOKED
    assert "outside the hours" in desk.get("/admin/").content.decode()

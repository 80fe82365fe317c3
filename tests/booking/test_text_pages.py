"""Short messages on the pages: the tick, the code that proves the number, the end of them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from booking.admin.to_do import _without_letter, _without_news
from booking.models import Applicant, Appointment
from booking.models.applicants import mint_phone_code
from config.foundation.outbox import Notification, enqueue, send_due
from config.operations.data_subject_requests import export_person
from tests.booking.desk import APPOINTMENTS, desk, url
from tests.booking.form_cases import wants_texts
from tests.booking.phones import MOBILE, Text, phones
from tests.booking.test_admin_people import BY_PHONE, CALLER
from tests.booking.visitors import DETAILS, Visitor
from tests.factories import MONDAY, TUESDAY_NINE, SlotFactory, StaffFactory

__all__ = ["desk", "phones"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots", "catalogue")]
TICKED = {"text_me": "on", "phone": "0151 12345678"}
TICK = 'name="text_me"'


def leave() -> None:
    send_due(queue=Notification.Queue.SHORT, now=MONDAY)


# --- the tick ------------------------------------------------------------------------------------


def test_tick_is_offered_where_messages_leave_and_nowhere_else(
    visitor: Visitor, phones: list[Text], settings: Settings
) -> None:
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    assert TICK in visitor.get("details/").content.decode()
    settings.SMS_URL = ""
    assert TICK not in visitor.get("details/").content.decode()
    visitor.post("details/", DETAILS | TICKED)
    assert not Applicant.objects.get().text_me


def test_tick_is_kept_and_shown_to_somebody_who_comes_back(
    visitor: Visitor, phones: list[Text]
) -> None:
    visitor.enters(**TICKED)
    row = Applicant.objects.get()
    assert (row.text_me, row.phone, row.takes_texts) == (True, MOBILE, False)
    found = re.search(f"<input[^>]*{TICK}[^>]*>", visitor.get("details/").content.decode())
    assert found
    assert "checked" in found[0]
    visitor.post("details/", DETAILS | {"phone": TICKED["phone"]})
    assert not Applicant.objects.get().text_me


@pytest.mark.parametrize(
    "phone", ["", "0391 5401234", "+43 664 1234567", "+1 201 555 0123"]
)  # none, a landline, other countries
def test_tick_needs_a_mobile_number_of_here(
    visitor: Visitor, phones: list[Text], phone: str
) -> None:
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    answer = visitor.send("details/", DETAILS | TICKED | {"phone": phone})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "phone": ["Please enter a mobile number (+49), or take away the tick for SMS."]
    }
    assert not Applicant.objects.exists()
    assert visitor.send("details/", DETAILS | {"phone": phone}).status_code == 303


def test_countries_are_the_office_s_choice(
    visitor: Visitor, phones: list[Text], settings: Settings
) -> None:
    settings.SMS_PREFIXES = ("+49", "+43")
    visitor.enters(**TICKED | {"phone": "+43 664 1234567"})
    assert Applicant.objects.get().text_me


# --- whose number it is --------------------------------------------------------------------------


@pytest.fixture
def wishing(visitor: Visitor, phones: list[Text]) -> Visitor:
    """Somebody who has booked and ticked, and whose number nobody has confirmed."""
    visitor.books(**TICKED)
    return visitor


def person() -> Applicant:
    return Applicant.objects.get()


def test_code_by_sms_proves_the_number(wishing: Visitor, phones: list[Text]) -> None:
    assert 'id="confirm-phone"' in wishing.get("appointment/").content.decode()
    assert "Send the code by SMS" in wishing.get("manage/").content.decode()
    assert wishing.post("manage/sms-code/") == "manage/"
    # it has not left yet
    asked = wishing.get("manage/").content.decode()
    assert "Send a new code" in asked
    assert "Send the code by SMS" not in asked
    leave()
    (text,) = phones
    code = re.search(r"\b\d{6}\b", text.text)
    assert text.number == MOBILE
    assert code
    assert code[0] not in str(person().phone_codes)
    assert wishing.post("manage/sms-confirm/", {"code": f" {code[0][:3]} {code[0][3:]}"})
    assert (person().phone_proved_at, person().phone_codes) == (MONDAY, [])
    page = wishing.get("manage/").content.decode()
    assert MOBILE in page
    assert 'id="sms-code"' not in page
    assert 'id="confirm-phone"' not in wishing.get("appointment/").content.decode()


@pytest.mark.parametrize("typed", ["", "12345", "abc", "1234567", "\x00", "1" * 10_000, "٠٠٠"])
def test_wrong_code_proves_nothing(wishing: Visitor, typed: str) -> None:
    mint_phone_code(person(), now=MONDAY)
    answer = wishing.send("manage/sms-confirm/", {"code": typed})
    assert answer.status_code == 422
    assert "This code is not correct" in answer.content.decode()
    assert person().phone_proved_at is None


def test_sixth_try_needs_another_code(wishing: Visitor) -> None:
    right = mint_phone_code(person(), now=MONDAY)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _try in range(5):
        wishing.send("manage/sms-confirm/", {"code": wrong})
    answer = wishing.send("manage/sms-confirm/", {"code": right})
    assert "The code was wrong too often" in answer.content.decode()
    another = mint_phone_code(person(), now=MONDAY + timedelta(minutes=1))
    assert wishing.post("manage/sms-confirm/", {"code": another}) == "manage/"


def test_code_is_good_for_half_an_hour_and_for_its_number(
    wishing: Visitor, clock: time_machine.Traveller
) -> None:
    code = mint_phone_code(person(), now=MONDAY - timedelta(minutes=30))
    assert wishing.send("manage/sms-confirm/", {"code": code}).status_code == 422
    code = mint_phone_code(person(), now=MONDAY)
    Applicant.objects.update(phone="+4915187654321")
    assert wishing.send("manage/sms-confirm/", {"code": code}).status_code == 422
    assert person().phone_proved_at is None


def test_codes_are_one_a_minute_and_three_a_day(
    wishing: Visitor, phones: list[Text], clock: time_machine.Traveller
) -> None:
    for minute in range(3):
        clock.move_to(MONDAY + timedelta(minutes=minute))
        for _press in range(2):
            assert wishing.post("manage/sms-code/") == "manage/"
        send_due(queue=Notification.Queue.SHORT, now=MONDAY + timedelta(minutes=minute))
        assert len(phones) == minute + 1
    clock.move_to(MONDAY + timedelta(minutes=3))
    answer = wishing.send("manage/sms-code/")
    assert answer.status_code == 409
    assert "We can send no more SMS to this number today" in answer.content.decode()


def test_code_is_not_sent_once_the_number_is_proved(wishing: Visitor, phones: list[Text]) -> None:
    wishing.post("manage/sms-code/")
    Applicant.objects.update(phone_proved_at=MONDAY)
    leave()
    assert phones == []
    assert wishing.send("manage/sms-code/").status_code == 409


def test_code_is_not_asked_for_without_the_wish(visitor: Visitor, phones: list[Text]) -> None:
    visitor.books(phone="0151 12345678")
    page = visitor.get("manage/").content.decode()
    assert 'id="sms' not in page
    named = visitor.form("manage/resend/")
    assert visitor.press("manage/sms-code/", named).status_code == 409
    leave()
    assert phones == []


def test_family_with_one_number_confirms_it_once(wishing: Visitor) -> None:
    Applicant.objects.update(phone_proved_at=MONDAY)
    wishing.enters(given_names="Minh", **TICKED)
    assert Applicant.objects.latest("pk").takes_texts
    wishing.post("details/", DETAILS | TICKED | {"given_names": "Minh", "phone": "0160 1234567"})
    assert not Applicant.objects.latest("pk").takes_texts


def test_messages_can_be_stopped(wishing: Visitor) -> None:
    Applicant.objects.update(phone_proved_at=MONDAY)
    assert wishing.post("manage/sms-stop/") == "manage/"
    assert not person().text_me
    assert 'id="sms' not in wishing.get("manage/").content.decode()


# --- the desk and the papers ---------------------------------------------------------------------


def test_caller_s_number_needs_no_code(desk: Client, phones: list[Text]) -> None:
    slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=1))
    page = desk.get(f"{APPOINTMENTS}by-phone/").content.decode()
    assert TICK in page
    landline = CALLER | {"slot": str(slot.pk), "text_me": "on"}
    refused = desk.post(BY_PHONE, landline)
    assert refused.status_code == 422
    assert len(refused.context["caller"].errors["phone"]) == 1
    desk.post(BY_PHONE, landline | TICKED)
    assert person().takes_texts
    shown = desk.get(url(Appointment.objects.get(), "change")).content.decode()
    assert "<dt>Reminder by SMS</dt><dd>yes</dd>" in shown
    Applicant.objects.update(phone_proved_at=None)
    shown = desk.get(url(Appointment.objects.get(), "change")).content.decode()
    assert "<dd>once the number is confirmed</dd>" in shown


def test_desk_is_not_asked_where_no_message_leaves(desk: Client) -> None:
    slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=1))
    assert TICK not in desk.get(f"{APPOINTMENTS}by-phone/").content.decode()
    desk.post(BY_PHONE, CALLER | TICKED | {"slot": str(slot.pk)})
    assert (person().text_me, person().phone_proved_at) == (False, None)


def test_privacy_page_names_the_company_only_where_there_is_one(
    client: Client, phones: list[Text], settings: Settings
) -> None:
    assert "a reminder by SMS" in client.get("/en/privacy/").content.decode()
    settings.SMS_URL = ""
    assert "a reminder by SMS" not in client.get("/en/privacy/").content.decode()


def test_export_tells_the_wish_and_no_hash(visitor: Visitor) -> None:
    wants_texts(visitor)
    mint_phone_code(person(), now=MONDAY)
    row = Appointment.objects.get()
    data = export_person(reference=row.reference, by=StaffFactory(), reason="asked", now=MONDAY)
    (told,) = [each for each in data["data"] if "text_me" in each]
    assert (told["text_me"], told["phone"]) == ("True", MOBILE)
    assert "phone_codes" not in told


def test_desk_counts_letters_alone(visitor: Visitor, phones: list[Text]) -> None:
    """A short message comes beside a letter: it neither makes nor ends the desk's alarm."""
    visitor.books(**TICKED)
    row = Appointment.objects.select_related("slot").get()
    Notification.objects.update(sent_at=MONDAY, bounced_at=MONDAY, bounce="5.1.1")
    for sequence in (1, 2):
        enqueue(
            kind="booking.text_reminder",
            subject=row.subject,
            language="en",
            queue=Notification.Queue.SHORT,
            sequence=sequence,
            now=MONDAY,
        )
    of_phone = Notification.objects.filter(bounced_at=None)
    later = MONDAY + timedelta(hours=8)
    of_phone.filter(sequence=1).update(sent_at=later)
    of_phone.filter(sequence=2).update(failed_at=later, failure="number refused")
    assert _without_news(now=later) == [row]
    assert _without_letter([row], now=later) == []

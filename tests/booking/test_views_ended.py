"""What no longer takes place does not look as if it did; what can't be moved says so at once."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from pytest_django import Settings

from booking.models import Applicant, Appointment
from booking.states import Status
from tests.booking.phones import MOBILE
from tests.booking.visitors import Visitor
from tests.factories import MONDAY, InvitationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots")]


def main_of(visitor: Visitor, path: str) -> str:
    page = visitor.get(path).content.decode()
    return page.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("path", ["appointment/", "manage/"])
@pytest.mark.parametrize("how", ["past", "cancelled", "missed"])
def test_an_ended_appointment_offers_a_new_one_alone(
    visitor: Visitor, clock: time_machine.Traveller, how: str, path: str
) -> None:
    visitor.books()
    reference = Appointment.objects.get().reference
    if how == "cancelled":
        visitor.post("manage/cancel/")
    elif how == "missed":
        Appointment.objects.update(status=Status.NO_SHOW)
    else:
        clock.move_to(MONDAY + timedelta(days=2))
        visitor.post("manage/", {"reference": reference, "birth_date": "12.05.1985"})
    shown = main_of(visitor, path)
    assert "<h1>Your appointment is cancelled" in shown or "<h1>This appointment is over" in shown
    assert shown.count("kern-btn--primary") == 1
    assert "Book a new appointment" in shown
    for sign in ('class="qr"', "kern-alert--success", "rebook", 'id="cancel"', "booked</strong>"):
        assert sign not in shown, sign
    if how == "past":
        assert visitor.get("rebook/")["Location"] == "/en/manage/"
        assert visitor.get("manage/give-back/")["Location"] == "/en/manage/"


def test_the_confirmation_says_first_what_counts(visitor: Visitor, catalogue: None) -> None:
    visitor.books()
    shown = main_of(visitor, "appointment/")
    order = ["<dt>When", "<dt>Where", "Please bring", "If something changes", "Add to calendar"]
    places = [shown.index(part) for part in order]
    assert places == sorted(places)
    primary = re.findall(r'kern-btn--primary" href="[^"]*">([^<]*)', shown)
    assert primary == ["Add to calendar"]


def test_who_may_not_move_again_is_told_so_at_once(visitor: Visitor) -> None:
    visitor.books()
    invitation = InvitationFactory(quota__changes=0)
    Appointment.objects.update(invitation=invitation)
    answer = visitor.get("rebook/")
    page = unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "can't move it online again" in page
    assert 'name="slot"' not in page
    assert 'href="/en/manage/give-back/"' in page
    assert 'href="/en/contact/"' in page


def test_the_wrong_code_of_an_sms_is_said_at_its_field(
    visitor: Visitor, settings: Settings
) -> None:
    settings.SMS_URL = "https://sms.example.org/messages"
    visitor.books()
    Applicant.objects.update(text_me=True, phone=MOBILE)
    assert "The SMS is on its way" not in main_of(visitor, "manage/")
    visitor.post("manage/sms-code/")
    panel = main_of(visitor, "manage/").partition('id="sms"')[2]
    assert "The SMS is on its way to you." in panel
    page = visitor.send("manage/sms-confirm/", {"code": "000000"}).content.decode()
    assert '<a href="#id_code">' in page.partition("<h1")[0]
    assert 'id="id_code_error"' in page

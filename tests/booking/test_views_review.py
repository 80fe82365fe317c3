"""The last page before the booking: all that was entered and decided, each with its way back."""

import re
from html import unescape

import pytest
from pytest_django import Settings

from booking.models import Appointment
from booking.states import Status
from tests.booking.phones import MOBILE
from tests.booking.visitors import DETAILS, Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots")]


def rows(visitor: Visitor) -> dict[str, tuple[str, str]]:
    """What stands on the review by its label, and where "Change" leads."""
    page = visitor.get("review/").content.decode()
    found = {}
    for title, value in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.DOTALL):
        change = re.search(r'<a href="/en/([^"]*)">Change', value)
        text = unescape(re.sub(r"<a.*?</a>|<[^>]*>", " ", value, flags=re.DOTALL))
        found[title] = (" ".join(text.split()), change[1] if change else "")
    return found


def test_review_says_everything_and_how_to_change_it(visitor: Visitor, settings: Settings) -> None:
    settings.SMS_URL = "https://sms.example.org/messages"
    visitor.holds(phone=MOBILE, text_me="on", access_need="seat")
    said = rows(visitor)
    assert said["What happened?"][0].startswith("My residence title has expired")
    assert "20 November 2026" in said["What happened?"][0]
    assert said["What happened?"][1] == "check/"
    assert said["When"] == ("Tuesday, 24 November 2026 at 09:00", "times/")
    assert said["Where"][0]
    assert said["Name"] == (f"{DETAILS['family_name']} {DETAILS['given_names']}", "details/")
    assert said["Date of birth"][0] == "12 May 1985"
    assert said["E-mail address"][0] == DETAILS["email"]
    assert said["Phone number"][0].replace(" ", "") == MOBILE
    assert said["Reminder by SMS"][0] == "Yes"
    assert said["Do you need help at the office?"] == ("A seat while waiting", "details/")


def test_changed_details_come_back_to_the_review(visitor: Visitor) -> None:
    visitor.holds()
    assert visitor.post("details/", DETAILS | {"access_need": "seat"}) == "review/"
    assert rows(visitor)["Do you need help at the office?"][0] == "A seat while waiting"
    assert Appointment.objects.get().status == Status.HELD


def test_another_person_has_to_choose_anew(visitor: Visitor) -> None:
    visitor.holds()
    assert visitor.post("details/", DETAILS | {"given_names": "Minh"}) == "times/"

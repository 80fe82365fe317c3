"""The applicant's way, page by page; forms are posted as a browser without JavaScript does."""

import re

import pytest
import time_machine

from booking.models import Appointment
from booking.states import Status
from tests.booking.visitors import DETAILS, Visitor
from tests.factories import MONDAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("slots", "catalogue")]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def visitor(client):
    return Visitor(client)


# --- the whole way -------------------------------------------------------------------------------


def test_book_takes_ten_pages_and_six_forms(visitor):
    pages = ["", "check/"]
    forms = 0
    answers = {"title_valid_until": "20.11.2026"}
    for path, data in [("check/", {"category": "expired"}), ("check/expired/", answers)]:
        pages.append(visitor.post(path, data))
        forms += 1
    assert b'data-decision="eligible"' in visitor.get(pages[-1]).content
    pages.append("checklist/")
    assert visitor.get("checklist/").status_code == 200
    pages += ["details/", visitor.post("details/", DETAILS)]
    pages.append(visitor.post("verify/", {"code": visitor.code()}))
    pages.append(visitor.post("times/", {"slot": visitor.slots()[0]}))
    pages.append(visitor.post("review/", {}))
    forms += 4
    assert pages == [
        *("", "check/", "check/expired/", "check/result/", "checklist/", "details/"),
        *("verify/", "times/", "review/", "appointment/"),
    ]
    assert (len(pages), forms) == (10, 6)
    appointment = Appointment.objects.get()
    assert appointment.status == Status.BOOKED
    page = visitor.get("appointment/").content.decode()
    assert re.search(r'id="reference"[^>]*>\s*' + appointment.reference, page)

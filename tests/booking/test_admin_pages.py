"""Search, names that are code, and what every page of the desk has."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.test import Client

from booking.models import Appointment
from config.foundation.audit import AccessRecord
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, signed_in
from tests.factories import (
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    InvitationFactory,
    SlotFactory,
    StaffFactory,
    WaitingEntryFactory,
)
from tests.responses import Response

__all__ = ["catalogue", "clock", "desk"]
CLOSE = "/admin/booking/closure/close/"
NOON = TUESDAY_NINE + timedelta(hours=3)


# --- search ---------------------------------------------------------------------------------------


def search(client: Client, text: str) -> Response:
    return client.post(f"{APPOINTMENTS}search/", {"q": text})


@pytest.fixture
def visit(desk: Client) -> Appointment:
    """Olena, booked for nine o'clock."""
    return AppointmentFactory(
        slot=SlotFactory(starts_at=TUESDAY_NINE),
        reference="7K3F-92QX",
        applicant=ApplicantFactory(
            family_name="Шевченко",
            given_names="Олена",
            birth_date="1985-05-12",
            email="olena@example.org",
        ),
    )


@pytest.mark.parametrize(
    "text",
    [
        *(
            "7K3F-92QX",
            "7k3f92qx",
            " 7K3F 92QX ",
            "https://termin.example.de/de/manage/?r=7K3F-92QX",
        ),
        *("Шевченко", "Олена Шевч", "12.05.1985", "1985-05-12"),
        "Olena@example.org",
    ],
)
def test_search_leads_straight_to_the_one_it_finds(
    desk: Client, visit: Appointment, text: str
) -> None:
    counter = f"{APPOINTMENTS}at-counter/{visit.slot.counter_id}/"
    assert search(desk, text)["Location"] == f"{counter}?visit={visit.pk}"  # it is for today
    record = AccessRecord.objects.get()
    assert (record.kind, record.subject) == ("search", visit.subject)
    assert "Шевч" not in record.reason


@pytest.mark.parametrize(
    "text", ["Niemand", "%", "\\", "_" * 50, "AAAA-AAAA", "31.12.1999", "a b" * 60]
)
def test_search_that_finds_nobody_says_so(desk: Client, visit: Appointment, text: str) -> None:
    answer = search(desk, text)
    assert answer.status_code == 200
    assert "Nobody found" in answer.content.decode()


@pytest.mark.parametrize("text", ["", "x" * 201])
def test_search_for_nothing_finds_nothing(desk: Client, visit: Appointment, text: str) -> None:
    answer = search(desk, text)
    assert answer.status_code == 200
    assert visit.reference not in answer.content.decode()


def test_search_finds_no_one_who_is_forgotten(desk: Client, visit: Appointment) -> None:
    visit.applicant.forgotten_at = TUESDAY_NINE
    visit.applicant.save()
    assert "Nobody found" in search(desk, "Шевченко").content.decode()


# --- names that are code --------------------------------------------------------------------------


PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "'><iframe src=javascript:alert(1)>",
    "</td></tr></table><script>1</script>",
    "</title><script>1</script>",
    "</textarea><script>1</script>",
    "<a href=javascript:alert(1)>x</a>",
    "<details open ontoggle=alert(1)>",
    "<math><mi xlink:href=javascript:alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{7*7}}{% debug %}",
    "${7*7} %s %(x)s",
    "\" onfocus=alert(1) autofocus x=\"",
    "<style>*{display:none}</style>",
]  # fmt: skip


class Elements(HTMLParser):
    """The elements of a page with their attributes, without what they say."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(sorted(name for name, _value in attrs))))


def elements(text: str) -> list[tuple[str, tuple[str, ...]]]:
    parser = Elements()
    parser.feed(text)
    return parser.found


@pytest.mark.parametrize("payload", PAYLOADS)
def test_name_that_is_code_adds_no_element(desk: Client, payload: str) -> None:  # T-C4
    people = ApplicantFactory.create_batch(2, flagged_at=TUESDAY_NINE, phone="1", birth_date="1985")
    row = AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE), applicant=people[0])
    AppointmentFactory(slot=SlotFactory(starts_at=NOON), applicant=people[1])
    entry = WaitingEntryFactory(applicant=people[1])
    appointment, waits = f"{APPOINTMENTS}{row.pk}/", f"/admin/booking/waitingentry/{entry.pk}/"
    pages = [
        "/admin/",
        f"{APPOINTMENTS}?day=today",
        *(f"{appointment}{name}/" for name in ("change", "history", "check-in", "correct")),
        "/admin/booking/waitingentry/",
        f"{waits}change/",
        "/admin/booking/applicant/",
        f"/admin/booking/applicant/{people[1].pk}/change/",
        f"/admin/booking/applicant/{people[1].pk}/namesake/",
        f"/admin/booking/applicant/{people[1].pk}/settle/",
    ]
    pages.append(f"{APPOINTMENTS}at-counter/{row.slot.counter_id}/")
    preview = {"what": "days", "day": "24.11.2026", "counter": ""}

    def look() -> list[list[tuple[str, tuple[str, ...]]]]:
        texts = [desk.get(page).content.decode() for page in pages]
        texts.append(desk.post(CLOSE, preview).content.decode())
        texts.append(search(desk, "1985").content.decode())
        return [elements(text) for text in texts]

    harmless = look()
    for person in people:
        person.family_name, person.given_names, person.phone = payload, payload, payload[:20]
        person.save()
    assert look() == harmless


@pytest.mark.parametrize(
    "page",
    [
        *("booking/appointment/", "booking/waitingentry/", "booking/applicant/"),
        *(
            "booking/closure/",
            "booking/closure/close/",
            "booking/counter/",
            "foundation/notification/",
        ),
        *("foundation/accessrecord/", "statistics/", ""),
    ],
)
def test_page_explains_itself(desk: Client, page: str) -> None:
    text = signed_in("team lead").get(f"/admin/{page}").content.decode()
    assert text.count('class="desk-help"') == 1
    assert re.search(r'</h1>\s*<details class="desk-help"', text)  # in one place on every page


def test_choice_for_many_rows_says_what_it_is(desk: Client) -> None:
    InvitationFactory()
    text = signed_in("team lead").get("/admin/booking/invitation/").content.decode()
    assert '<option value="" selected>Choose an action</option>' in text
    assert "-----" not in text


def test_list_of_flagged_people_is_called_what_it_is(desk: Client) -> None:
    text = desk.get("/admin/booking/applicant/").content.decode()
    assert "<h1>Possible double bookings</h1>" in text
    assert "<title>Possible double bookings |" in " ".join(text.split())


def test_desk_speaks_german_unless_told_otherwise(desk: Client) -> None:
    client = Client()
    client.force_login(StaffFactory())
    assert '<html lang="de"' in client.get("/admin/").content.decode()
    assert '<html lang="en' in desk.get("/admin/").content.decode()

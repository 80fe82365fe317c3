"""Where and when to be on the day, and what the confirmation gives to keep."""

from __future__ import annotations

import re
from datetime import date

import pytest

from booking.models import Appointment
from booking.states import Status
from config.foundation.contacts import Link
from config.foundation.office import Office
from tests.booking.visitors import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots", "catalogue")]
PAGES = ["appointment/", "manage/"]


def _main(visitor: Visitor, path: str) -> str:
    page = visitor.get(path).content.decode()
    return str(page.partition("<main")[2].partition("</main>")[0])


@pytest.mark.parametrize("path", PAGES)
def test_names_the_counter_and_the_way(visitor: Visitor, path: str) -> None:
    Office.objects.update(
        directions={"de": "Tram 1"},
        entrance={"de": "Tor B", "en": "Gate B"},
        floor={"de": "2. Stock"},
        arrive_minutes=15,
    )
    visitor.books()
    page = _main(visitor, path)
    where = page.partition("<dt>Where</dt>")[2].partition("</dd>")[0]
    assert "Emergency counter 1" in where
    assert page.count("Emergency counter 1") == 1
    assert "Tram 1" in page
    assert "Gate B" in page
    assert "2. Stock" in page
    assert "<dt>Be there</dt><dd><strong>08:45</strong></dd>" in page
    assert "data-ask" not in page, "nothing is missing"


@pytest.mark.parametrize("path", PAGES)
def test_says_nothing_that_nobody_has_said_and_names_who_knows(visitor: Visitor, path: str) -> None:
    Office.objects.update(phone="0391 540-4389", opening_hours={"de": "8 bis 12 Uhr"})
    Link.objects.create(
        slug="central",
        kind="mailbox",
        name={"de": "Zentrale"},
        address="c@example.org",
        places="contact",
    )
    visitor.books()
    page = _main(visitor, path)
    for label in ("Be there", "Entrance", "Floor and room", "geo:", "openstreetmap"):
        assert label not in page, label
    asked = page.partition("data-ask")[2].partition("</section>")[0]
    assert "mailto:c@example.org" in asked
    assert "tel:03915404389" in asked
    assert "8 bis 12 Uhr" in asked


@pytest.mark.parametrize("path", PAGES)
def test_map_is_a_link_that_loads_nothing(visitor: Visitor, path: str) -> None:
    Office.objects.update(map_place="Lübecker Str. 53-63, 39124 Magdeburg")
    visitor.books()
    page = _main(visitor, path)
    where = "L%C3%BCbecker%20Str.%2053-63%2C%2039124%20Magdeburg"
    assert f'href="geo:0,0?q={where}"' in page
    link = f'href="https://www.openstreetmap.org/search?query={where}" rel="noreferrer"'
    assert link in page
    assert not re.findall(r'<(?:img|iframe|script|link)\b[^>]*(?:src|href)="https?:', page)


def test_confirmation_gives_what_is_to_keep(visitor: Visitor) -> None:
    visitor.books()
    page = _main(visitor, "appointment/")
    assert re.search(r"<figcaption>Show this code at the counter", page)
    assert "What happens there" in page
    assert "is scheduled for 10 minutes" in page
    for act in ("copy", "share"):
        assert re.search(rf'<button [^>]*data-{act}="#in-short"[^>]* hidden>', page), act
    short = page.partition('<span id="in-short" hidden>')[2].partition("</span>")[0]
    row = Appointment.objects.get()
    assert row.reference in short
    assert "09:00" in short
    assert row.applicant.family_name not in short, "goes to others"


def test_appointment_after_the_need_leads_to_the_waiting_list(visitor: Visitor) -> None:
    visitor.books()
    assert "waiting/" not in _main(visitor, "appointment/")
    Appointment.objects.update(need_kind="soft", need_by=date(2026, 11, 23))
    assert 'href="/en/waiting/"' in _main(visitor, "appointment/")
    Appointment.objects.update(need_by=date(2026, 11, 24))
    assert "waiting/" not in _main(visitor, "appointment/")


@pytest.mark.parametrize("path", PAGES)
def test_cancelled_appointment_offers_another_one_and_nothing_else(
    visitor: Visitor, path: str
) -> None:
    visitor.books()
    visitor.post("manage/cancel/")
    assert Appointment.objects.get().status == Status.CANCELLED
    page = _main(visitor, path)
    assert "<h1>Your appointment is cancelled</h1>" in page
    links = re.findall(r"<a [^>]*>[^<]*</a>", page)
    assert links == ['<a class="kern-btn kern-btn--primary" href="/en/">Book a new appointment</a>']
    assert re.findall(r'<form [^>]*id="([\w-]+)"', page) == ["end"], "the device only"


def test_more_time_is_said(visitor: Visitor) -> None:
    visitor.holds()
    assert "You have more time" not in _main(visitor, "review/")
    visitor.post("review/extend/")
    assert "You have more time: until 08:10" in _main(visitor, "review/")

"""What somebody on the waiting list is told about their place, and the sheet for an employer."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from booking import actions
from booking.deadlines import OFFER_TIMES
from booking.models import Appointment, Slot, WaitingEntry
from booking.states import NeedByKind, WaitingStatus
from config.foundation.office import Office
from tests.booking.test_views_waiting import offer_to
from tests.booking.visitors import DETAILS, Visitor
from tests.factories import TUESDAY_NINE, SlotFactory
from tests.foundation.test_sheets import drawn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots")]
PDF = "waiting/waiting.pdf"


@pytest.fixture
def entry(visitor: Visitor) -> WaitingEntry:
    """The place of this visitor on the list."""
    Slot.objects.all().delete()
    visitor.verifies()
    assert visitor.post("waiting/") == "waiting/"
    return WaitingEntry.objects.get()


def _page(visitor: Visitor) -> str:
    page = visitor.get("waiting/").content.decode()
    return str(page.partition("<main")[2].partition("</main>")[0])


def test_joining_is_said_once(visitor: Visitor, entry: WaitingEntry) -> None:
    assert "You are on the waiting list. A confirmation e-mail" in _page(visitor)
    assert "You are on the waiting list. A confirmation e-mail" not in _page(visitor)


def test_place_names_address_and_age(visitor: Visitor, entry: WaitingEntry) -> None:
    page = _page(visitor)
    assert DETAILS["email"] in page
    assert "As of Monday, 23 November 2026 at\u00a008:00." in page
    assert "<dt>On the list since</dt><dd>Monday, 23 November 2026 at\u00a008:00</dd>" in page
    assert "Needed by" not in page, "no day of need, no deadline"


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (NeedByKind.HARD, "After that day your place ends"),
        (NeedByKind.SOFT, "Your place stays after that day"),
    ],
)
def test_place_names_its_deadline(
    visitor: Visitor, entry: WaitingEntry, kind: NeedByKind, sentence: str
) -> None:
    WaitingEntry.objects.update(need_kind=kind, need_by=date(2026, 11, 26))
    page = _page(visitor)
    assert "Thursday, 26 November 2026" in page
    assert sentence in page


def test_says_how_long_a_place_lasts_before_and_after_joining(
    visitor: Visitor, settings: Settings
) -> None:
    settings.RETENTION = settings.RETENTION | {"WAITING": timedelta(days=30)}
    visitor.verifies()
    said = "until you have an appointment or leave the list, for up to 30\u00a0days."
    assert said in _page(visitor)
    visitor.post("waiting/")
    assert said in _page(visitor)


def test_german_page_of_an_offer_says_the_hour_once(visitor: Visitor, entry: WaitingEntry) -> None:
    offer_to(entry)
    page = visitor.client.get("/de/waiting/").content.decode()
    assert re.search(r"reserviert bis <strong>[^<]*\d:\d\d\sUhr</strong>", page)
    assert not re.search(r"Uhr\s+Uhr", page)


def test_what_happens_next_follows_the_rules_of_offers(
    visitor: Visitor, entry: WaitingEntry
) -> None:
    minutes = [lasting.seconds // 60 for _ahead, lasting in OFFER_TIMES]
    assert minutes == [240, 120, 30], "the page says these"
    page = _page(visitor)
    assert "30 minutes if the appointment is today, 2\xa0hours if it is tomorrow" in page
    assert "4\xa0hours if it is later." in page
    assert "between 21:00 and 07:00 do not count" in page
    assert "Nobody can say how long you will wait" in page


def test_offer_comes_before_everything_else(visitor: Visitor, entry: WaitingEntry) -> None:
    offer_to(entry)
    page = _page(visitor)
    assert "An appointment is reserved for you" in page
    assert "What happens next" not in page
    assert PDF not in page


def test_offer_whose_letter_has_not_left_promises_no_more_than_it_keeps(
    visitor: Visitor, entry: WaitingEntry, now: datetime
) -> None:
    slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=2))
    actions.offer_slots(now=now)
    offer = Appointment.objects.get(slot=slot)
    assert "until <strong>Monday, 23 November 2026 at\u00a008:15</strong>" in _page(visitor)
    actions.start_offer_clock(appointment=offer, now=now)
    assert "until <strong>Monday, 23 November 2026 at\u00a012:00</strong>" in _page(visitor)


def test_other_times_say_until_when_the_offered_one_is_reserved(
    visitor: Visitor, entry: WaitingEntry, now: datetime
) -> None:
    offer = offer_to(entry)
    SlotFactory(starts_at=offer.slot.starts_at + timedelta(minutes=10))
    page = visitor.get("waiting/swap/").content.decode()
    assert re.search(r"reserved for you until [^<]+, or until you choose another one: <", page)


@pytest.mark.parametrize(
    ("distribution", "said"),
    [
        ("waiting_list", "whoever joined the list earlier comes first"),
        ("draw", "the order is drawn by lot"),
    ],
)
def test_order_is_the_one_of_the_office(
    visitor: Visitor, entry: WaitingEntry, distribution: str, said: str
) -> None:
    first = "People whose appointment was cancelled because a counter closed come first"
    Office.objects.update(distribution=distribution)
    assert first in _page(visitor)
    assert said in _page(visitor)


def test_sheet_for_an_employer_is_dated_and_claims_nothing(
    visitor: Visitor, entry: WaitingEntry
) -> None:
    assert f'href="/en/{PDF}"' in _page(visitor)
    answer = visitor.get(PDF)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="warteliste.pdf"'
    assert "no-store" in answer["Cache-Control"]
    text = " ".join(drawn(answer.content))
    assert "Thị Ánh Nguyễn" in text or "Nguyễn" in text
    assert "12.05.1985" in text
    assert "In die Warteliste eingetragen am Montag, 23. November 2026, 08:00 Uhr." in text
    assert "Entered on the waiting list on Monday, 23 November 2026 at 08:00" in text
    assert "not a residence title" in text
    assert "expired" not in text, "names the matter"
    assert DETAILS["email"] not in text


def test_sheet_in_german_is_written_once(visitor: Visitor, entry: WaitingEntry) -> None:
    text = " ".join(drawn(visitor.client.get(f"/de/{PDF}").content))
    assert text.count("In die Warteliste eingetragen am") == 1


@pytest.mark.parametrize("status", [WaitingStatus.LEFT, WaitingStatus.SERVED, WaitingStatus.ENDED])
def test_sheet_ends_with_the_place(
    visitor: Visitor, entry: WaitingEntry, status: WaitingStatus
) -> None:
    WaitingEntry.objects.update(status=status, ended_at=entry.joined_at)
    answer = visitor.get(PDF)
    assert (answer.status_code, answer["Location"]) == (303, "/en/waiting/")


def test_sheet_of_a_stranger_is_none(entry: WaitingEntry) -> None:
    answer = Client().get(f"/en/{PDF}")
    assert (answer.status_code, answer["Location"]) == (303, "/en/waiting/")

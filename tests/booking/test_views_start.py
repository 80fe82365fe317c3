"""The start page and what it tells of free times."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from booking.availability import forget_memory as forget_times
from booking.availability import listed
from booking.models import Slot
from config.foundation.office import ServiceStatus, forget_memory
from tests.booking.visitors import Visitor
from tests.factories import MONDAY, SlotFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots")]


@pytest.mark.usefixtures("office_remembered")
def test_start_is_cheap_and_leaves_no_trace(
    visitor: Visitor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    visitor.get("")
    with django_assert_max_num_queries(8):
        page = visitor.get("")
    assert page.status_code == 200
    assert not page.cookies
    assert "Cookie" not in page.get("Vary", "")
    assert not Session.objects.exists()


def test_start_says_how_many_are_free_or_when_the_next_open(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    SlotFactory(starts_at=MONDAY + timedelta(days=10))
    page = visitor.get("").content.decode()
    assert 'data-free="3"' in page
    assert "26 November 2026" not in page  # nobody should wait for it
    Slot.objects.filter(starts_at__lt=MONDAY + timedelta(days=10)).delete()
    forget_times()
    page = visitor.get("").content.decode()
    assert "26 November 2026" in page
    assert "07:00" in page


def test_availability_tells_machines_the_same_without_slots(client: Client) -> None:
    SlotFactory(starts_at=MONDAY + timedelta(days=10))
    answer = client.get("/api/v1/availability")
    assert answer.json() == {
        "free": 3,
        "next_opening_at": "2026-11-26T06:00:00+00:00",
        "status": "open",
    }
    assert not answer.cookies


def test_availability_is_counted_once_a_second(
    client: Client, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.OFFICE_MEMORY_SECONDS = 1
    client.get("/api/v1/availability")
    with django_assert_num_queries(0):
        client.get("/api/v1/availability")
    forget_memory()


@pytest.mark.usefixtures("office_remembered")
def test_fresh_list_is_asked_anew_unless_it_was_empty(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    def ask(*, fresh: bool) -> int:
        return len(listed(now=MONDAY, fresh=fresh).times)

    assert ask(fresh=False) == 3
    Slot.objects.all().delete()
    assert ask(fresh=False) == 3
    assert ask(fresh=True) == 0
    SlotFactory()
    with django_assert_num_queries(0):
        assert ask(fresh=True) == 0  # for a second
    forget_times()
    assert ask(fresh=True) == 1


def test_start_says_no_number_and_offers_no_start_while_paused(visitor: Visitor) -> None:
    ServiceStatus.objects.update(state=ServiceStatus.State.PAUSED)
    page = visitor.get("").content.decode()
    assert "Booking is not possible at the moment" in page
    assert 'href="/en/check/"' not in page
    assert "appointments are available" not in page
    assert 'data-free="0"' in page
    assert "Please have ready" not in page


@pytest.mark.parametrize(
    ("notice", "language", "marked"),
    [
        ({"de": "Am Dienstag zu"}, "en", True),
        ({"de": "Am Dienstag zu", "en": "Closed on Tuesday"}, "en", False),
        ({"de": "Am Dienstag zu"}, "de", False),
    ],
)
def test_notice_that_is_in_german_alone_says_so(
    client: Client, notice: dict[str, str], language: str, marked: bool
) -> None:
    ServiceStatus.objects.update(notice=notice)
    forget_memory()
    page = client.get(f"/{language}/").content.decode()
    assert notice.get(language, notice["de"]) in page
    assert ("Notice in German:" in page) == marked


def test_start_shows_restricted_operation(visitor: Visitor) -> None:
    assert "Restricted operation" not in visitor.get("").content.decode()
    ServiceStatus.objects.update(state=ServiceStatus.State.RESTRICTED)
    forget_times()
    page = visitor.get("").content.decode()
    assert "Restricted operation" in page
    assert 'href="/en/check/"' in page


def test_start_names_the_duty_to_prove_and_that_nobody_comes_without_an_appointment(
    visitor: Visitor,
) -> None:
    page = visitor.get("").content.decode()
    assert "you must prove the emergency" in page
    assert "the title itself is enough" in page
    assert "only with an appointment" in page


def test_plain_german_leads_to_everyday_german_not_to_german(client: Client) -> None:
    plain = client.get("/de-simple/").content.decode()
    assert "Diese Seite in Alltags·sprache lesen</button>" in plain
    assert "auf Deutsch lesen" not in plain
    assert "Diese Seite auf Deutsch lesen</button>" in client.get("/en/").content.decode()

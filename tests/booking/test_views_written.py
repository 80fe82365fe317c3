"""Pages written once for many: nothing personal is shared, and nothing in them grows old."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from booking import availability
from booking.models import Slot
from booking.views.page_cache import PageCache
from tests.booking.visitors import Visitor
from tests.factories import AppointmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("slots", "clock")]

PERSONAL = re.compile(r'name="(?:slot|subject|csrfmiddlewaretoken)" value="[^"]+"')


@pytest.fixture
def remembering(office_remembered: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The memory that production has, empty before and after."""
    monkeypatch.setattr("booking.views.booking_flow._written", PageCache())
    availability.forget_memory()
    yield
    availability.forget_memory()


@pytest.fixture
def other() -> Visitor:
    """Somebody else, elsewhere."""
    found = Visitor(Client())
    found.verifies(family_name="Öztürk", email="oztuerk@example.org")
    return found


def test_page_of_times_is_written_once_and_shares_nothing_personal(
    visitor: Visitor,
    other: Visitor,
    remembering: None,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    visitor.verifies()
    own = visitor.get("times/").content.decode()
    with django_assert_num_queries(2):  # the session, the person
        theirs = other.get("times/").content.decode()
    assert len(PERSONAL.findall(own)) == 3 + 2 + 2
    assert not set(PERSONAL.findall(own)) & set(PERSONAL.findall(theirs))
    assert PERSONAL.sub("", own) == PERSONAL.sub("", theirs)
    assert not re.search("[\x02\x03]", own + theirs)


def test_value_from_a_shared_page_works_for_its_own_person_only(
    visitor: Visitor, other: Visitor, remembering: None
) -> None:
    visitor.verifies()
    values = visitor.slots()
    assert other.slots() != values
    assert other.send("times/", {"slot": values[0]}).status_code == 422
    assert other.post("times/", {"slot": other.slots()[0]}) == "review/"


def test_refusal_carries_the_list_of_this_moment(
    visitor: Visitor, slots: list[Slot], remembering: None
) -> None:
    visitor.verifies()
    values = visitor.slots()
    AppointmentFactory(slot=slots[0])
    answer = visitor.send("times/", {"slot": values[0]})
    assert answer.status_code == 409
    assert len(re.findall('name="slot"', answer.content.decode())) == 2
    assert 'role="alert"' in answer.content.decode()
    assert 'role="alert"' not in visitor.get("times/").content.decode()


def test_memory_of_pages_keeps_what_is_equal_and_never_grows_without_end(
    settings: Settings,
) -> None:
    settings.OFFICE_MEMORY_SECONDS = 60
    pages, written = PageCache(), iter(range(10_000))

    def write() -> str:
        return str(next(written))

    assert pages.text("a", (1, 2), write) == pages.text("a", (1, 2), write) == "0"
    assert pages.text("a", (1, 3), write) == "1"
    assert pages.text("b", (1, 3), write) == "2"
    for number in range(1000):
        pages.text(number, (), write)
    assert len(pages._pages) <= 300


def test_memory_of_pages_forgets_after_its_time(settings: Settings) -> None:
    settings.OFFICE_MEMORY_SECONDS = 0
    pages, written = PageCache(), iter("ab")
    assert pages.text("a", (), lambda: next(written)) == "a"
    assert pages.text("a", (), lambda: next(written)) == "b"

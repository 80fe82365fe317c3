"""A change page of the desk that is old overwrites nothing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from booking.models import Counter
from config.foundation.optimistic_lock import REVISION
from tests.booking.desk import catalogue, clock, desk, revision_of, signed_in
from tests.factories import CounterFactory

__all__ = ["catalogue", "clock", "desk"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def change_page(desk: Client) -> str:
    """The change page of a counter."""
    return reverse("admin:booking_counter_change", args=[CounterFactory().pk])


def entries(**changed: str) -> dict[str, str]:
    """What the page of the counter sends, with no row below it."""
    counter = Counter.objects.earliest("pk")
    return {
        "slug": counter.slug,
        "name_de": counter.name["de"],
        "group": str(counter.group_id),
        "in_service": "on" if counter.in_service else "",
        "windows-TOTAL_FORMS": "0",
        "windows-INITIAL_FORMS": "0",
    } | changed


def test_two_pages_of_one_row_are_saved_once(change_page: str) -> None:
    first, second = signed_in("team lead"), signed_in("team lead")
    shown = revision_of(first, change_page)
    assert first.post(change_page, shown | entries(name_de="Schalter A")).status_code == 302

    answer = second.post(change_page, shown | entries(name_de="Schalter B"))

    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Somebody else has changed this" in text
    assert "Stored now: " in text
    assert "Schalter A" in text
    assert 'value="Schalter B"' in text  # nothing that was typed is lost
    assert Counter.objects.earliest("pk").name["de"] == "Schalter A"
    again = {REVISION: answer.context["adminform"].form[REVISION].value()}
    assert second.post(change_page, again | entries(name_de="Schalter B")).status_code == 302
    assert Counter.objects.earliest("pk").name["de"] == "Schalter B"


@pytest.mark.parametrize("shown", [{}, {REVISION: ""}, {REVISION: "0" * 64}])
def test_a_page_without_its_genuine_revision_changes_nothing(
    shown: dict[str, str], change_page: str
) -> None:
    lead, before = signed_in("team lead"), Counter.objects.earliest("pk").name
    assert lead.post(change_page, shown | entries(name_de="Schalter B")).status_code == 409
    assert Counter.objects.earliest("pk").name == before


def test_the_same_page_sent_twice_is_saved_and_no_conflict(change_page: str) -> None:
    lead = signed_in("team lead")
    sent = revision_of(lead, change_page) | entries(name_de="Schalter A")
    assert [lead.post(change_page, sent).status_code for _time in range(2)] == [302, 302]


def test_a_revision_of_another_row_is_not_genuine(change_page: str) -> None:
    lead, mine = signed_in("team lead"), Counter.objects.earliest("pk")
    other = Counter.objects.create(slug="s9", name={"de": "Schalter 9"}, group=mine.group)
    elsewhere = reverse("admin:booking_counter_change", args=[other.pk])
    sent = revision_of(lead, elsewhere) | entries(name_de="Schalter B")
    assert lead.post(change_page, sent).status_code == 409

"""A change page of the desk that is old overwrites nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.urls import reverse

from booking.models import Counter
from config.foundation.optimistic_lock import REVISION
from pickup_box.models import Box
from tests.booking.desk import catalogue, clock, desk, revision_of, signed_in
from tests.factories import CounterFactory, StaffFactory
from tests.pickup_box.making import make_box

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


def _form_of(counter: Counter, **changed: str) -> Any:
    """The form of a page that was opened and is sent, before anything of it is checked."""
    request: Any = RequestFactory().post("/")
    request.user = StaffFactory(is_superuser=True)
    made = admin.site.get_model_admin(Counter).get_form(request, counter, change=True)
    shown = made(instance=counter)[REVISION].value()
    sent = QueryDict(mutable=True)
    sent.update({REVISION: shown} | entries(**changed))
    return made(sent, instance=counter)


def test_what_is_saved_in_the_last_moment_is_kept(change_page: str) -> None:
    """Between the reading of the row and its lock; nothing was typed on the second page."""
    counter = Counter.objects.earliest("pk")
    form = _form_of(counter)
    Counter.objects.filter(pk=counter.pk).update(name={"de": "Schalter A"})
    assert not form.is_valid()
    assert form.is_stale


def test_columns_that_no_form_shows_are_saved_as_they_are(change_page: str) -> None:
    box = make_box()
    request: Any = RequestFactory().post("/")
    request.user = StaffFactory(is_superuser=True)
    made = admin.site.get_model_admin(Box).get_form(request, box, change=True)
    form = made(QueryDict(mutable=True), instance=box)
    Box.objects.filter(pk=box.pk).update(status=Box.Status.STOPPED)
    form.is_valid()
    assert box.status == Box.Status.STOPPED


def test_a_row_that_is_gone_is_not_brought_back(change_page: str) -> None:
    counter = Counter.objects.earliest("pk")
    form = _form_of(counter, name_de="Schalter B")
    Counter.objects.filter(pk=counter.pk).delete()
    assert not form.is_valid()
    assert form.is_stale

"""Two members of staff who save the change page of one row at the same instant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.models import Counter
from tests.booking.visitors import hidden_fields
from tests.factories import CounterFactory, StaffFactory
from tests.races.stage import at_once, open_times

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


def saves(counter: Counter, name: str) -> Callable[[], int]:
    """A press on a page that is open already; it answers with its status."""
    client = Client(raise_request_exception=False)
    client.force_login(StaffFactory(is_superuser=True))
    page = reverse("admin:booking_counter_change", args=[counter.pk])
    shown = hidden_fields(client.get(page).content.decode(), page, at=page)
    assert shown
    group = str(counter.group_id)
    typed = {"slug": counter.slug, "name_de": name, "group": group, "in_service": "on"}

    def press() -> int:
        return int(client.post(page, shown | typed).status_code)

    return press


@pytest.mark.usefixtures("transactional_db")
def test_one_of_two_pages_saved_at_once_is_told_so() -> None:
    open_times(1, now=timezone.now())
    for turn in range(ROUNDS):
        counter = CounterFactory(slug=f"race-{turn}")

        told = at_once(*(saves(counter, f"Schalter {who}") for who in "AB"))

        assert sorted(told) == [302, 409]
        counter.refresh_from_db()
        assert counter.name["de"] == f"Schalter {'AB'[told.index(302)]}"

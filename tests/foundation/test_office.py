"""The office and the state of its service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries, Settings

from config import settings as product
from config.foundation import office as module
from config.foundation.office import (
    NoOffice,
    Office,
    ServiceStatus,
    check_state,
    check_time_zone,
    current_office,
    forget_memory,
    in_language,
    office_day,
    service_status,
)
from tests.factories import OfficeFactory, ServiceStatusFactory

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_in_language_falls_back_to_german() -> None:
    texts = {"de": "Haus 1", "en": "House 1", "uk": ""}
    assert in_language(texts, "en") == "House 1"
    assert in_language(texts, "uk") == in_language(texts, "fr") == "Haus 1"
    with override("en"):
        assert in_language(texts) == "House 1"
    assert in_language({}) == ""


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [(check_state, "ST", "XX"), (check_time_zone, "Europe/Berlin", "Europe/Magdeburg")],
)
def test_office_facts_are_checked(check: Callable[[str], None], good: str, bad: str) -> None:
    check(good)
    with pytest.raises(ValidationError):
        check(bad)


@pytest.mark.parametrize(
    ("since", "until", "shown"),
    [
        (None, None, True),
        (NOW, None, True),
        (NOW + timedelta(seconds=1), None, False),
        (None, NOW + timedelta(seconds=1), True),
        (None, NOW, False),  # the end is exclusive
        (NOW - HOUR, NOW + HOUR, True),
    ],
)
def test_notice_is_shown_in_its_time(
    since: datetime | None, until: datetime | None, shown: bool
) -> None:
    status = ServiceStatus(notice={"de": "Heute zu"}, notice_from=since, notice_until=until)
    assert status.notice_at(NOW) == ("Heute zu" if shown else "")


@pytest.mark.django_db
def test_current_office_without_one_says_how_to_load_it() -> None:
    with pytest.raises(NoOffice, match="load_office"):
        current_office()


@pytest.mark.django_db
def test_service_is_open_when_nobody_said_otherwise() -> None:
    OfficeFactory()
    assert service_status().state == ServiceStatus.State.OPEN


@pytest.mark.django_db
def test_office_and_status_are_remembered_for_two_seconds(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:

    assert product.OFFICE_MEMORY_SECONDS <= 5  # a pause is honoured within five seconds
    settings.OFFICE_MEMORY_SECONDS = product.OFFICE_MEMORY_SECONDS
    at = [100.0]
    monkeypatch.setattr(module, "_time", SimpleNamespace(monotonic=lambda: at[0]))
    forget_memory()
    OfficeFactory()
    status = ServiceStatusFactory()
    try:
        assert service_status().state == "open"
        ServiceStatus.objects.filter(pk=status.pk).update(state="paused")
        at[0] += product.OFFICE_MEMORY_SECONDS - 0.01
        with django_assert_num_queries(0):
            assert service_status().state == "open"
        at[0] += 0.02
        with django_assert_num_queries(2):
            assert (service_status().state, current_office().slug) == ("paused", "magdeburg")
        Office.objects.update(city="Halle")
        forget_memory()
        assert current_office().city == "Halle"
    finally:
        forget_memory()


def test_day_of_the_office_is_that_of_its_zone(office: Office) -> None:
    late = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    assert office_day(late) == date(2026, 11, 26)
    Office.objects.update(time_zone="Europe/Lisbon")
    forget_memory()
    assert office_day(late) == date(2026, 11, 25)

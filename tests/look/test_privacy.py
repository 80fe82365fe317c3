"""The privacy page says the periods that the product keeps, whatever the office has set."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from config.foundation.dates import say_period
from config.foundation.office import Office
from documents.applications.models import Intake

CODES = [code for code, _ in settings.LANGUAGES]


def periods(client: Client, language: str) -> list[str]:
    """Every period on the page, in its order."""
    page = client.get(f"/{language}/privacy/").content.decode()
    return [" ".join(found.split()) for found in re.findall(r"<strong><bdi>(.+?)</bdi>", page)]


def test_says_the_periods_of_the_retention(client: Client, office: Office) -> None:
    """The same dictionary that `config.operations.retention.forget_due` deletes by."""
    assert settings.RETENTION["CANCELLED"] == timedelta(hours=24)
    assert periods(client, "en") == [
        *("24 hours", "2 days", "24 hours", "2 days", "24 hours", "90 days", "24 hours"),
        *("7 days", "90 days", "1 year"),
    ]


def test_names_online_applications_once_the_office_has_set_one_up(
    client: Client, office: Office
) -> None:
    before = periods(client, "en")
    assert "If you apply online" not in client.get("/en/privacy/").content.decode()
    Intake.objects.create(procedure="humanitarian")
    assert "If you apply online" in client.get("/en/privacy/").content.decode()
    found = periods(client, "en")
    assert found == [*before[:-1], "24 hours", "24 hours", "14 days", "1 year", before[-1]]


def test_follows_what_the_office_sets(client: Client, office: Office, settings: Settings) -> None:
    settings.RETENTION = settings.RETENTION | {
        "APPOINTMENT": timedelta(hours=36),
        "WAITING": timedelta(days=30),
        "ACCESS_RECORD": timedelta(days=730),
    }
    found = periods(client, "en")
    assert (found[1], found[3], found[5]) == ("36 hours", "36 hours", "30 days")
    assert found[9] == "2 years"


@pytest.mark.parametrize("language", CODES)
def test_says_a_number_for_each_period(client: Client, office: Office, language: str) -> None:
    found = periods(client, language)
    assert len(found) == 10
    assert [re.sub(r"\D", "", one) for one in found[:6]] == ["24", "2", "24", "2", "24", "90"]


def test_says_a_span_in_the_largest_unit_that_fits() -> None:
    spans = {1: "1 hour", 24: "24 hours", 25: "25 hours", 48: "2 days", 8760: "1 year"}
    shown = {h: say_period(timedelta(hours=h)) for h in spans}
    # a line does not end within one
    assert shown == {h: span.replace(" ", "\u00a0") for h, span in spans.items()}

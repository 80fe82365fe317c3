"""The door, and what machines ask."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from pytest_django import Settings

from documents.catalogue import forget_memory
from tests.factories import OfficeFactory, ServiceStatusFactory


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("de-AT", "de"),
        ("xx", "de"),
        ("", "de"),
        ("xx-" * 5000, "de"),
        ("' OR 1=1 --", "de"),
    ],
)
def test_door_leads_to_the_language_of_the_browser(
    client: Client, asked: str, language: str
) -> None:
    answer = client.get("/", HTTP_ACCEPT_LANGUAGE=asked)
    assert (answer.status_code, answer["Location"]) == (302, f"/{language}/")
    assert "Accept-Language" in answer["Vary"]


def test_door_remembers_a_choice(client: Client, settings: Settings) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert client.get("/", HTTP_ACCEPT_LANGUAGE="de")["Location"] == "/en/"


def test_door_takes_no_post(client: Client) -> None:
    assert client.post("/").status_code == 405


def test_robots_may_not_see_what_is_personal(client: Client) -> None:
    assert "Disallow: /*/manage/" in client.get("/robots.txt").content.decode()


def test_healthz_needs_no_database(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


@pytest.mark.django_db
def test_readyz_knows_the_migrations(client: Client) -> None:
    assert client.get("/readyz").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'booking'")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready: migrations\n")


def test_readyz_is_red_without_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise DatabaseError

    monkeypatch.setattr("config.operations.views.count_unapplied_migrations", refuse)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready: database\n")


@pytest.mark.django_db
def test_fresh_installation_asks_for_patience(client: Client) -> None:
    client.raise_request_exception = False
    forget_memory()
    without_office = client.get("/de/")
    OfficeFactory()
    ServiceStatusFactory()
    without_catalogue = client.get("/de/documents/")
    for answer in (without_office, without_catalogue):
        assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert client.get("/de/").status_code == 200

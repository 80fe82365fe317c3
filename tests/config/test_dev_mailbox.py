"""The developers' letters page."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django import Settings


@pytest.fixture
def letter(settings: Settings, tmp_path: Path) -> None:
    """A developer's machine, on which one letter has left."""
    settings.DEBUG = settings.LOOPBACK = True
    settings.DATA_DIR = tmp_path
    settings.EMAIL_BACKEND = "config.foundation.email_files.EmailBackend"
    message = EmailMultiAlternatives(
        "Termin für Frau Müller", "Link: https://termin.example.de/x", to=["a@example.org"]
    )
    message.attach("appointment.ics", b"BEGIN:VCALENDAR", "text/calendar")
    message.send()
    message.send()


def test_page_shows_letters_with_links(client: Client, letter: None) -> None:
    page = client.get("/dev/letters/").content.decode()
    assert page.count("Termin für Frau Müller") == 2
    assert 'href="https://termin.example.de/x"' in page


def test_page_gives_out_attachments(client: Client, letter: None) -> None:
    page = client.get("/dev/letters/").content.decode()
    address = page.split('href="/dev/letters/')[1].split('"')[0]
    answer = client.get(f"/dev/letters/{address}")
    assert answer.content == b"BEGIN:VCALENDAR"
    assert client.get(f"/dev/letters/{address[:-1]}9").status_code == 404


@pytest.mark.parametrize(("debug", "loopback"), [(True, False), (False, True)])
def test_page_is_for_developers_only(
    client: Client, letter: None, settings: Settings, debug: bool, loopback: bool
) -> None:
    settings.DEBUG, settings.LOOPBACK = debug, loopback
    assert client.get("/dev/letters/").status_code == 404
    assert client.get("/dev/letters/x.log/0").status_code == 404


def test_page_without_letters_says_so(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.DEBUG = settings.LOOPBACK = True
    settings.DATA_DIR = tmp_path
    assert "No letter has left yet" in client.get("/dev/letters/").content.decode()

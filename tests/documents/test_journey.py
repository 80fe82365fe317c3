"""A person with a phone finds out what to bring, in a real browser."""

import pytest
from playwright.sync_api import Browser, ViewportSize
from pytest_django.live_server_helper import LiveServer

from documents.models import CatalogueVersion

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

PHONE = ViewportSize(width=360, height=740)


@pytest.mark.parametrize("language", ["de", "en", "ar"])
def test_a_phone_shows_the_list_and_keeps_the_ticks(
    loaded: CatalogueVersion, live_server: LiveServer, browser: Browser, language: str
) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(f"{live_server.url}/{language}/documents/emergency/")
    page.check("input[value=urgent_travel]")
    page.click("#step button[type=submit]")
    page.wait_for_selector("#item-emergency_proof_travel")
    assert "urgent" not in page.url
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")

    page.check("input[name=have][value='2']")
    page.reload()
    assert page.is_checked("input[name=have][value='2']")
    assert not page.is_checked("input[name=have][value='1']")
    context.close()


def test_without_script_the_button_keeps_the_ticks(
    loaded: CatalogueVersion, live_server: LiveServer, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(f"{live_server.url}/en/documents/emergency/")
    page.check("input[value=expired]")
    page.click("#step button[type=submit]")
    page.check("input[name=have][value='3']")
    page.click("[data-keep]")
    assert page.is_checked("input[name=have][value='3']")
    page.reload()
    assert page.is_checked("input[name=have][value='3']")
    context.close()

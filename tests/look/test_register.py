"""The one page of people who register others, with people on it, in a browser."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Browser
from pytest_django import Settings

from config.foundation.staff import Staff
from tests.look.audit import violations
from tests.look.test_desk import LOOK, MEASURE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_register_page_is_whole(browser: Browser, demo_desk: str, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    client = Client()
    client.force_login(Staff.objects.get(username="international-office"))
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="de-DE")
    context.add_cookies(
        [
            {"name": name, "value": each.value, "url": demo_desk}
            for name, each in client.cookies.items()
        ]
    )
    page = context.new_page()
    wrong: list[str] = []
    page.goto(f"{demo_desk}/register/", wait_until="load")
    assert page.locator("table tbody tr").count() == 4
    wrong += page.evaluate(MEASURE) + page.evaluate(LOOK)
    wrong += [
        f"{scheme}: {one}" for scheme in ("light", "dark") for one in violations(page, scheme)
    ]
    narrowest = "Math.min(...[...document.querySelectorAll('#step input:not([type=hidden])')]"
    narrowest += ".map((each) => each.getBoundingClientRect().width))"
    assert page.evaluate(narrowest) > 100
    page.set_viewport_size({"width": 320, "height": 640})
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    with page.expect_event("load"):
        page.locator("#step input[type=submit]").click()
    assert page.locator(".desk-error").count()
    wrong += page.evaluate(MEASURE) + violations(page, "light")
    context.close()
    assert not wrong, "\n".join(wrong)

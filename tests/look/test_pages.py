"""Every page in a real browser: accessible, within the screen, alone with its own server."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page

from tests.look.walk import Walk

pytestmark = pytest.mark.journey
CODES = [code for code, _ in settings.LANGUAGES]
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands."""
    found: list[dict[str, Any]] = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def faults(page: Page) -> list[str]:
    """What a person would stumble over and axe does not look for."""
    found = []
    if page.locator("h1").count() != 1:
        found.append(f"{page.locator('h1').count()} h1")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways")
    if page.locator("[style], style, script:not([src]), [onclick]").count():
        found.append("inline style or script")
    return found


def inspect(browser: Browser, site: str, language: str, schemes: list[str]) -> list[str]:
    """Everything wrong on any page of one language."""
    wrong: list[str] = []
    foreign: list[str] = []
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="de-DE")
    page = context.new_page()
    page.on(
        "request", lambda asked: asked.url.startswith((site, "data:")) or foreign.append(asked.url)
    )
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    for name in Walk(page, site, language).all():
        wrong += [f"{language} {name}: {fault}" for fault in faults(page)]
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            wrong += [f"{language} {name} {scheme}: {one}" for one in violations(page)]
    context.close()
    return wrong + [f"{language} asks {url}" for url in foreign]


@pytest.mark.parametrize("language", ["de", "ar"])
def test_finds_no_barrier_on_any_page(browser: Browser, site: str, language: str) -> None:
    assert not inspect(browser, site, language, ["light"])


@pytest.mark.slow
@pytest.mark.parametrize("language", CODES)
def test_finds_no_barrier_in_any_language_light_or_dark(
    browser: Browser, site: str, language: str
) -> None:
    assert not inspect(browser, site, language, ["light", "dark"])

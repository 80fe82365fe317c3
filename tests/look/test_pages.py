"""Every page in a real browser: accessible, within the screen, alone with its own server."""

from __future__ import annotations

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Request

from tests.look.audit import COLOURS, faults, violations
from tests.look.walk import Walk

pytestmark = pytest.mark.journey
CODES = [code for code, _ in settings.LANGUAGES]


def inspect(browser: Browser, site: str, language: str, *, dark: bool) -> list[str]:
    """Everything wrong on any page of one language; each page is loaded once.

    In the dark the same page differs in nothing but its colours, so only their rules run again.
    """
    wrong: list[str] = []
    foreign: list[str] = []
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="de-DE")
    page = context.new_page()

    def note_foreign(asked: Request) -> None:
        if not asked.url.startswith((site, "data:")):
            foreign.append(asked.url)

    page.on("request", note_foreign)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    for name in Walk(page, site, language).all():
        wrong += [f"{language} {name}: {fault}" for fault in faults(page, language)]
        wrong += [f"{language} {name} {one}" for one in violations(page, "light")]
        if dark:
            wrong += [f"{language} {name} {one}" for one in violations(page, "dark", COLOURS)]
    context.close()
    return wrong + [f"{language} asks {url}" for url in foreign]


@pytest.mark.parametrize("language", ["de", "ar"])
def test_finds_no_barrier_on_any_page(browser: Browser, site: str, language: str) -> None:
    wrong = inspect(browser, site, language, dark=False)
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("language", CODES)
def test_finds_no_barrier_in_any_language_light_or_dark(
    browser: Browser, site: str, language: str
) -> None:
    wrong = inspect(browser, site, language, dark=True)
    assert not wrong, "\n".join(wrong)

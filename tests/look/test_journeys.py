"""The whole way with the keyboard alone, without JavaScript, and quickly."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, Request, Route

from booking.actions.offers import offer_slots
from pickup_box.models import Opening
from tests.look.steps import PERSON
from tests.look.walk import Walk, code_from_the_letter

pytestmark = pytest.mark.journey
FOCUSED = "selector => document.activeElement.matches(selector)"
OUTLINED = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the element has the focus, and sees at each stop that the focus shows."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if not page.evaluate(FOCUSED, "body"):
            assert page.evaluate(OUTLINED), f"the focus does not show on the way to {selector}"
        if page.evaluate(FOCUSED, selector):
            return
    raise AssertionError(f"the keyboard never reaches {selector}")


def press(page: Page, key: str = "Enter") -> None:
    """Presses a key that leads to the next page."""
    with page.expect_event("load"):
        page.keyboard.press(key)


def write(page: Page, name: str, text: str) -> None:
    """Types into a field by its name."""
    tab_to(page, f"[name={name}]")
    page.keyboard.type(text)


def test_books_and_cancels_with_the_keyboard_alone(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/de/")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED, ".skip")
    page.keyboard.press("Enter")
    tab_to(page, "main a[href$='/check/']")
    press(page)
    tab_to(page, "[name=category]")
    page.keyboard.press("Space")
    press(page)
    write(page, "title_valid_until", "20.11.2026")
    press(page)
    tab_to(page, "main a[href$='/details/']")
    press(page)
    for name, text in PERSON.items():
        write(page, name, text)
    write(page, "email", "keys@example.org")
    press(page)
    write(page, "code", code_from_the_letter())
    press(page)
    tab_to(page, "[name=slot]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#step button:not([name])")
    press(page)
    tab_to(page, "#step button")
    press(page)
    assert page.inner_text("#reference")
    tab_to(page, "main a[href$='/manage/']")
    press(page)
    tab_to(page, "details:has(#cancel) summary")
    page.keyboard.press("Enter")
    tab_to(page, "#cancel button")
    press(page)
    assert page.locator("[data-status=cancelled]").count() == 1
    page.context.close()


def test_waits_and_takes_an_offer_with_the_keyboard_alone(browser: Browser, site: str) -> None:
    page = browser.new_page()
    walk = Walk(page, site, "en")
    steps = walk.waiting()
    assert next(step for step in steps if step == "waiting-join")
    tab_to(page, "#step button")
    press(page)
    assert page.locator("[data-place-from]").count() == 1
    assert offer_slots(now=timezone.now()) == 1
    walk.open("waiting/")
    tab_to(page, "#step button")
    press(page)
    assert page.inner_text("#reference")
    page.context.close()


def test_collects_from_the_box_with_the_keyboard_alone(browser: Browser, site: str) -> None:
    page = browser.new_page()
    walk = Walk(page, site, "en")
    steps = walk.box()
    assert next(step for step in steps if step == "terminal-refused")
    _box, code = walk.deposit()
    answers = walk.at_the_box | {"pickup_code": code}
    for name in ("contact", "pickup_code", "birth_date"):
        write(page, name, answers[name])
        page.keyboard.press("Enter") if name != "birth_date" else press(page)
    tab_to(page, "#step button")
    press(page)
    assert Opening.objects.running().count() == 1
    page.context.close()


def test_leads_the_keyboard_to_what_was_refused(browser: Browser, site: str) -> None:
    page = browser.new_page()
    walk = Walk(page, site, "ar")
    walk.open("check/expired/")
    walk.send()
    assert page.evaluate(FOCUSED, "#error-summary")
    tab_to(page, "#error-summary a")
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED, "[name=title_valid_until]")
    page.context.close()


def goes_back(page: Page) -> str:
    """The path of the page that the browser's own button leads to."""
    page.go_back(wait_until="load")
    return urlsplit(page.url).path


def test_goes_back_to_a_form_that_was_refused(browser: Browser, site: str) -> None:
    """Without its address in the history the browser would ask to send the form again."""
    page = browser.new_page()
    walk = Walk(page, site, "de")
    walk.open("check/")
    walk.choose("expired")
    walk.send()
    walk.fill(title_valid_until="20.11.2026")
    walk.send()
    assert goes_back(page) == "/de/check/expired/"
    assert page.input_value("[name=title_valid_until]") == "20.11.2026"
    walk.open("details/")
    page.click(".languages summary")
    with page.expect_event("load"):
        page.click("#language button[value=en]")
    page.click("a[href$='/privacy/']")
    assert goes_back(page) == "/en/details/"
    walk.fill(**PERSON, email="back@example.org")
    walk.send()
    walk.send("#resend")
    assert page.url.endswith("/en/verify/resend/")
    page.click("main a[href$='/details/']")
    assert goes_back(page) == "/en/verify/"
    page.context.close()


@pytest.mark.parametrize("language", ["en", "fa"])
def test_every_page_works_without_javascript(browser: Browser, site: str, language: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    walk = Walk(context.new_page(), site, language)
    assert [*walk.way(), *walk.waiting()][-1] == "waiting-left"
    context.close()


def test_takes_ten_pages_six_forms_and_ninety_seconds_at_most(browser: Browser, site: str) -> None:
    page = browser.new_page()
    pages: list[str] = []
    forms: list[str] = []
    page.on("framenavigated", lambda frame: pages.append(frame.url))

    def note_form(asked: Request) -> None:
        if asked.method == "POST":
            forms.append(asked.url)

    page.on("request", note_form)
    walk = Walk(page, site, "uk")
    began = time.monotonic()
    walk.open("")
    page.click("main a[href$='/check/']")
    page.check("[name=category][value=expired]")
    walk.send()
    walk.fill(title_valid_until="20.11.2026")
    walk.send()
    page.click("main a[href$='/details/']")
    walk.fill(**PERSON, email="quick@example.org")
    walk.send()
    walk.fill(code=code_from_the_letter())
    walk.send()
    page.locator("[name=slot]").first.check()
    walk.send()
    walk.send()
    assert page.inner_text("#reference")
    assert time.monotonic() - began < 90
    assert len(pages) <= 10, pages
    assert len(forms) <= 6, forms
    page.context.close()


def test_switches_the_language_and_stays_where_one_was(browser: Browser, site: str) -> None:
    page = browser.new_page()
    walk = Walk(page, site, "de")
    walk.open("check/expired/")
    page.click(".languages summary")
    with page.expect_event("load"):
        page.click("#language button[value=ar]")
    assert page.url == f"{site}/ar/check/expired/"
    assert page.evaluate("document.documentElement.dir") == "rtl"
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_switches_the_language_in_a_form_and_keeps_what_was_typed(
    browser: Browser, site: str, scripts: bool
) -> None:
    """Enter in a field still goes on: the buttons of the languages come first on the page."""
    page = browser.new_context(java_script_enabled=scripts).new_page()
    walk = Walk(page, site, "de")
    walk.open("manage/")
    walk.fill(reference="7K3F 92", birth_date="12.05.")
    page.click(".languages summary")
    with page.expect_event("load"):
        page.click("#language button[value=ar]")
    assert page.url == f"{site}/ar/manage/"
    assert page.input_value("[name=reference]") == "7K3F 92"
    assert page.input_value("[name=birth_date]") == "12.05."
    page.focus("[name=reference]")
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    assert page.url == f"{site}/ar/manage/"
    assert page.locator("#error-summary").count() == 1
    page.context.close()


def _with_ninety_seconds_left(route: Route) -> None:
    answer = route.fetch()
    until, now = re.findall(r'data-(?:held-until|now)="([^"]+)"', answer.text())
    near = datetime.fromisoformat(now) + timedelta(seconds=90)
    route.fulfill(response=answer, body=answer.text().replace(until, near.isoformat()))


def test_counts_the_held_time_down_and_warns(browser: Browser, site: str) -> None:
    """WCAG 2.2.1: warned well before the end, extendable by one simple action."""
    page = browser.new_page()
    walk = Walk(page, site, "en")
    for name in walk.way():
        if name == "review":
            break
    assert page.locator("[data-clock]").inner_text()
    assert page.locator("[data-hold-warning]").is_hidden()
    page.route("**/review/", _with_ninety_seconds_left)
    page.reload()
    page.locator("[data-hold-warning]").wait_for(state="visible", timeout=5_000)
    page.unroute("**/review/")
    walk.send("#extend")
    assert page.locator("[data-hold-warning]").is_hidden()
    page.context.close()


HEARD = """
window.heard = [];
navigator.share = async (what) => { heard.push(what.text); };
const clipboard = { writeText: async (text) => { heard.push(text); } };
Object.defineProperty(navigator, "clipboard", { value: clipboard });
"""


def test_copies_and_shares_the_appointment_in_one_line(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.add_init_script(HEARD)
    walk = Walk(page, site, "de")
    assert next(name for name in walk.way() if name == "appointment")
    page.click("[data-copy]")
    page.click("[data-share]")
    copied, shared = page.evaluate("heard")
    assert copied == shared
    reference = page.inner_text("#reference")
    assert copied.endswith(f"– Termin-Nummer {reference}")
    when = "Dienstag, 24. November 2026, 09:00 Uhr"
    assert f"{when} – Lübecker Str. 53-63, 39124 Magdeburg" in copied
    assert PERSON["family_name"] not in copied
    assert page.inner_text("[data-copy]") == "Kopiert"
    page.context.close()


def test_offers_no_button_that_the_browser_can_not_answer(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.add_init_script("navigator.share = undefined;")
    walk = Walk(page, site, "de")
    assert next(name for name in walk.way() if name == "appointment")
    assert page.locator("[data-share]").is_hidden()
    assert page.locator("[data-copy]").is_visible()
    page.context.close()


def test_keeps_the_button_for_a_chosen_appointment_in_sight(browser: Browser, site: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 640})
    walk = Walk(page, site, "de")
    assert next(name for name in walk.way() if name == "times")
    button = page.locator("#step .stay button")
    page.evaluate("scrollTo(0, 0)")
    assert button.bounding_box()["y"] > 640  # type: ignore[index]
    page.locator("[name=slot]").first.check()
    box = button.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 640
    page.context.close()


def test_the_head_of_the_box_stays_where_it_is(browser: Browser, site: str) -> None:
    page = browser.new_page(viewport={"width": 1080, "height": 1920})
    seen = {}
    for name in Walk(page, site, "de").box():
        if name.startswith("terminal"):
            box = page.locator(".top").bounding_box()
            assert box is not None
            seen[name] = (box["y"], box["height"])
    assert len(seen) == 9
    assert len(set(seen.values())) == 1, seen
    page.context.close()

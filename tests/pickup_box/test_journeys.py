"""The box in a real browser: from the consent to the closed door."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from config.accounts.roles import CASEWORKER
from config.foundation.office import forget_memory
from config.foundation.staff import Staff
from pickup_box.actions import recalls
from pickup_box.models import Box, Compartment, Deposit
from pickup_box.states import Status
from tests.pickup_box import making

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
PHONE = ViewportSize(width=360, height=740)
KIOSK = ViewportSize(width=1080, height=1920)
DESKTOP = ViewportSize(width=1280, height=800)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def box(live_server: LiveServer, settings: Settings) -> Iterator[Box]:
    settings.DEBUG = settings.LOOPBACK = True  # where a cabinet may be played
    forget_memory()
    call_command("load_office", "config/offices/magdeburg.yaml", verbosity=0)
    yield Box.objects.get(slug="jbs")
    forget_memory()


@pytest.fixture
def staff(box: Box) -> Staff:
    person = Staff.objects.create(username="fatou", is_staff=True, language="en")
    person.groups.add(Group.objects.get(name=CASEWORKER))
    TOTP.activate(person, generate_totp_secret())
    return person


@pytest.fixture
def desk(staff: Staff, context: BrowserContext, live_server: LiveServer) -> Page:
    """The caseworker's browser, already signed in."""
    signed_in = Client()
    signed_in.force_login(staff)
    context.add_cookies(
        [
            {"name": name, "value": morsel.value, "url": live_server.url}
            for name, morsel in signed_in.cookies.items()
        ]
    )
    return context.new_page()


@pytest.fixture
def kiosk(browser: Browser, box: Box, live_server: LiveServer) -> Iterator[Page]:
    """The screen of the box, a browser of its own."""
    context = browser.new_context(viewport=KIOSK, has_touch=True, locale="en")
    yield context.new_page()
    context.close()


@pytest.fixture
def cabinet(browser: Browser, box: Box, live_server: LiveServer) -> Iterator[Page]:
    """The page that plays the doors."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="en")
    page = context.new_page()
    page.goto(f"{live_server.url}/en/box/jbs/simulator/")
    yield page
    context.close()


def send() -> list[str]:
    """The messages that leave now."""
    before = len(making.messages())
    making.send_all(now())
    return making.messages()[before:]


def code_in(message: str) -> str:
    return making.codes_in(message)[-1]


def choose(page: Page, url: str, language: str = "en") -> None:
    """Comes to the screen and chooses a language."""
    page.goto(f"{url}/{language}/box/jbs/")
    page.locator(f"[data-screen] [name=switch_to][value={language}]").click()
    expect(page.locator("[data-next]")).to_be_visible()  # the script has taken over


def type_in(page: Page, url: str, *, contact: str, code: str, birth_date: str) -> None:
    """Answers one question after the other."""
    choose(page, url)
    page.locator("[name=contact]").fill(contact)
    page.locator("[data-next]").click()
    page.locator("[name=pickup_code]").fill(code)
    page.locator("[data-next]").click()
    page.locator("[name=birth_date]").fill(birth_date)
    page.locator("#step .buttons [type=submit]").click()


def close_door(cabinet: Page) -> None:
    """The visitor takes the document out and closes the door."""
    cabinet.locator("#open-doors button[value=yes]").first.click()
    expect(cabinet.locator("#open-doors form")).to_have_count(0)


def test_journey_from_consent_to_collected(
    box: Box, desk: Page, kiosk: Page, cabinet: Page, live_server: LiveServer, tmp_path: Path
) -> None:
    url = live_server.url
    # the paper arrives
    desk.goto(f"{url}/admin/pickup_box/consent/add/")
    desk.locator("[name=box]").select_option(str(box.pk))
    desk.locator("[name=case_reference]").fill("ABH-2026-4711")
    desk.locator("[name=received_on]").fill("2026-11-02")
    desk.locator("[name=language]").select_option("de")
    desk.locator("[name=_save]").click()
    # the card arrives
    desk.goto(f"{url}/admin/pickup_box/deposit/add/?box={box.pk}")
    desk.locator("[name=document_type][value=eat]").check()
    desk.locator("[name=case_reference]").fill("ABH-2026-4711")
    desk.locator("[name=holder_birth_date]").fill("12.05.1985")
    desk.locator("[name=contact]").fill("0151 12345678")
    desk.locator("[name=language]").select_option("en")
    desk.locator("[name=pin_letter]").select_option("confirmed")
    desk.locator("[name=old_document]").select_option("expected")
    desk.locator(".record-seldom summary").click()
    desk.locator("[name=arrived_at_0]").fill("2026-11-20")
    desk.locator("[name=arrived_at_1]").fill("08:00")
    desk.locator("#step .default").click()
    deposit = Deposit.objects.get()
    # scanned: a door opens; closed again: scanned once more
    desk.goto(f"{url}/admin/pickup_box/box/{box.pk}/load/")
    desk.locator("#desk-q").fill(deposit.reference)
    desk.locator(".scan button").click()
    close_door(cabinet)
    desk.locator("#desk-q").fill(deposit.reference)
    desk.locator(".scan button").click()
    expect(desk.locator(".messagelist .success")).to_be_visible()
    desk.screenshot(path=tmp_path / "load.png", full_page=True)
    (message,) = send()
    # the person
    entries = {"contact": "+49 151 12345678", "birth_date": "12.05.1985"}
    type_in(kiosk, url, code=making.wrong(code_in(message)), **entries)
    expect(kiosk.get_by_role("alert")).to_be_visible()
    kiosk.screenshot(path=tmp_path / "wrong.png")
    type_in(kiosk, url, code=code_in(message), **entries)
    kiosk.screenshot(path=tmp_path / "old.png")
    expect(kiosk).to_have_url(re.compile("/old-document/$"))
    kiosk.locator("#step button").click()
    expect(kiosk.locator(".door-number")).to_be_visible()
    expect(kiosk.locator("[data-state=open]")).to_be_visible()
    kiosk.screenshot(path=tmp_path / "door.png")
    close_door(cabinet)
    expect(kiosk.locator("[data-state=closed]")).to_be_visible()
    kiosk.screenshot(path=tmp_path / "closed.png")
    assert "0151" not in kiosk.content()
    kiosk.locator("#step button").click()
    expect(kiosk).to_have_url(f"{url}/en/box/jbs/")
    assert kiosk.locator("[name=contact]").input_value() == ""
    cabinet.screenshot(path=tmp_path / "cabinet.png", full_page=True)
    deposit.refresh_from_db()
    assert (deposit.status, deposit.old_document) == (Status.CLEARED, "surrendered")
    assert Compartment.objects.free().count() == 512


def test_journey_two_documents_in_one_visit(
    box: Box, staff: Staff, kiosk: Page, cabinet: Page, live_server: LiveServer
) -> None:
    for kind in ("eat", "travel_document"):
        making.make_loaded(box, staff, document_type=kind, now=now())
    messages = send()
    assert len({code_in(message) for message in messages}) == 2
    entries = {"contact": making.CONTACT, "birth_date": "09.03.1987"}
    for number, message in enumerate(messages):
        type_in(kiosk, live_server.url, code=code_in(message), **entries)
        expect(kiosk.locator("[data-state=open]")).to_be_visible()
        close_door(cabinet)
        expect(kiosk.locator("[data-state=closed]")).to_be_visible()
        expect(kiosk.get_by_text("One more document")).to_have_count(1 - number)
        kiosk.locator("#step button").click()
    assert Deposit.objects.filter(status=Status.CLEARED).count() == 2


def test_journey_expired_recalled_and_kept_at_the_counter(
    box: Box, staff: Staff, desk: Page, kiosk: Page, cabinet: Page, live_server: LiveServer
) -> None:
    url = live_server.url
    deposit, code = making.make_notified(box, staff, now=now() - timedelta(days=30))
    recalls.expire(now=now())
    assert len(send()) == 1
    type_in(kiosk, url, contact=making.CONTACT, code=code, birth_date="09.03.1987")
    expect(kiosk.get_by_role("alert")).to_be_visible()
    desk.goto(f"{url}/admin/pickup_box/box/{box.pk}/recall/")
    desk.locator("button[value=recall]").click()
    close_door(cabinet)
    desk.locator("button[value=remove]").click()
    expect(desk.locator("button[value=remove]")).to_have_count(0)
    deposit.refresh_from_db()
    assert deposit.status == Status.REMOVED
    assert Compartment.objects.free().count() == 512


@pytest.mark.parametrize("size", [PHONE, KIOSK, DESKTOP], ids=["phone", "kiosk", "desktop"])
@pytest.mark.parametrize("language", ["de", "en", "ar"])
def test_terminal_fits_its_screen(
    size: ViewportSize,
    language: str,
    browser: Browser,
    box: Box,
    live_server: LiveServer,
    tmp_path: Path,
) -> None:
    context = browser.new_context(viewport=size, has_touch=True)
    page = context.new_page()
    page.goto(f"{live_server.url}/{language}/box/jbs/")
    _fits(page, size, "[data-screen] button", tmp_path / f"{language}-{size['width']}-first.png")
    choose(page, live_server.url, language)
    _fits(page, size, "[name=contact]", tmp_path / f"{language}-{size['width']}-asks.png")
    button = page.locator("[data-next]").bounding_box()
    assert button
    assert button["height"] >= 44
    context.close()


def _fits(page: Page, size: ViewportSize, touched: str, picture: Path) -> None:
    """Nothing lies beside the screen, and on one in a wall nothing below it or out of reach."""
    wide, tall = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    page.screenshot(path=picture, full_page=True)
    assert wide <= size["width"]
    assert size == PHONE or tall <= size["height"]
    found = page.locator(touched).first.bounding_box()
    assert found
    if size == KIOSK:
        # within reach at 1.0 m: everything to touch lies in the lower two thirds
        assert found["y"] >= size["height"] / 3


def test_terminal_asks_one_question_a_screen_and_sends_nothing_before_the_last(
    kiosk: Page, box: Box, live_server: LiveServer
) -> None:
    choose(kiosk, live_server.url)
    sent = []
    kiosk.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    before = kiosk.evaluate("history.length")
    for name, text in (("contact", "0151 12345678"), ("pickup_code", "123456")):
        expect(kiosk.locator("#step input:visible")).to_have_count(1)
        kiosk.keyboard.press("Enter")  # nothing typed: the question stays
        expect(kiosk.locator("[data-missing]:visible")).to_have_count(1)
        kiosk.locator(f"[name={name}]").fill(text)
        kiosk.keyboard.press("Enter")
    expect(kiosk.locator("[name=birth_date]")).to_be_focused()
    assert sent == []
    kept = kiosk.evaluate("[localStorage.length, sessionStorage.length, history.length]")
    assert kept == [0, 0, before]
    kiosk.locator("[name=birth_date]").fill("09.03.1987")
    kiosk.keyboard.press("Enter")
    expect(kiosk.get_by_role("alert").first).to_be_visible()
    assert len([one for one in sent if one.startswith("POST")]) == 1
    assert "0151" not in "".join(sent) + kiosk.url


def test_terminal_writes_an_address_with_its_own_keys(
    kiosk: Page, box: Box, live_server: LiveServer
) -> None:
    choose(kiosk, live_server.url)
    kiosk.locator(".keypad .wide").click()
    for key in "a@b.de":
        kiosk.locator(".keypad button").get_by_text(key, exact=True).click()
    kiosk.get_by_role("button", name="Erase").click()
    expect(kiosk.locator("[name=contact]")).to_have_value("a@b.d")


def test_terminal_takes_what_a_reader_types(
    kiosk: Page, box: Box, staff: Staff, live_server: LiveServer
) -> None:
    """A reader of QR codes is a keyboard that ends with Enter."""
    choose(kiosk, live_server.url)
    kiosk.keyboard.type("someone@example.org")
    kiosk.keyboard.press("Enter")
    expect(kiosk.locator("[name=pickup_code]")).to_be_focused()
    expect(kiosk.locator("[name=contact]")).to_have_value("someone@example.org")


def test_terminal_forgets_what_was_typed(kiosk: Page, box: Box, live_server: LiveServer) -> None:
    kiosk.clock.install()
    choose(kiosk, live_server.url)
    kiosk.locator("[name=contact]").fill("0151 12345678")
    expect(kiosk.locator("#idle")).to_be_hidden()
    kiosk.clock.fast_forward(11_000)
    expect(kiosk.locator("#idle")).to_be_visible()
    kiosk.keyboard.press("Shift")  # any touch keeps everything
    expect(kiosk.locator("#idle")).to_be_hidden()
    kiosk.clock.fast_forward(11_000)
    kiosk.clock.fast_forward(18_000)
    assert kiosk.locator("[name=contact]").input_value() == "0151 12345678"
    kiosk.clock.fast_forward(2_000)
    expect(kiosk.locator("#languages")).to_be_visible()
    expect(kiosk.locator("[name=contact]")).to_be_hidden()
    expect(kiosk.locator("[name=contact]")).to_have_value("")


def test_terminal_works_without_a_script(
    browser: Browser, box: Box, staff: Staff, cabinet: Page, live_server: LiveServer
) -> None:
    _deposit, code = making.make_notified(box, staff, now=now())
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/en/box/jbs/")
    page.locator("[name=contact]").fill(making.CONTACT)
    page.locator("[name=pickup_code]").fill(code)
    page.locator("[name=birth_date]").fill("1987-03-09")
    page.keyboard.press("Enter")
    expect(page.locator("[data-state=open]")).to_be_visible(timeout=15_000)
    close_door(cabinet)
    expect(page.locator("[data-state=closed]")).to_be_visible(timeout=15_000)
    context.close()

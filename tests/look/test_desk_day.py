"""A morning of 24 people at a counter in a browser, with every click and key counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from booking.models import Appointment
from config.accounts.roles import grant
from config.foundation.office import forget_memory
from tests.factories import TUESDAY_NINE, AppointmentFactory, CounterFactory, SlotFactory
from tests.look import desk
from tests.look.test_journeys import FOCUSED, tab_to

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
PEOPLE = 24
SCANNED = "https://termin.example.de/de/manage/?r="


@dataclass
class Hand:
    """Who sits at the desk: presses are counted, and the page that each leads to is awaited."""

    page: Page
    presses: int = 0
    counted: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def click(self, selector: str, *, leads: bool = True) -> None:
        """One click, which leads to the next page unless it chooses something."""
        self.presses += 1
        if not leads:
            self.page.click(selector)
            return
        with self.page.expect_event("load"):
            self.page.click(selector)

    def key(self, key: str, *, leads: bool = True) -> None:
        """One key."""
        self.presses += 1
        if not leads:
            self.page.keyboard.press(key)
            return
        with self.page.expect_event("load"):
            self.page.keyboard.press(key)

    def scan(self, row: Appointment) -> None:
        """A scanner types what the code of a confirmation holds, wherever the focus is."""
        self.page.keyboard.type(f"{SCANNED}{row.reference}")
        with self.page.expect_event("load"):
            self.page.keyboard.press("Enter")

    def done(self, act: str, row: Appointment) -> None:
        """Notes what the act took, and sees that its message names the person."""
        self.counted[act].add(self.presses)
        self.presses = 0
        assert row.applicant.desk_name in self.page.inner_text(".messagelist")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Tuesday, nine o'clock; the clock goes on from there."""
    with time_machine.travel(TUESDAY_NINE, tick=True) as traveller:
        yield traveller


@pytest.fixture
def morning(
    clock: time_machine.Traveller, settings: Settings, live_server: LiveServer
) -> list[Appointment]:
    """A counter with somebody every ten minutes from nine o'clock on."""
    settings.LOOPBACK = True
    for label in ("booking", "documents", "foundation", "pickup_box"):
        grant(apps.get_app_config(label), using="default", apps=apps)
    call_command("load_office", "config/offices/magdeburg.yaml", verbosity=0)
    call_command("load_catalogue", verbosity=0)
    forget_memory()
    counter = CounterFactory(slug="morning")
    return [
        AppointmentFactory(
            slot=SlotFactory(
                counter=counter, starts_at=TUESDAY_NINE + timedelta(minutes=10 * number)
            )
        )
        for number in range(PEOPLE)
    ]


@pytest.fixture
def start(morning: list[Appointment], live_server: LiveServer) -> str:
    """The address of the start page."""
    return f"{live_server.url}/admin/"


def state(row: Appointment) -> tuple[str, str]:
    row.refresh_from_db()
    return row.status, row.outcome


def serve_from_the_list(hand: Hand, row: Appointment, start: str) -> None:
    hand.page.goto(start)
    line = f"#a{row.pk}"
    hand.click(f"{line} button[formaction$='/check-in/']")
    hand.done("arrival, list", row)
    hand.click(".messagelist button[formaction$='/put-back/']")
    hand.done("undo", row)
    hand.click(f"{line} button[formaction$='/check-in/']")
    hand.done("arrival, list", row)
    hand.click(f"{line} a[href$='/complete/']")
    hand.click("[name=outcome][value=served]", leads=False)
    hand.click("#step [type=submit]")
    hand.done("completion, list", row)
    assert state(row) == ("completed", "served")


def serve_at_the_counter(hand: Hand, row: Appointment, start: str) -> None:
    hand.scan(row)
    hand.key("Enter")
    hand.done("arrival, scanned", row)
    hand.click("[name=outcome][value=served]", leads=False)
    hand.key("Enter")
    hand.done("completion, at the counter", row)
    assert state(row) == ("completed", "served")


def serve_with_a_paper_missing(hand: Hand, row: Appointment, start: str) -> None:
    hand.scan(row)
    hand.key("Enter")
    hand.done("arrival, scanned", row)
    hand.key("Space", leads=False)
    hand.key("Enter")
    hand.done("completion, one paper ticked", row)
    assert state(row) == ("completed", "proof_missing")
    assert row.missing


def note_not_come(hand: Hand, row: Appointment, start: str) -> None:
    hand.page.goto(start)
    hand.click(f"#a{row.pk} button[formaction$='/no-show/']")
    hand.done("not come", row)
    assert state(row) == ("no_show", "")


def cancel(hand: Hand, row: Appointment, start: str) -> None:
    hand.scan(row)
    hand.click("a[href*='/cancel/']")
    hand.click("[name=reason][value=by_applicant]", leads=False)
    hand.click("#step [type=submit]")
    hand.done("cancellation", row)
    assert state(row) == ("cancelled", "")


MORNING = [serve_from_the_list, serve_at_the_counter, serve_with_a_paper_missing, cancel]
FEWEST = {
    "arrival, list": {1},
    "arrival, scanned": {1},
    "undo": {1},
    "completion, list": {3},
    "completion, at the counter": {2},
    "completion, one paper ticked": {2},
    "not come": {1},
    "cancellation": {3},
}


def test_morning_of_24_people(
    browser: Browser, start: str, morning: list[Appointment], clock: time_machine.Traveller
) -> None:
    page = browser.new_context(locale="de-DE").new_page()
    desk.sign_in(page, start.removesuffix("/admin/"), desk.make_lead())
    page.goto(start)
    hand = Hand(page)
    for number, row in enumerate(morning):
        serve = note_not_come if number % 5 == 4 else MORNING[number % len(MORNING)]
        late = timedelta(minutes=5) if serve is note_not_come else timedelta()
        clock.move_to(row.slot.starts_at + late)
        serve(hand, row, start)
    assert hand.counted == FEWEST
    assert not Appointment.objects.filter(status__in=["booked", "checked_in"]).exists()
    page.context.close()


def test_scanner_never_presses_what_has_the_focus(
    browser: Browser, start: str, morning: list[Appointment]
) -> None:
    page = browser.new_page()
    desk.sign_in(page, start.removesuffix("/admin/"), desk.make_lead())
    page.goto(start)
    hand, (first, second) = Hand(page), morning[:2]
    hand.scan(first)
    assert page.evaluate(FOCUSED, "button[data-focus]")
    hand.scan(second)
    assert state(first) == ("booked", "")
    hand.key("Enter")
    assert state(second) == ("checked_in", "")
    hand.scan(first)
    assert state(second) == ("checked_in", "")
    page.context.close()


def test_keyboard_alone_serves_without_a_script(
    browser: Browser, start: str, morning: list[Appointment]
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    desk.sign_in(page, start.removesuffix("/admin/"), desk.make_lead())
    page.goto(start)
    hand, row = Hand(page), morning[0]
    hand.scan(row)
    tab_to(page, "button[formaction*='/check-in/']")
    hand.key("Enter")
    tab_to(page, "[name=brought]")
    hand.key("Space", leads=False)
    hand.key("Enter")
    assert state(row) == ("checked_in", "")  # the tick proposes another outcome, and asks
    assert page.is_checked("[name=outcome][value=proof_missing]")
    tab_to(page, "#step [type=submit]")
    hand.key("Enter")
    assert state(row) == ("completed", "proof_missing")
    tab_to(page, ".messagelist button")
    hand.key("Enter")
    assert state(row) == ("checked_in", "")
    page.context.close()

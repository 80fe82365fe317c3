"""A document on its way into the box, in a browser: scanned, recorded, put in by three presses."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from booking.models import Appointment
from config.foundation.staff import Staff
from pickup_box.models import Deposit
from tests.look import desk
from tests.look.test_journeys import FOCUSED

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Browser, demo_desk: str) -> Any:
    """A window of the team lead on the page where documents are recorded."""
    window = browser.new_context(locale="de-DE").new_page()
    desk.sign_in(window, demo_desk, Staff.objects.get(username="kurz"))
    window.goto(f"{demo_desk}/admin/pickup_box/deposit/add/")
    yield window
    window.context.close()


def press(page: Page, selector: str) -> None:
    with page.expect_event("load"):
        page.click(selector)


def test_scanned_person_is_recorded_and_the_document_put_in_by_three_presses(page: Page) -> None:
    proved = Appointment.objects.filter(status="booked", applicant__verified_at__isnull=False)
    booked = proved.exclude(applicant__email="")
    row = booked.select_related("applicant")[0]
    page.keyboard.type(f"https://termin.example.de/de/manage/?r={row.reference}")
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED, "[name=case_reference]")
    page.keyboard.type("AZ-9")
    expect(page.locator("[name=collector_name]")).to_be_hidden()
    page.fill("[name=consent_received_on]", "2026-11-20")
    page.select_option("[name=pin_letter]", "confirmed")
    page.select_option("[name=old_document]", "none")
    press(page, "#step .default")
    press(page, "button[value=assign]")
    press(page, "button[value=load]")
    deposit = Deposit.objects.get(case_reference="AZ-9")
    assert (deposit.contact, deposit.status) == (row.applicant.email, "loaded")


def test_what_a_choice_needs_is_asked_with_it(page: Page) -> None:
    page.check("[name=collector][value=authorised]")
    expect(page.locator("[name=collector_name]")).to_be_visible()
    page.check("[name=document_type][value=travel_document]")
    expect(page.locator("[name=pin_letter]")).to_be_hidden()


def test_button_that_asks_first_can_be_seen(page: Page, demo_desk: str) -> None:
    """A rule of another page hid it: nobody could withdraw a document."""
    waiting = Deposit.objects.waiting()[0]
    page.goto(f"{demo_desk}/admin/pickup_box/deposit/{waiting.pk}/change/")
    expect(page.locator("button[value=withdraw]")).to_be_visible()

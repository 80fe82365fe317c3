"""The pages of the catalogue in a browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from config.foundation.staff import Staff
from documents.models import CatalogueVersion, Note
from tests.look import desk

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Browser, demo_desk: str) -> Any:
    """A window of the team lead."""
    window = browser.new_context(locale="de-DE", base_url=demo_desk).new_page()
    desk.sign_in(window, demo_desk, Staff.objects.get(username="kurz"))
    yield window
    window.context.close()


def test_one_press_unfolds_a_procedure_and_one_leads_to_its_paper(page: Page) -> None:
    draft = CatalogueVersion.objects.drafts().latest("pk")
    page.goto(f"/admin/documents/catalogueversion/{draft.pk}/change/")
    paper = page.get_by_role("link", name="Pass oder Passersatz", exact=True)
    expect(paper).to_be_hidden()
    page.click("summary:has-text('Notfalltermin')")
    with page.expect_event("load"):
        paper.click()
    expect(page.locator("h1")).to_have_text("Pass oder Passersatz")


def test_only_a_deadline_asks_from_which_day_it_counts(page: Page) -> None:
    note = Note.objects.filter(kind=Note.Kind.INFO)[0]
    page.goto(f"/admin/documents/note/{note.pk}/change/")
    expect(page.locator("[name=counts_from]")).to_be_hidden()
    page.select_option("[name=kind]", "deadline")
    expect(page.locator("[name=counts_from]")).to_be_visible()

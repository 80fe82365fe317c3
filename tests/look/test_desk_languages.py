"""All texts of a page of the desk follow one choice of the language."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from config.foundation.staff import Staff
from documents.models import CatalogueVersion, Requirement
from tests.look import desk as demo


@pytest.mark.journey
def test_one_choice_shows_all_texts_and_loses_none(page: Page, demo_desk: str) -> None:
    draft = CatalogueVersion.objects.drafts().latest("pk")
    row = Requirement.objects.filter(procedure__version=draft).first()
    assert row is not None
    demo.sign_in(page, demo_desk, Staff.objects.get(username="kurz"))
    page.goto(f"{demo_desk}/admin/documents/requirement/{row.pk}/change/")
    german, turkish = (
        page.locator("[lang=de]:is(input, textarea)"),
        page.locator("[lang=tr]:is(input, textarea)"),
    )
    assert german.count() > 1
    german.first.fill("Reisepass")
    expect(turkish.first).to_be_hidden()
    page.locator(".texts-switch [value=tr]").check()
    for number in range(turkish.count()):
        expect(turkish.nth(number)).to_be_visible()
    expect(german.first).to_be_hidden()
    page.locator(".texts-switch [value=de]").check()
    expect(german.first).to_have_value("Reisepass")

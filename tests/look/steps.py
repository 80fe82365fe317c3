"""What one does on every page of a walk: opens it, types into it, sends it."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, QuerySet
from playwright.sync_api import Page

from booking.availability import forget_memory as forget_times
from booking.models import Slot

PERSON = {
    "family_name": "O’Connor-Müller",
    "given_names": "زهرا",
    "birth_date": "12.05.1985",
}


def end(slots: QuerySet[Slot]) -> None:
    """Puts these times into the past: nobody can choose them any more."""
    before = timedelta(days=60)
    slots.update(starts_at=F("starts_at") - before, ends_at=F("ends_at") - before)
    forget_times()


class Steps:
    """Each ends where the next page stands still."""

    def __init__(self, page: Page, base: str, language: str) -> None:
        self.page = page
        self.root = f"{base}/{language}"
        self.language = language
        self.email = f"{language}@example.org"
        self.at_the_box = {"contact": f"box-{self.email}", "birth_date": "09.03.1987"}

    def open(self, path: str) -> None:
        """Opens a page of this language."""
        self.page.goto(f"{self.root}/{path}", wait_until="load")

    def send(self, selector: str = "#step") -> None:
        """Presses the last button of a form, which is the one that goes on."""
        self.page.locator(selector).evaluate("form => { form.noValidate = true }")
        with self.page.expect_event("load", timeout=15_000):
            self.page.locator(f"{selector} button[type=submit]").last.click()

    def fill(self, **values: str) -> None:
        """Types into fields by their names."""
        for name, value in values.items():
            self.page.fill(f"[name={name}]", value)

    def hold(self) -> None:
        """Chooses the first of the free times."""
        self.page.locator("[name=slot]").first.check()
        self.send()

    def cancel(self) -> None:
        """Unfolds the question whether to cancel, and says yes."""
        self.open("manage/")
        self.page.click("details:has(#cancel) summary")
        self.send("#cancel")

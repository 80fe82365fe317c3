"""A walk through every page that anybody can open, in one language, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page

from config.foundation.letters import Letter, send_next

STANDING = ["contact", "privacy", "accessibility", "imprint", "documents", "nowhere"]
PERSON = {
    "family_name": "O’Connor-Müller",
    "given_names": "زهرا",
    "birth_date": "12.05.1985",
}


def code_from_the_letter() -> str:
    """The code in the letter that leaves now."""
    assert send_next(queue=Letter.Queue.CODE, now=timezone.now()) == "sent"
    found = re.search(r"\b\d{6}\b", str(mail.outbox[-1].body))
    assert found
    return found[0]


class Walk:
    """Goes from page to page; each step ends where the next page stands still."""

    def __init__(self, page: Page, base: str, language: str) -> None:
        self.page = page
        self.root = f"{base}/{language}"
        self.email = f"{language}@example.org"

    def open(self, path: str) -> None:
        """Opens a page of this language."""
        self.page.goto(f"{self.root}/{path}", wait_until="load")

    def send(self, selector: str = "#step") -> None:
        """Presses the last button of a form, which is the one that goes on."""
        self.page.locator(selector).evaluate("form => { form.noValidate = true }")
        with self.page.expect_navigation(wait_until="load", timeout=15_000):
            self.page.locator(f"{selector} button[type=submit]").last.click()

    def fill(self, **values: str) -> None:
        """Types into fields by their names."""
        for name, value in values.items():
            self.page.fill(f"[name={name}]", value)

    def standing(self) -> Iterator[str]:
        """The pages that need no way to them."""
        for path in STANDING:
            self.open(f"{path}/")
            yield path
        self.open("documents/study/")
        yield "documents-questions"
        self.open("documents/emergency/")
        yield "documents-list"

    def no(self) -> Iterator[str]:
        """What is no emergency is led elsewhere."""
        self.open("check/")
        self.page.check("[name=category][value=lost_document]")
        self.send()
        self.page.check("[name=lost_what][value=passport]")
        yield "questions-lost"
        self.send()
        yield "decision-no"

    def way(self) -> Iterator[str]:
        """From the first page to the booked appointment and through what can be done with it."""
        self.open("")
        yield "start"
        self.page.click(".languages summary")
        yield "languages"
        self.open("check/")
        yield "category"
        self.send()
        yield "category-error"
        self.page.check("[name=category][value=expired]")
        self.send()
        yield "questions"
        self.send()
        yield "questions-error"
        self.fill(title_valid_until="20.11.2026")
        self.send()
        yield "decision-yes"
        self.open("checklist/")
        yield "checklist"
        self.open("details/")
        yield "details"
        self.fill(email="nobody")
        self.send()
        yield "details-error"
        self.fill(**PERSON, email=self.email)
        self.send()
        yield "verify"
        self.fill(code="000000")
        self.send()
        yield "verify-error"
        self.fill(code=code_from_the_letter())
        self.send()
        yield "times"
        self.send()
        yield "times-error"
        self.page.locator("[name=slot]").first.check()
        self.send()
        yield "review"
        self.send()
        yield "appointment"
        yield from self._manage()

    def _manage(self) -> Iterator[str]:
        reference = self.page.inner_text("#reference")
        self.page.context.clear_cookies()
        self.open("manage/")
        yield "lookup"
        self.fill(reference="7K3F-92QX", birth_date="1985")
        self.send()
        yield "lookup-error"
        self.fill(reference=reference, birth_date=PERSON["birth_date"])
        self.send()
        yield "manage"
        self.open("rebook/")
        yield "rebook"
        self.open("manage/")
        self.page.locator("#cancel").evaluate(
            "form => form.closest('details')?.setAttribute('open', '')"
        )
        self.send("#cancel")
        yield "cancelled"

    def all(self) -> Iterator[str]:
        """Every page, once."""
        yield from self.standing()
        yield from self.no()
        yield from self.way()

"""The pages of a walk that only people meet who send an application online."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core import mail
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import FilePayload, Page

from config.foundation.outbox import Notification, send_next
from documents.applications.actions import reviews
from documents.applications.actions.document_requests import request_papers
from documents.applications.links import link_secret
from documents.applications.models import Application, Intake
from documents.applications.states import Objection
from tests.documents.applications.hostile_files import CASES, jpeg
from tests.documents.applications.making import ANSWERS, ready
from tests.factories import StaffFactory
from tests.look.steps import PERSON, Steps


def answer_questions(page: Page, **changes: str) -> None:
    """Answers the questions of the humanitarian application as they stand on the page."""
    for name, value in (ANSWERS | changes).items():
        field = page.locator(f"#step [name={name}]").first
        for each in value if isinstance(value, list) else [value]:
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(each)
            elif field.get_attribute("type") == "text":
                field.fill(each)
            else:
                page.check(f"#step [name={name}][value={each}]")


def chosen(*files: tuple[str, bytes]) -> list[FilePayload]:
    """Files by name and content, as a browser takes them."""
    return [
        FilePayload(name=name, mimeType="application/octet-stream", buffer=content)
        for name, content in files
    ]


class ApplyingWalk(Steps):
    """From the start of an application to its receipt."""

    def applying(self) -> Iterator[str]:
        """A demonstration that takes the humanitarian application, for as long as this goes on."""
        with TemporaryDirectory() as folder, override_settings(APPLICATIONS=ready(Path(folder))):
            Intake.objects.update_or_create(
                procedure="humanitarian", defaults={"opens_at": timezone.now(), "closes_at": None}
            )
            self.page.context.clear_cookies()
            yield from self._entries()
            yield from self._family()
            yield from self._papers()
            yield from self._sends()
            yield from self._back_and_forth()

    def _entries(self) -> Iterator[str]:
        self.open("apply/humanitarian/")
        yield "apply-start"
        self.open("apply/humanitarian/questions/")
        yield "apply-questions"
        self.send()
        yield "apply-questions-error"
        answer_questions(self.page, who="family_member")
        self.send()
        yield "apply-stop"
        self.open("apply/humanitarian/questions/")
        today = f"{timezone.localdate():%d.%m.%Y}"
        answer_questions(self.page, title="title_23a", title_ends_on=today)
        self.send()
        yield "apply-urgent"
        self.open("apply/contact/")
        self.send()
        yield "apply-contact-error"
        self.fill(**PERSON, email=f"apply-{self.email}")
        self.send()
        yield "apply-verify"
        self.fill(code="000000")
        self.send()
        yield "apply-verify-error"
        assert send_next(queue=Notification.Queue.CODE, now=timezone.now()) == "sent"
        code = re.search(r"\b\d{6}\b", str(mail.outbox[-1].body))
        assert code
        self.fill(code=code[0])
        self.send()
        yield "apply-papers"

    def _family(self) -> Iterator[str]:
        """A child applies, too; with another title nobody could."""
        self.open("apply/family/")
        yield "apply-family"
        self.send()
        yield "apply-family-error"
        child = {"role": "child", "purpose": "first", "passport": "no_valid_passport"}
        for name, value in child.items():
            self.page.check(f"#step [name={name}][value={value}]")
        self.fill(family_name="Rahimi", given_names="Amir", birth_date="02.03.2015")
        self.send()
        yield "apply-family-member"
        draft = Application.objects.latest("pk")
        holder_alone = draft.answers | {"facts": ["title_25_5", "title_holder", "extension"]}
        Application.objects.filter(pk=draft.pk).update(answers=holder_alone)
        self.open("apply/family/")
        yield "apply-family-stop"
        self.open("apply/papers/")
        yield "apply-papers-stop"
        Application.objects.filter(pk=draft.pk).update(answers=draft.answers)

    def _papers(self) -> Iterator[str]:
        self.open("apply/papers/1/")
        yield "apply-paper"
        self.upload(CASES["a text"].content())
        yield "apply-paper-refused"
        self.upload(jpeg(), jpeg())
        yield "apply-paper-pages"
        count = self.papers()
        for number in range(2, count + 1):
            self.open(f"apply/papers/{number}/")
            absent = self.page.locator("form[action$='/absent/']")
            if absent.count():
                with self.page.expect_event("load"):
                    absent.locator("button").click()
            else:
                self.upload(jpeg())
        self.open("apply/papers/")
        yield "apply-papers-whole"

    def _sends(self) -> Iterator[str]:
        self.open("apply/review/")
        yield "apply-review"
        self.send()
        yield "apply-review-error"
        self.page.check("[name=true]")
        self.send()
        yield "apply-sent"

    def _back_and_forth(self) -> Iterator[str]:
        row, by, now = Application.objects.latest("pk"), StaffFactory(), timezone.now()
        self.open(f"application/{link_secret(row)}/")
        yield "application"
        reviews.take(application=row, version=row.version, by=by, now=now)
        request_papers(
            application=row,
            version=row.version,
            papers={"passport": Objection.UNREADABLE, "current_title": Objection.OUTDATED},
            due_on=timezone.localdate() + timedelta(days=14),
            by=by,
            now=now,
        )
        self.open("application/")
        yield "application-papers-requested"
        self.open("apply/papers/")
        yield "application-papers"
        for number in (1, 2):
            self.open(f"apply/papers/{number}/")
            self.upload(jpeg())
        self.open("apply/papers/")
        yield "application-papers-whole"
        self.send()
        yield "application-supplied"
        self.open("application/")
        self.send("#withdraw")
        yield "application-withdrawn"
        self.open("application/nothing/")
        yield "application-link-over"

    def papers(self) -> int:
        """How many papers are asked for."""
        self.open("apply/papers/")
        return self.page.locator("ol.papers > li").count()

    def upload(self, *contents: bytes) -> None:
        """Chooses files for the paper whose page is open, and sends them."""
        named = [(f"{at}.jpg", content) for at, content in enumerate(contents)]
        self.page.set_input_files("#files", chosen(*named))
        self.send("#upload")

"""An application online: from the questions to the receipt, and then the desk that reviews it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings as product
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from config.foundation.outbox import Notification, send_due
from documents.applications.models import Application
from documents.applications.states import Outcome, Status
from tests.documents.applications.hostile_files import jpeg, printed
from tests.invariants import assert_invariants
from tests.journeys.conftest import PHONE, Person, sign_in_caseworker
from tests.look.walk_applications import answer_questions, chosen

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[("de", False), ("en", True), ("ar", True)], ids=["de", "en", "ar"])
def guest(request: pytest.FixtureRequest, browser: Browser, opened: str) -> Iterator[Person]:
    """Somebody with a phone who reads a language; the first one's runs no script."""
    language, has_script = request.param
    album = product.DATA_DIR / "journeys" / re.sub(r"\W+", "-", request.node.name).strip("-")
    shutil.rmtree(album, ignore_errors=True)
    context = browser.new_context(viewport=PHONE, java_script_enabled=has_script)
    yield Person(context.new_page(), opened, album, language)
    context.close()


def sends_files(person: Person, number: int, *files: tuple[str, bytes]) -> None:
    """Chooses files for a paper and sends them."""
    person.opens(f"apply/papers/{number}/")
    person.page.set_input_files("#files", chosen(*files))
    with person.page.expect_navigation():
        person.sends("upload")


def proves(person: Person) -> None:
    """Answers, says who applies, and types the code from the letter."""
    person.opens("apply/humanitarian/")
    person.sees("start")
    person.page.click(".kern-btn--primary")
    person.is_at("apply/humanitarian/questions/")
    answer_questions(person.page)
    person.sends()
    person.is_at("apply/contact/")
    person.enters_details("leila@example.org")
    person.is_at("apply/verify/")
    person.sees("verify")
    person.fills(code=person.reads_the_code())
    person.sends()
    person.is_at("apply/papers/")
    person.sees("papers")


def brings_papers(person: Person) -> None:
    """Two photos of the passport, a PDF of the second paper, one photo of each other."""
    count = person.page.locator("ol.papers > li").count()
    sends_files(person, 1, ("a.jpg", jpeg()), ("b.jpg", jpeg()))
    expect(person.page.locator("img.page-picture")).to_have_count(2)
    person.sees("passport")
    for number in range(2, count + 1):
        person.opens(f"apply/papers/{number}/")
        absent = person.page.locator("form[action$='/absent/'] button")
        if absent.count() and number > 2:
            absent.click()
            person.is_at("apply/papers/")
        elif number == 2:
            sends_files(person, number, ("both.pdf", printed(2)))
        else:
            sends_files(person, number, ("a.jpg", jpeg()))


def test_person_applies_and_the_desk_reviews(guest: Person, page: Page, opened: str) -> None:
    proves(guest)
    brings_papers(guest)
    guest.opens("apply/papers/")
    guest.page.click("#go-on")
    guest.is_at("apply/review/")
    guest.sees("review")
    guest.page.check("[name=true]")
    guest.sends()
    guest.is_at("apply/sent/")
    guest.sees("sent")
    reference = guest.page.inner_text("#reference").strip()
    assert guest.page.request.get(f"{opened}/{guest.language}/apply/sent/receipt.pdf").ok
    send_due(queue=Notification.Queue.ORDINARY, now=timezone.now())
    assert reference in str(mail.outbox[-1].body)
    assert reference not in mail.outbox[-1].subject
    assert guest.page.goto(f"{opened}/{guest.language}/apply/papers/1/")
    guest.is_at("apply/sent/")  # a letterbox: nobody looks into it again

    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in_caseworker(page, opened)
    page.click('.desk-nav a[href$="/applications/application/"]')
    page.click("#result_list tbody a")
    expect(page.locator(".desk-facts")).to_contain_text(reference)
    pictures = page.locator("img.page-picture")
    assert pictures.count() >= 4
    pictures.last.scroll_into_view_if_needed()
    expect(pictures.last).to_have_js_property("complete", True)
    assert pictures.last.evaluate("picture => picture.naturalWidth") > 500
    page.screenshot(path=guest.album / "99-desk.png", full_page=True)
    page.click("form[action*='/step/take/'] button")
    page.select_option("[name=outcome]", Outcome.GRANTED)
    page.click("form[action*='/step/close/'] button")
    expect(page.locator("form[action*='/step/reopen/']")).to_be_visible()
    assert Application.objects.get(reference=reference).status == Status.CLOSED
    assert_invariants(timezone.now())

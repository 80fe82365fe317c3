"""An application online: from the questions to the receipt, and then the desk that reviews it."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as product
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from config.accounts.roles import TEAM_LEAD
from config.foundation.outbox import Notification, send_due
from config.foundation.staff import Staff
from documents.applications.models import Application
from documents.applications.states import Objection, Outcome, Status
from tests.documents.applications.hostile_files import jpeg
from tests.invariants import assert_invariants
from tests.journeys.applying import (
    FAMILY,
    brings_family,
    brings_papers,
    hands_in,
    proves,
    sends_files,
)
from tests.journeys.conftest import PHONE, Person, sign_in_caseworker

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


def test_person_applies_and_the_desk_reviews(guest: Person, page: Page, opened: str) -> None:
    proves(guest)
    brings_papers(guest)
    reference = hands_in(guest)
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


def test_family_of_four_applies_together(guest: Person, page: Page, opened: str) -> None:
    # S4:22: the title of the one who holds it takes spouse and children along
    proves(guest, title="title_23a")
    brings_family(guest)
    brings_papers(guest)
    reference = hands_in(guest)
    sent = Application.objects.get(reference=reference)
    assert sent.members.count() == len(FAMILY)
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in_caseworker(page, opened)
    page.goto(f"{opened}/admin/applications/application/{sent.pk}/change/")
    for _role, given_names, _born, _passport in FAMILY:
        expect(page.locator(".desk-facts")).to_contain_text(given_names)
        expect(page.locator("h2", has_text=f"{given_names}: ").first).to_be_visible()
    page.screenshot(path=guest.album / "99-desk.png", full_page=True)
    assert_invariants(timezone.now())


def test_papers_go_back_and_forth_and_into_the_case_file(
    guest: Person, page: Page, opened: str
) -> None:
    proves(guest)
    brings_papers(guest)
    reference = hands_in(guest)
    sent = Application.objects.get(reference=reference)
    desk = f"{opened}/admin/applications/application/{sent.pk}"

    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in_caseworker(page, opened)
    page.goto(f"{desk}/change/")
    page.click("form[action*='/step/take/'] button")
    page.click("a[href$='/request/']")
    page.select_option("[name=paper_1]", Objection.UNREADABLE)
    page.click("#step [type=submit]")
    expect(page).to_have_url(f"{desk}/change/")

    send_due(queue=Notification.Queue.ORDINARY, now=timezone.now())
    link = re.search(r"http\S+/application/\S+", str(mail.outbox[-1].body))
    assert link
    guest.page.goto(re.sub(r"https?://[^/]+", opened, link[0]).replace("/de/", "/en/"))
    guest.opens("application/")
    guest.page.click("#go-on")
    guest.is_at("apply/papers/")
    guest.sees("asked-for")
    sends_files(guest, 1, ("again.jpg", jpeg()))
    guest.opens("apply/papers/")
    guest.sends()
    guest.is_at("application/supplied/")
    guest.sees("supplied")

    page.goto(f"{desk}/change/")
    page.select_option("[name=outcome]", Outcome.GRANTED)
    page.click("form[action*='/step/close/'] button")
    expect(page.locator("form[action*='/step/reopen/']")).to_be_visible()
    Staff.objects.get().groups.add(Group.objects.get(name=TEAM_LEAD))
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=True):
        send_due(queue=Notification.Queue.ORDINARY, now=timezone.now())
        sign_in_caseworker(page, opened)
        page.goto(f"{desk}/change/")
        with page.expect_download() as download:
            page.click("a[href$='/export/']")
        with zipfile.ZipFile(download.value.path()) as copy:
            names = copy.namelist()
        assert {"application.json", "SHA512SUMS", "receipt.pdf", "01_passport.pdf"} <= set(names)
        page.goto(f"{desk}/change/")
        page.check("[name=arrived]")
        page.click("form[action*='/step/transfer/'] button")
        expect(page.locator("form[action*='/step/transfer/']")).to_have_count(0)
        sent.refresh_from_db()
        assert sent.forgotten_at
        assert not sent.files.exists()
        assert_invariants(timezone.now(), app="documents.applications")

"""People in a real browser on a phone, with JavaScript and without."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from booking.models import Slot
from config.accounts.roles import CASEWORKER, grant
from config.foundation.outbox import Notification, send_next
from config.foundation.staff import Staff
from documents.applications.models import Application, Intake
from tests.documents.applications.making import cookie_of, make_draft, make_person, ready
from tests.factories import SlotFactory

PHONE = ViewportSize(width=360, height=740)
NewPerson = Callable[..., "Person"]


class Person:
    """Somebody with a phone who reads their language and presses what they see."""

    def __init__(self, page: Page, site: str, album: Path, language: str = "en") -> None:
        self.page, self.site, self.album = page, site, album
        self.language = language
        self.pages: list[str] = []
        self.forms = 0
        page.on("framenavigated", lambda _frame: self.pages.append(page.url))

    def opens(self, path: str) -> None:
        """Types an address."""
        answer = self.page.goto(f"{self.site}/{self.language}/{path}")
        assert answer is not None
        assert answer.status < 500

    def sees(self, name: str) -> None:
        """Takes a picture, and finds nothing wider than the phone."""
        self.album.mkdir(parents=True, exist_ok=True)
        count = len(list(self.album.iterdir())) + 1
        self.page.screenshot(path=self.album / f"{count:02}-{name}.png", full_page=True)
        assert self.page.locator("h1").count() == 1
        box = self.page.locator("body").bounding_box()
        assert box is not None
        assert box["width"] <= PHONE["width"]

    def sends(self, form: str = "step", button: str = "button") -> None:
        """Presses the button of a form."""
        self.forms += 1
        self.page.locator(f"#{form} {button}").last.click()

    def fills(self, **values: str) -> None:
        """Types into the fields of the page."""
        for name, value in values.items():
            self.page.fill(f"[name={name}]", value)

    def is_at(self, path: str) -> None:
        """Waits until the page is there."""
        expect(self.page).to_have_url(re.compile(rf"/{self.language}/{path}\??$"))

    def reads_the_code(self) -> str:
        """Looks into the mailbox."""
        assert send_next(queue=Notification.Queue.CODE, now=timezone.now()) == "sent"
        found = re.search(r"\b\d{6}\b", str(mail.outbox[-1].body))
        assert found
        return found[0]

    def answers(self) -> None:
        """An expired title, as the questions want to know it."""
        self.opens("")
        self.page.click("a[href$='/check/']")
        self.page.check("[value=expired]")
        self.sends()
        self.fills(title_valid_until="31.01.2020")
        self.sends()

    def enters_details(self, email: str = "anh@example.org") -> None:
        """Who comes."""
        self.fills(
            family_name="Nguyễn", given_names="Thị Ánh", birth_date="12.05.1985", email=email
        )
        self.sends()

    def holds(self) -> None:
        """Goes as far as the review."""
        self.answers()
        self.page.click("a[href$='/details/']")
        self.enters_details()
        self.fills(code=self.reads_the_code())
        self.sends()
        self.page.locator("[name=slot]").first.check()
        self.sends()
        self.is_at("review/")

    def books(self) -> str:
        """Goes the whole way; the reference."""
        self.holds()
        self.sends()
        self.is_at("appointment/")
        return self.page.inner_text("#reference").strip()


def at_the_papers(page: Page, site: str) -> Application:
    """The draft of a person who has proved the address; the browser of `page` is theirs."""
    draft = make_draft(now=timezone.now())
    make_person(draft, now=timezone.now())
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie_of(draft), "url": site}]
    )
    return draft


def sign_in_caseworker(page: Page, site: str) -> None:
    """Opens the start page of the desk as a caseworker."""
    for label in ("booking", "foundation"):  # a flushed database has lost what migrations granted
        grant(apps.get_app_config(label), using="default", apps=apps)
    worker, _new = Staff.objects.get_or_create(username="kurz", is_staff=True, language="en")
    worker.groups.add(Group.objects.get(name=CASEWORKER))
    client = Client()
    client.force_login(worker)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}]
    )
    page.goto(f"{site}/admin/")


@pytest.fixture
def site(transactional_db: None, live_server: LiveServer) -> str:
    """A served site with tomorrow's times."""
    call_command("load_office", "config/offices/magdeburg.yaml", verbosity=0)
    call_command("load_catalogue", verbosity=0)
    tomorrow = (timezone.now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    for number in range(6):
        starts_at = tomorrow + timedelta(minutes=10 * number)
        SlotFactory(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=10))
    assert Slot.objects.count() == 6
    return str(live_server.url)


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def new_person(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[NewPerson]:
    """People with a browser of their own; their pictures are kept under DATA_DIR."""
    contexts = []
    name = re.sub(r"\W+", "-", request.node.name).strip("-")

    def arrive(who: str = "") -> Person:
        album = settings.DATA_DIR / "journeys" / (name + who)
        shutil.rmtree(album, ignore_errors=True)
        context = browser.new_context(viewport=PHONE, java_script_enabled=request.param)
        contexts.append(context)
        return Person(context.new_page(), site, album)

    yield arrive
    for context in contexts:
        context.close()


@pytest.fixture
def person(new_person: NewPerson) -> Person:
    """One of them."""
    return new_person()


@pytest.fixture
def opened(site: str, settings: Settings, tmp_path: Path) -> str:
    """An office that takes the humanitarian application online."""
    settings.APPLICATIONS = ready(tmp_path)
    grant(apps.get_app_config("applications"), using="default", apps=apps)
    Intake.objects.create(procedure="humanitarian", opens_at=timezone.now())
    return site

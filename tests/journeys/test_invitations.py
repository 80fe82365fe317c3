"""From a caseworker who invites to somebody who comes: two browsers, three languages."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from booking.models import Appointment, Counter, Invitation, Quota, Slot
from booking.states import InvitationState, Status
from config.foundation.audit import AccessRecord
from config.foundation.office import forget_memory
from config.foundation.outbox import Notification, send_due
from tests.factories import MONDAY, TUESDAY_NINE, QuotaFactory, SlotFactory
from tests.invariants import assert_invariants
from tests.journeys.conftest import PHONE, Person, sign_in_caseworker

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

BORN = "12.05.1985"
NewGuest = Callable[..., Person]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Monday, eight o'clock."""
    forget_memory()
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def quota(clock: object, live_server: LiveServer) -> Quota:
    """Magdeburg with three times on Tuesday afternoon for people whose papers are checked."""
    call_command("load_office", "config/offices/magdeburg.yaml", verbosity=0)
    call_command("load_catalogue", verbosity=0)
    forget_memory()
    quota: Quota = QuotaFactory(
        intro={"de": "Ihre Unterlagen sind geprüft.", "en": "Your papers are checked."},
        procedure="study",
    )
    for number in range(3):
        starts_at = TUESDAY_NINE + timedelta(hours=7, minutes=20 * number)
        SlotFactory(
            counter=Counter.objects.first(),
            quota=quota,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=20),
        )
    return quota


@pytest.fixture
def desk(page: Page, live_server: LiveServer, quota: Quota) -> Page:
    """A caseworker's browser."""
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in_caseworker(page, live_server.url)
    return page


@pytest.fixture(params=["de", "en", "ar"])
def language(request: pytest.FixtureRequest) -> str:
    """What the invited person reads."""
    return str(request.param)


@pytest.fixture
def new_guest(
    request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer, language: str
) -> Iterator[NewGuest]:
    """People with phones of their own."""
    contexts = []
    name = re.sub(r"\W+", "-", request.node.name).strip("-")

    def arrive(who: str = "") -> Person:
        album = settings.DATA_DIR / "journeys" / (name + who)
        shutil.rmtree(album, ignore_errors=True)
        context = browser.new_context(viewport=PHONE)
        contexts.append(context)
        return Person(context.new_page(), live_server.url, album, language)

    yield arrive
    for context in contexts:
        context.close()


@pytest.fixture
def guest(new_guest: NewGuest) -> Person:
    """One of them."""
    return new_guest()


def press(desk: Page, selector: str) -> None:
    """Clicks what leads to another page and waits for it."""
    with desk.expect_navigation():
        desk.click(selector)


def invite(
    desk: Page, language: str, *, slot: Slot | None = None, email: bool = True
) -> Invitation:
    """What a caseworker does to invite somebody to a time or to choose one."""
    press(desk, '.desk-nav a[href$="/booking/invitation/"]')
    press(desk, 'a.default[href$="/invite/"]')
    desk.fill("[name=p0-family_name]", "Nguyễn")
    desk.fill("[name=p0-given_names]", "Thị Ánh")
    desk.fill("[name=p0-birth_date]", BORN)
    desk.fill("[name=p0-case_reference]", "4711/26")
    desk.fill("[name=p0-email]", "anh@example.org" if email else "")
    desk.select_option("[name=p0-language]", language)
    desk.check(f"[name=way][value={'this_time' if slot else 'chooses'}]")
    if slot is not None:
        desk.select_option("[name=slot]", str(slot.pk))
    press(desk, "#step input.default")
    return Invitation.objects.select_related("applicant").get()


def letters(language: str) -> dict[str, str]:
    """The letters that leave now, by their kind: all in this language."""
    before = set(Notification.objects.exclude(sent_at=None).values_list("pk", flat=True))
    count = len(mail.outbox)
    send_due(queue=Notification.Queue.ORDINARY, now=timezone.now())
    sent = (
        Notification.objects.exclude(sent_at=None).exclude(pk__in=before).order_by("sent_at", "pk")
    )
    assert {row.language for row in sent} <= {language}
    kinds = [row.kind.removeprefix("booking.") for row in sent]
    return dict(zip(kinds, [str(letter.body) for letter in mail.outbox[count:]], strict=True))


def link(letter: str, language: str, page: str = "invitation") -> str:
    """The path, below its language, that a letter leads to."""
    found = re.search(rf"/{language}/({page}/[\w-]+/)", letter)
    assert found
    return found[1]


def asks_by_number(person: Person, invitation: Invitation) -> None:
    """Types the number of the invitation and the date of birth."""
    person.opens("invitation/")
    person.sees("number")
    person.fills(reference=invitation.reference, birth_date=BORN)
    person.sends()


def moves_to_the_last(person: Person) -> None:
    """Takes the last of the other times, on the page of the appointment."""
    person.sends("rebook")
    person.is_at("rebook/")
    person.sees("rebook")
    person.page.locator("[name=slot]").last.check()
    person.sends()
    person.is_at("manage/")


def cancels(person: Person) -> None:
    """Takes the time back, on the page of the appointment."""
    person.page.click("details:has(#cancel) > summary")
    person.sends("cancel")
    person.is_at("manage/")
    expect(person.page.locator("[data-status=cancelled]")).to_be_visible()
    person.sees("cancelled")


def kept(quota: Quota) -> list[Slot]:
    return list(Slot.objects.of_quota(quota).order_by("starts_at"))


def test_person_chooses_by_the_letter_moves_and_cancels_by_the_number(
    desk: Page, new_guest: NewGuest, language: str, quota: Quota
) -> None:
    invitation = invite(desk, language)
    assert invitation.reference in desk.inner_text(".desk-facts")
    sent = letters(language)
    assert list(sent) == ["invitation"]
    assert invitation.reference in sent["invitation"]

    person = new_guest()
    person.opens(link(sent["invitation"], language))
    person.is_at("times/")
    person.sees("times")
    root = person.page.locator("html")
    assert root.get_attribute("lang") == language
    assert person.page.evaluate("getComputedStyle(document.body).direction") == (
        "rtl" if language == "ar" else "ltr"
    )
    assert person.page.locator("[name=slot]").count() == 3
    person.page.locator("[name=slot]").first.check()
    person.sends()
    person.is_at("review/")
    person.sees("review")
    person.sends()
    person.is_at("appointment/")
    person.sees("appointment")
    booked = Appointment.objects.get()
    assert (booked.status, booked.invitation, booked.slot) == (
        *(Status.BOOKED, invitation),
        kept(quota)[0],
    )
    assert list(letters(language)) == ["confirmation"]

    other = new_guest("-second")
    asks_by_number(other, invitation)
    other.is_at("manage/")
    other.sees("manage")
    moves_to_the_last(other)
    booked.refresh_from_db()
    assert (booked.status, booked.slot, booked.revision) == (Status.BOOKED, kept(quota)[-1], 1)
    cancels(other)
    booked.refresh_from_db()
    assert booked.status == Status.CANCELLED
    assert invitation.state_at(timezone.now()) == InvitationState.OPEN
    other.page.click("main a[href$='/invitation/']")
    other.is_at("times/")
    assert_invariants()


def test_person_gets_this_time_and_moves_it(
    desk: Page, guest: Person, language: str, quota: Quota
) -> None:
    invitation = invite(desk, language, slot=kept(quota)[1])
    booked = Appointment.objects.get()
    assert (booked.status, booked.slot) == (Status.BOOKED, kept(quota)[1])
    assert booked.reference in desk.inner_text("#content")
    sent = letters(language)
    assert list(sent) == ["confirmation"]
    guest.opens(link(sent["confirmation"], language, "manage"))
    guest.is_at("manage/")
    guest.sees("manage")
    moves_to_the_last(guest)
    booked.refresh_from_db()
    assert (booked.status, booked.slot) == (Status.BOOKED, kept(quota)[2])
    cancels(guest)
    assert invitation.state_at(timezone.now()) == InvitationState.OPEN
    assert_invariants()


def test_sheet_for_somebody_without_an_address(
    desk: Page, guest: Person, language: str, quota: Quota
) -> None:
    invitation = invite(desk, language, email=False)
    assert letters(language) == {}
    path = desk.get_attribute('a[href$="/sheet/"]', "href")
    answer = desk.request.get(f"{desk.url.removesuffix('change/')}{str(path).removeprefix('../')}")
    assert answer.status == 200
    assert answer.body().startswith(b"%PDF")
    assert AccessRecord.objects.filter(kind="export", subject=invitation.subject).count() == 1
    asks_by_number(guest, invitation)
    guest.is_at("times/")
    guest.page.locator("[name=slot]").first.check()
    guest.sends()
    guest.is_at("review/")
    guest.sends()
    guest.is_at("appointment/")
    assert invitation.state_at(timezone.now()) == InvitationState.TAKEN
    assert_invariants()


def test_expired_invitation_opens_nothing(
    desk: Page, guest: Person, language: str, clock: time_machine.Traveller
) -> None:
    invitation = invite(desk, language)
    path = link(letters(language)["invitation"], language)
    clock.move_to(invitation.valid_until)
    assert "invitation_over" in letters(language)
    guest.opens(path)
    expect(guest.page.locator("[data-invitation=invitation_over]")).to_be_visible()
    guest.sees("over")
    asks_by_number(guest, invitation)
    expect(guest.page.locator("[data-invitation=invitation_over]")).to_be_visible()
    assert invitation.state_at(timezone.now()) == InvitationState.OVER
    assert not Appointment.objects.exists()


def test_invitation_withdrawn_at_the_desk_opens_nothing(
    desk: Page, guest: Person, language: str
) -> None:
    invitation = invite(desk, language)
    path = link(letters(language)["invitation"], language)
    press(desk, '.desk-actions a[href$="/withdraw/"]')
    press(desk, "#step input.desk-danger")
    invitation.refresh_from_db()
    assert invitation.state_at(timezone.now()) == InvitationState.WITHDRAWN
    guest.opens(path)
    guest.sees("withdrawn")
    assert guest.page.locator("[name=slot]").count() == 0
    asks_by_number(guest, invitation)
    expect(guest.page.locator("[data-invitation=invitation_over]")).to_be_visible()
    assert letters(language) == {}
    assert not Appointment.objects.exists()


def test_papers_checked_then_invited_then_came(
    desk: Page,
    guest: Person,
    language: str,
    quota: Quota,
    clock: time_machine.Traveller,
    live_server: LiveServer,
) -> None:
    invitation = invite(desk, language)
    path = link(letters(language)["invitation"], language)
    guest.opens(path)
    guest.is_at("times/")
    checked = "Your papers are checked." if language == "en" else "Ihre Unterlagen sind geprüft."
    assert checked in guest.page.inner_text("main")
    guest.page.locator("[name=slot]").first.check()
    guest.sends()
    guest.sends()
    guest.is_at("appointment/")
    reference = guest.page.inner_text("#reference").strip()
    assert reference in letters(language)["confirmation"]

    visit = Appointment.objects.get()
    assert visit.reference == reference
    clock.move_to(visit.slot.starts_at - timedelta(minutes=5))
    sign_in_caseworker(desk, live_server.url)
    line = f"#a{visit.pk}"
    assert "NGUYỄN" in desk.inner_text(line)
    press(desk, f"{line} button[formaction$='/check-in/']")
    clock.move_to(visit.slot.starts_at + timedelta(minutes=15))
    press(desk, f"{line} a[href$='/complete/']")
    desk.check("[name=outcome][value=served]")
    press(desk, "#step [type=submit]")
    visit.refresh_from_db()
    assert (visit.status, visit.outcome) == (Status.COMPLETED, Appointment.Outcome.SERVED)
    assert invitation.state_at(timezone.now()) == InvitationState.USED
    desk.goto(f"{live_server.url}/admin/booking/invitation/?state=came")
    assert desk.locator("#result_list tbody tr").count() == 1
    assert "4711/26" in desk.inner_text("#result_list")
    guest.opens(path)
    expect(guest.page.locator("[data-invitation=invitation_used]")).to_be_visible()
    guest.sees("used")
    assert_invariants()

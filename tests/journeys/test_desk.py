"""A caseworker's day in a real browser: a full Tuesday, a closed counter, a wrong case, a call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import Group
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from booking import actions
from booking.models import Appointment, Slot, WaitingEntry
from booking.states import SETTLED, Status
from config.accounts.roles import CASEWORKER, grant
from config.foundation.office import forget_memory
from config.foundation.outbox import Notification, send_due
from config.foundation.staff import Staff
from tests.factories import NAMES, TUESDAY_NINE, ApplicantFactory, AppointmentFactory, situation
from tests.invariants import assert_invariants

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

HALF_PAST_EIGHT = TUESDAY_NINE - timedelta(minutes=30)
SCREENSHOTS = Path(settings.DATA_DIR) / "screenshots"
CATEGORIES = ("expired", "expiring", "job_loss", "urgent_travel", "lost_document")
MADE_BY_HAND = ("I16",)


def shot(page: Page, name: str) -> None:
    """Keeps a picture of the whole page."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Tuesday, half past eight."""
    with time_machine.travel(HALF_PAST_EIGHT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def tuesday(clock: object, transactional_db: None) -> list[Appointment]:
    """Magdeburg with 24 people on its one counter, and the times of the weeks after."""
    call_command("load_office", "config/offices/magdeburg.yaml", verbosity=0)
    call_command("load_catalogue", verbosity=0)
    forget_memory()
    actions.open_slots(now=HALF_PAST_EIGHT - timedelta(days=1))
    slots = Slot.objects.filter(starts_at__date=TUESDAY_NINE.date()).order_by("starts_at")
    return [
        AppointmentFactory(
            slot=slot,
            category=CATEGORIES[at % 5],
            situation=situation(CATEGORIES[at % 5]),
            applicant=ApplicantFactory(
                family_name=NAMES[at % len(NAMES)][0], phone=f"+4939155501{at:02}"
            ),
        )
        for at, slot in enumerate(slots)
    ]


@pytest.fixture
def desk(page: Page, live_server: LiveServer, tuesday: object) -> Page:
    """A caseworker's browser on the start page, 1024 pixels wide."""
    from django.apps import apps

    for label in ("booking", "foundation"):  # a flushed database has lost what migrations granted
        grant(apps.get_app_config(label), using="default", apps=apps)
    worker = Staff.objects.create(username="kurz", is_staff=True, language="en")
    worker.groups.add(Group.objects.get(name=CASEWORKER))
    client = Client()
    client.force_login(worker)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": str(live_server)}]
    )
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(f"{live_server}/admin/")
    return page


def go(page: Page, selector: str) -> None:
    """Clicks what leads to another page and waits for it."""
    with page.expect_navigation():
        page.click(selector)


def enter(page: Page) -> None:
    """The Enter key, where a button or a field has the focus."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def press(page: Page, row: Appointment, action: str) -> None:
    """The button of a action on the list of the day."""
    go(page, f'#a{row.pk} a[href$="/{action}/"]')


def test_desk_works_through_the_morning_of_a_full_tuesday(
    desk: Page, tuesday: list[Appointment], clock: time_machine.Traveller
) -> None:
    assert desk.locator(".desk-day").first.locator("tbody tr").count() == 24
    shot(desk, "desk-1-full-tuesday")
    desk.evaluate("document.documentElement.style.zoom = 2")
    shot(desk, "desk-1-full-tuesday-zoomed")
    assert desk.evaluate("document.documentElement.scrollWidth") <= 1024 * 2
    desk.evaluate("document.documentElement.style.zoom = 1")

    clock.move_to(HALF_PAST_EIGHT + timedelta(minutes=20))
    desk.reload()
    for at, row in enumerate(tuesday[:12]):
        clock.move_to(row.slot.starts_at)
        desk.reload()
        if at == 3:  # does not come; somebody notes it five minutes later
            clock.move_to(row.slot.starts_at + timedelta(minutes=5))
            desk.reload()
            press(desk, row, "no-show")
            enter(desk)
            continue
        press(desk, row, "check-in")
        assert row.applicant.full_name in desk.inner_text(".desk-name")
        if at == 0:
            shot(desk, "desk-2-check-in")
        if at == 5:  # everything is there but the passport
            for box in desk.locator('input[name="brought"]:not([value="passport"])').all():
                box.check()
            shot(desk, "desk-2-check-in-ticked")
        enter(desk)  # the first box has the focus
        press(desk, row, "complete")
        if at == 5:
            assert desk.is_checked('input[name="outcome"][value="proof_missing"]')
            assert desk.is_checked('input[name="missing"][value="passport"]')
            shot(desk, "desk-3-proof-missing")
        go(desk, '#step input[type="submit"]')
        assert desk.url.endswith(f"/admin/#a{row.pk}")
    shot(desk, "desk-4-at-eleven")

    morning = Appointment.objects.filter(pk__in=[row.pk for row in tuesday[:12]])
    assert morning.filter(status=Status.COMPLETED, outcome="served").count() == 10
    assert morning.get(outcome="proof_missing").missing == ["passport"]
    assert morning.filter(status=Status.NO_SHOW).count() == 1

    late = tuesday[3]  # comes after all
    press(desk, late, "check-in")
    enter(desk)
    late.refresh_from_db()
    assert late.status == Status.CHECKED_IN
    assert_invariants(tuesday[11].slot.ends_at, without=MADE_BY_HAND)


def test_scanner_and_enter_alone_check_people_in(
    desk: Page, tuesday: list[Appointment], clock: time_machine.Traveller
) -> None:
    for row in tuesday[:2]:
        desk.keyboard.type(f"https://example.org/?r={row.reference}")
        enter(desk)  # finds one person
        enter(desk)  # the button of the next step has the focus
        assert row.applicant.full_name in desk.inner_text(".desk-name")
        desk.keyboard.press("Space")  # the residence permit is there
        enter(desk)
        row.refresh_from_db()
        assert row.status == Status.CHECKED_IN
        assert "residence_permit" not in row.missing
        assert row.missing


def test_counter_closed_at_half_past_eight_loses_nobody(
    desk: Page, tuesday: list[Appointment], clock: time_machine.Traveller
) -> None:
    go(desk, '.desk-nav a[href$="/closure/close/"]')
    desk.fill('input[name="reason_de"]', "Krankheit am Schalter")
    go(desk, '#step .submit-row input[type="submit"]')
    assert "24" in desk.inner_text(".desk-preview")
    assert desk.locator(".desk-people li").count() == 24
    assert desk.locator("#phone-list li").count() == 12  # from nine to eleven
    assert Appointment.objects.filter(status=Status.BOOKED).count() == 24  # a look changes nothing
    shot(desk, "desk-5-close-preview")
    go(desk, "#confirm")
    assert desk.locator("#phone-list li").count() == 12

    now = HALF_PAST_EIGHT + timedelta(minutes=1)
    clock.move_to(now)
    assert WaitingEntry.objects.active().filter(priority=0).count() == 24
    while actions.offer_slots(now=now):
        pass
    desk.reload()
    shot(desk, "desk-6-closed")
    fates = desk.eval_on_selector_all(
        "#displaced tbody tr", "rows => rows.map(r => r.dataset.fate)"
    )
    offers = Appointment.objects.filter(status=Status.OFFERED)
    go(desk, '#displaced a[href*="/waitingentry/"]')  # somebody says yes on the phone
    assert desk.locator('.desk-actions--page a[href$="/accept/"]').count() == 1
    assert len(fates) == 24
    assert set(fates) <= {"offered", "waiting"}
    assert fates.count("offered") == offers.count() > 0
    assert offers.values("person_key").distinct().count() == offers.count()  # nobody twice

    send_due(queue=Notification.Queue.ORDINARY, now=now)
    told = {row.applicant.email for row in tuesday}
    assert told <= {address for letter in mail.outbox for address in letter.to}
    for offer in list(offers):
        actions.accept(appointment=offer, now=now)
    settled = Appointment.objects.filter(status__in=SETTLED).count()
    waiting = WaitingEntry.objects.active().filter(priority=0).count()
    assert settled + waiting == 24  # 0 lost, 0 doubled
    assert_invariants(now)


def test_wrong_case_is_cancelled_with_a_letter_in_arabic(
    desk: Page, tuesday: list[Appointment], live_server: LiveServer
) -> None:
    row = tuesday[4]
    row.applicant.language = "ar"
    row.applicant.save()
    desk.fill("#desk-q", f"https://example.org/?r={row.reference}")  # as a scanner types it
    enter(desk)
    go(desk, '.desk-actions--page a[href$="/cancel/"]')
    desk.check('input[value="not_an_emergency"]')
    shot(desk, "desk-7-cancel")
    go(desk, '#step input[type="submit"]')

    row.refresh_from_db()
    assert (row.status, row.cancel_reason) == (Status.CANCELLED, "not_an_emergency")
    letter = Notification.objects.get(kind="booking.cancellation", subject=row.subject)
    assert letter.language == "ar"
    send_due(queue=Notification.Queue.ORDINARY, now=HALF_PAST_EIGHT)
    sent = next(message for message in mail.outbox if row.applicant.email in message.to)
    assert isinstance(sent, EmailMultiAlternatives)
    [(html, _kind)] = sent.alternatives
    assert 'lang="ar"' in str(html)
    assert 'dir="rtl"' in str(html)
    quarantined = Slot.objects.get(pk=row.slot_id)
    assert quarantined.bookable_from is not None
    assert quarantined.bookable_from >= HALF_PAST_EIGHT + timedelta(minutes=2)


def test_somebody_without_email_is_booked_by_phone(
    desk: Page, tuesday: object, clock: time_machine.Traveller
) -> None:
    go(desk, '.desk-nav a[href$="/by-phone/"]')
    desk.check('input[value="expired"]')
    go(desk, '.submit-row input[type="submit"]')
    desk.fill('input[name="title_valid_until"]', "20.11.2026")
    desk.fill('input[name="family_name"]', "الأحمد")
    desk.fill('input[name="birth_date"]', "00.00.1985")
    go(desk, '#step input[type="submit"]')
    assert "phone number" in desk.inner_text(".desk-error")  # and everything typed is still there
    assert desk.input_value('input[name="birth_date"]') == "00.00.1985"
    desk.fill('input[name="phone"]', "0391 5551234")
    shot(desk, "desk-8-by-phone")
    go(desk, '#step input[type="submit"]')

    booked = Appointment.objects.get(applicant__family_name="الأحمد", applicant__birth_date="1985")
    assert (booked.status, booked.category) == (Status.BOOKED, "expired")
    assert booked.slot.starts_at.date() == date(2026, 11, 26)
    assert booked.reference in desk.inner_text("#content")
    shot(desk, "desk-9-booked-by-phone")


def test_statistics_are_drawn(desk: Page, tuesday: list[Appointment]) -> None:
    go(desk, '.desk-nav a[href$="/statistics/"]')
    assert desk.locator("svg.chart").count() >= 3
    shot(desk, "desk-10-statistics")

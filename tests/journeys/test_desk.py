"""A caseworker's day in a real browser: a full Tuesday, a closed counter, a wrong case, a call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from booking import actions
from booking.models import Appointment, Slot, WaitingEntry
from booking.states import SETTLED, Status
from config.foundation.office import forget_memory
from config.foundation.outbox import Notification, send_due
from tests.factories import NAMES, TUESDAY_NINE, ApplicantFactory, AppointmentFactory, situation
from tests.invariants import assert_invariants
from tests.journeys.conftest import sign_in_caseworker

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
    page.set_viewport_size({"width": 1024, "height": 768})
    sign_in_caseworker(page, live_server.url)
    return page


def go(page: Page, selector: str) -> None:
    """Clicks what leads to another page and waits for it."""
    with page.expect_navigation():
        page.click(selector)


def test_counter_closed_at_half_past_eight_loses_nobody(
    desk: Page, tuesday: list[Appointment], clock: time_machine.Traveller
) -> None:
    go(desk, '.desk-tools a[href$="/closure/close/"]')
    assert not desk.is_visible("input[name=day]")  # only what the choice asks
    desk.check("[name=why][value=own]")
    desk.fill('input[name="reason_de"]', "Wasserschaden am Schalter")
    go(desk, '#step .submit-row input[type="submit"]')
    assert "24" in desk.inner_text(".desk-warning")
    assert desk.locator("#affected tbody tr").count() == 24
    assert desk.locator("#affected [data-phone]").count() == 12  # from nine to eleven
    assert Appointment.objects.filter(status=Status.BOOKED).count() == 24  # a look changes nothing
    shot(desk, "desk-5-close-preview")
    go(desk, "#confirm")
    assert desk.locator("#calls tbody tr").count() == 12

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
    assert desk.locator('.desk-card a[href$="/accept/"]').count() == 1
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
    desk.goto(f"{live_server.url}/admin/booking/appointment/{row.pk}/change/")
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
    go(desk, '.desk-tools a[href$="/by-phone/"]')
    assert not desk.is_visible('input[name="title_valid_until"]')
    desk.check('input[value="expired"]')
    assert not desk.is_visible('input[name="lost_what"]')
    desk.fill('input[name="title_valid_until"]', "2026-11-20")
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
    read_out = desk.inner_text('section[aria-labelledby="read-out"]')
    assert booked.reference in read_out
    assert "Residence title" in read_out
    shot(desk, "desk-9-booked-by-phone")


def test_statistics_are_drawn(desk: Page, tuesday: list[Appointment]) -> None:
    go(desk, '.desk-nav a[href$="/statistics/"]')
    assert desk.locator(".desk-figure .row-bar").count() >= 3
    shot(desk, "desk-10-statistics")

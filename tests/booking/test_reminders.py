"""The reminder on the day before, and giving the appointment back in two taps."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from booking import actions
from booking.actions.erasure import forget_applicant
from booking.models import Appointment, Slot, Token, WaitingEntry
from booking.models.applicants import subject_of_token
from booking.states import Status
from booking.windows import local_day, reminder_at
from config.foundation.office import Office
from config.foundation.outbox import Notification
from tests.booking.test_notifications import booked
from tests.delivery import deliver
from tests.factories import ApplicantFactory, StaffFactory, WaitingEntryFactory

BERLIN = ZoneInfo("Europe/Berlin")
FIVE = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # Monday, 17:00 in Magdeburg
MINUTE = timedelta(minutes=1)
WANTED = "Somebody else is waiting for this appointment."

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def mine(slots: list[Slot], now: datetime) -> Appointment:
    """Tuesday at nine, booked on Monday at eight; the confirmation has left."""
    appointment = booked(slots, now, language="en")
    deliver(now)
    return appointment


def reminders(at: datetime) -> list[EmailMessage]:
    return [letter for letter in deliver(at) if str(letter.subject).startswith("Reminder")]


# --- when ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "booked_at", "due"),
    [
        ("2026-11-24T09:00", "2026-11-20T12:00", "2026-11-23T17:00"),
        ("2026-11-24T09:00", "2026-11-23T09:00", "2026-11-23T17:00"),  # exactly a day ahead
        ("2026-11-24T09:00", "2026-11-23T09:01", None),
        ("2026-11-24T18:30", "2026-11-23T17:00", None),  # more than a day, and too late for it
        ("2026-10-25T09:00", "2026-10-20T09:00", "2026-10-24T17:00"),  # the night of 25 hours
        ("2026-03-29T09:00", "2026-03-25T09:00", "2026-03-28T17:00"),
        ("2026-12-01T00:05", "2026-11-25T09:00", "2026-11-30T17:00"),
    ],
)
def test_is_due_at_five_on_the_day_before(starts: str, booked_at: str, due: str | None) -> None:
    def utc(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)

    found = reminder_at(utc(starts), booked_at=utc(booked_at), zone=BERLIN)
    assert found == (utc(due) if due else None)


@given(
    starts_at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    hours=st.integers(0, 27 * 24),
)
def test_comes_after_the_booking_and_before_the_day(starts_at: datetime, hours: int) -> None:
    starts_at = starts_at.replace(tzinfo=UTC)
    booked_at = starts_at - timedelta(hours=hours)
    at = reminder_at(starts_at, booked_at=booked_at, zone=BERLIN)
    if at is None:
        assert hours <= 31  # 24, and from five in the afternoon to midnight
    else:
        assert booked_at < at < starts_at
        assert local_day(at, zone=BERLIN) == local_day(starts_at, zone=BERLIN) - timedelta(days=1)


# --- what leaves ---------------------------------------------------------------------------------


def test_leaves_at_five_and_not_before(mine: Appointment) -> None:
    assert deliver(FIVE - timedelta(seconds=1)) == []
    (letter,) = reminders(FIVE)
    assert letter.subject == "Reminder: appointment 24 November, 09:00"
    assert letter.to == [mine.applicant.email]
    place = Office.objects.get().visitor_address.splitlines()[0]
    for told in ("09:00", mine.reference, "Aufenthaltstitel", place):
        assert told in letter.body
    assert deliver(FIVE + MINUTE) == []


def test_says_nothing_of_the_matter(mine: Appointment) -> None:
    """T-L12"""
    (letter,) = reminders(FIVE)
    whole = f"{letter.message().as_string()}{letter.body}"
    for secret in ("expired", "job_loss", mine.applicant.birth_date):
        assert secret not in whole
    assert mine.applicant.family_name not in letter.subject


def test_booked_within_a_day_is_not_reminded(slots: list[Slot], now: datetime) -> None:
    later = now + timedelta(hours=1, minutes=1)
    booked(slots, later)
    assert not Notification.objects.filter(kind="booking.reminder").exists()


@pytest.mark.parametrize(
    ("entry", "is_wanted"),
    [
        ({}, True),
        ({"need_kind": "hard", "need_by": "2026-11-24"}, True),
        ({"need_kind": "hard", "need_by": "2026-11-23"}, False),  # this time would be too late
        ({"status": "left", "ended_at": FIVE}, False),
    ],
)
def test_says_that_somebody_waits_only_if_somebody_does(
    mine: Appointment, entry: dict[str, object], is_wanted: bool
) -> None:
    WaitingEntryFactory(**entry)
    (letter,) = reminders(FIVE)
    assert (WANTED in letter.body) is is_wanted


def test_own_place_on_the_list_is_nobody_else(mine: Appointment) -> None:
    WaitingEntryFactory(applicant=mine.applicant)
    (letter,) = reminders(FIVE)
    assert WANTED not in letter.body


# --- what does not -------------------------------------------------------------------------------


def cancelled(mine: Appointment, at: datetime) -> None:
    reason = Appointment.CancelReason.BY_APPLICANT
    actions.cancel(appointment=mine, reason=reason, now=at)


def cancelled_by_the_office(mine: Appointment, at: datetime) -> None:
    reason = Appointment.CancelReason.OFFICE
    actions.cancel(appointment=mine, reason=reason, now=at, by=StaffFactory())


def displaced(mine: Appointment, at: datetime) -> None:
    starts_at, ends_at = mine.slot.starts_at, mine.slot.ends_at
    actions.close(
        counter=None, starts_at=starts_at, ends_at=ends_at, reason={}, now=at, by=StaffFactory()
    )
    mine.refresh_from_db()
    assert mine.status == Status.DISPLACED


def forgotten(mine: Appointment, at: datetime) -> None:
    cancelled(mine, at)
    forget_applicant(mine.applicant, now=at)
    mine.applicant.refresh_from_db()
    assert mine.applicant.forgotten_at == at


@pytest.mark.parametrize("end", [cancelled, cancelled_by_the_office, displaced, forgotten])
def test_ended_visit_is_not_reminded(
    mine: Appointment, now: datetime, end: Callable[[Appointment, datetime], None]
) -> None:
    """I19"""
    end(mine, now + MINUTE)
    minted = Token.objects.count()
    assert reminders(FIVE) == []
    row = Notification.objects.get(kind="booking.reminder")
    assert (row.sent_at, row.withdrawn_at) == (None, FIVE)
    assert Token.objects.count() <= minted + 1  # the way to the waiting list, never to this time


def test_moved_visit_is_reminded_of_its_new_time_alone(
    mine: Appointment, slots: list[Slot], now: datetime
) -> None:
    """I19"""
    actions.rebook(appointment=mine, slot_id=slots[1].pk, revision=0, now=now + MINUTE)
    (letter,) = reminders(FIVE)
    assert letter.subject == "Reminder: appointment 24 November, 09:10"
    states = Notification.objects.filter(kind="booking.reminder").order_by("revision")
    assert [row.withdrawn_at for row in states] == [FIVE, None]


def test_restored_visit_is_reminded_once(mine: Appointment, now: datetime) -> None:
    cancelled_by_the_office(mine, now + MINUTE)
    actions.undo_last_step(appointment=mine, now=now + 2 * MINUTE, by=StaffFactory())
    assert len(reminders(FIVE)) == 1


def test_does_not_leave_once_the_time_has_come(mine: Appointment) -> None:
    assert reminders(mine.slot.starts_at) == []
    assert Notification.objects.get(kind="booking.reminder").failure == "too late"


def test_reminder_of_a_moved_visit_voids_no_link(
    mine: Appointment, slots: list[Slot], now: datetime
) -> None:
    at = now
    for slot in slots[1:]:
        at += MINUTE
        actions.rebook(appointment=mine, slot_id=slot.pk, revision=mine.revision, now=at)
    (confirmation,) = deliver(at)
    secret = re.search(r"/manage/([\w-]+)/", str(confirmation.body))
    assert secret
    reminders(FIVE)
    found = subject_of_token(secret[1], purpose=Token.Purpose.MANAGE, now=FIVE)
    assert found == mine.subject


# --- two taps ------------------------------------------------------------------------------------


def give_back_link(letter: EmailMessage) -> str:
    found = re.search(r"http://testserver(/\w+/manage/[\w-]+/give-back/)", str(letter.body))
    assert found
    return found[1]


def test_is_given_back_in_two_taps(mine: Appointment, client: Client) -> None:
    (letter,) = reminders(FIVE)
    with time_machine.travel(FIVE, tick=False):
        shown = client.get(give_back_link(letter), follow=True)  # the first tap
        assert shown.redirect_chain == [("/en/manage/give-back/", 303)]
        page = shown.content.decode()
        assert mine.reference in page
        mine.refresh_from_db()
        assert mine.status == Status.BOOKED  # a scanner that follows every link changes nothing
        form = re.search(r'<form id="cancel".*?</form>', page, re.DOTALL)
        assert form
        assert 'action="/en/manage/cancel/"' in form[0]
        hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0])
        done = client.post("/en/manage/cancel/", dict(hidden))  # and the second
    assert (done.status_code, done["Location"]) == (303, "/en/manage/")
    mine.refresh_from_db()
    assert (mine.status, mine.cancel_reason) == (Status.CANCELLED, "by_applicant")


def test_page_needs_the_link(client: Client, mine: Appointment) -> None:
    assert client.get("/en/manage/give-back/")["Location"] == "/en/manage/?visit=over"
    assert client.get(f"/en/manage/{'x' * 43}/give-back/").status_code == 404
    assert client.post("/en/manage/give-back/").status_code == 405


def test_link_of_a_cancelled_visit_is_over(mine: Appointment, client: Client) -> None:
    (letter,) = reminders(FIVE)
    cancelled(mine, FIVE + MINUTE)
    with time_machine.travel(FIVE + MINUTE, tick=False):
        assert client.get(give_back_link(letter)).status_code == 410


def test_page_of_a_cancelled_visit_leads_to_what_is_so(mine: Appointment, client: Client) -> None:
    (letter,) = reminders(FIVE)
    with time_machine.travel(FIVE, tick=False):
        client.get(give_back_link(letter))
        cancelled(mine, FIVE)
        assert client.get("/en/manage/give-back/")["Location"] == "/en/manage/"


def test_old_page_gives_no_other_time_back(
    mine: Appointment, client: Client, slots: list[Slot]
) -> None:
    (letter,) = reminders(FIVE)
    with time_machine.travel(FIVE, tick=False):
        client.get(give_back_link(letter))
        form = {"subject": mine.subject, "version": str(mine.version)}
        actions.rebook(appointment=mine, slot_id=slots[1].pk, revision=0, now=FIVE)
        assert client.post("/en/manage/cancel/", form).status_code == 409
    mine.refresh_from_db()
    assert mine.status == Status.BOOKED


def test_waiting_person_is_offered_what_was_given_back(
    mine: Appointment, slots: list[Slot]
) -> None:
    Slot.objects.exclude(pk=mine.slot_id).delete()
    entry = WaitingEntryFactory(applicant=ApplicantFactory())
    cancelled(mine, FIVE)
    assert actions.offer_slots(now=FIVE + MINUTE) == 1
    assert WaitingEntry.objects.get(offers__slot=mine.slot) == entry

"""Booking's letters as they leave."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command
from icalendar import Calendar

from booking import actions
from booking.models import Appointment, Slot, Token
from booking.models.applicants import subject_of_token
from booking.notifications.enqueue import enqueue_waiting
from booking.states import NeedByKind, Status
from config.foundation.actions import Refused
from config.foundation.office import Office
from config.foundation.outbox import Notification
from tests.delivery import deliver
from tests.factories import TUESDAY_NINE, ApplicantFactory, WaitingEntryFactory

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def catalogue(magdeburg: Office) -> None:
    call_command("load_catalogue", verbosity=0)


def found(pattern: str, letter: EmailMessage) -> str:
    """What the group of a pattern is in a letter."""
    match = re.search(pattern, str(letter.body))
    assert match
    return match[1]


def booked(slots: list[Slot], now: datetime, **person: object) -> Appointment:
    held = actions.hold(applicant=ApplicantFactory(**person), slot_id=slots[0].pk, now=now)
    return actions.book(appointment=held, now=now)


def test_code_letter_carries_a_code_that_fits(magdeburg: Office, now: datetime) -> None:
    applicant = ApplicantFactory(unverified=True, language="en")
    actions.request_code(applicant=applicant, now=now)
    (letter,) = deliver(now)
    code = found(r"(?m)^ {4}(\d{6})$", letter)

    applicant.refresh_from_db()
    assert code not in str(applicant.codes)
    assert actions.verify_code(applicant=applicant, code=code, now=now).verified_at == now


def test_code_letter_link_works_once_and_for_its_purpose_only(
    magdeburg: Office, now: datetime
) -> None:
    """T-L1, T-L6"""
    applicant = ApplicantFactory(unverified=True)
    actions.request_code(applicant=applicant, now=now)
    (letter,) = deliver(now)
    secret = found(r"/verify/([\w-]+)/", letter)

    assert len(secret) >= 43
    for purpose in set(Token.Purpose) - {Token.Purpose.VERIFY}:
        assert subject_of_token(secret, purpose=purpose, now=now) is None
    assert not Token.objects.filter(hash=secret).exists()
    assert actions.verify_link(secret=secret, now=now).pk == applicant.pk
    with pytest.raises(Refused):
        actions.verify_link(secret=secret, now=now)


def test_code_letter_is_withdrawn_once_the_address_is_verified(
    magdeburg: Office, now: datetime
) -> None:
    applicant = ApplicantFactory(unverified=True)
    actions.request_code(applicant=applicant, now=now)
    applicant.verified_at, applicant.proved_address_key = now, applicant.address_key
    applicant.save()
    assert deliver(now) == []
    assert Notification.objects.get().withdrawn_at == now


def test_confirmation_is_in_german_and_the_own_language(slots: list[Slot], now: datetime) -> None:
    appointment = booked(slots, now, language="en")
    (letter,) = deliver(now)

    assert "Your appointment is booked." in letter.body
    assert letter.subject == "Your appointment on 24 November, 09:00"
    assert "Aufenthaltstitel" in letter.body
    assert letter.to == [appointment.applicant.email]
    assert letter.body.count(appointment.reference) == 2
    assert "09:00" in letter.body
    html = letter.alternatives[0].content
    assert 'lang="de"' in html
    assert 'lang="en"' in html


def test_confirmation_says_nothing_of_the_matter(slots: list[Slot], now: datetime) -> None:
    """T-L12"""
    appointment = booked(slots, now)
    (letter,) = deliver(now)
    html = letter.alternatives[0].content
    whole = letter.message().as_string() + letter.body + str(html)
    for secret in ("expired", "job_loss", appointment.applicant.birth_date):
        assert secret not in whole
    assert appointment.applicant.family_name not in letter.subject


def test_confirmation_carries_a_calendar_file(slots: list[Slot], now: datetime) -> None:
    """T-L11"""
    appointment = booked(slots, now)
    (letter,) = deliver(now)
    (file,) = [part for part in letter.attachments if part[0] == "termin.ics"]
    content = file[1] if isinstance(file[1], bytes) else file[1].encode()
    event = Calendar.from_ical(content).walk("VEVENT")[0]

    assert event.decoded("dtstart") == TUESDAY_NINE
    assert event["sequence"] == 0
    assert str(event["uid"]).startswith(appointment.reference)
    assert max(len(line) for line in content.split(b"\r\n")) <= 75


def test_rebooking_raises_the_sequence_and_withdraws_the_older_letter(
    slots: list[Slot], now: datetime
) -> None:
    """T-L11, I19"""
    appointment = booked(slots, now)
    actions.rebook(appointment=appointment, slot_id=slots[1].pk, revision=0, now=now)
    (letter,) = deliver(now)
    assert "09:10" in letter.body
    assert (
        b"SEQUENCE:2" in bytes(letter.attachments[0][1], "utf-8")
        if isinstance(letter.attachments[0][1], str)
        else b"SEQUENCE:2" in letter.attachments[0][1]
    )
    assert Notification.objects.filter(withdrawn_at__isnull=False).count() == 1


def test_cancellation_cancels_the_calendar_entry(slots: list[Slot], now: datetime) -> None:
    appointment = booked(slots, now)
    deliver(now)
    actions.cancel(appointment=appointment, reason=Appointment.CancelReason.BY_APPLICANT, now=now)
    (letter,) = deliver(now)
    file = letter.attachments[0][1]
    content = file if isinstance(file, bytes) else file.encode()
    assert b"METHOD:CANCEL" in content
    assert b"SEQUENCE:1" in content


def test_cancelled_appointment_sends_no_confirmation(slots: list[Slot], now: datetime) -> None:
    """I19"""
    appointment = booked(slots, now, language="en")
    actions.cancel(appointment=appointment, reason=Appointment.CancelReason.BY_APPLICANT, now=now)
    (letter,) = deliver(now)
    assert letter.subject == "Cancelled: appointment 24 November, 09:00"
    kinds = Notification.objects.filter(sent_at__isnull=False).values_list("kind", flat=True)
    assert list(kinds) == ["booking.cancellation"]


def test_confirmation_is_promised_once(slots: list[Slot], now: datetime) -> None:
    """T-L9, I16"""
    appointment = booked(slots, now)
    for _again in range(3):
        actions.book(appointment=appointment, now=now)
    assert len(deliver(now)) == 1
    assert deliver(now + timedelta(minutes=10)) == []


def test_offer_clock_starts_when_the_letter_leaves(slots: list[Slot], now: datetime) -> None:
    entry = WaitingEntryFactory()
    assert actions.offer_slots(now=now) == 1
    offered = Appointment.objects.get(entry=entry)
    last = offered.slot.starts_at - timedelta(minutes=60)
    assert (offered.held_until, offered.free_from) == (None, last)

    later = now + timedelta(hours=1)
    (letter,) = deliver(later)

    offered.refresh_from_db()
    assert offered.status == Status.OFFERED
    assert offered.held_until == later + timedelta(hours=2)  # one day ahead
    secret = found(r"/waiting/([\w-]+)/", letter)
    assert subject_of_token(secret, purpose=Token.Purpose.OFFER, now=later) == offered.subject


def test_offer_says_what_it_will_cost_as_the_confirmation_does(
    slots: list[Slot], now: datetime
) -> None:
    WaitingEntryFactory(applicant__language="en")
    actions.offer_slots(now=now)
    (letter,) = deliver(now)
    assert re.search(r"(?m)^Expected fee: .*€[1-9]", letter.body)
    assert re.search(r"(?m)^Voraussichtliche Gebühr: .*[1-9].*€", letter.body)


@pytest.mark.usefixtures("catalogue")
def test_button_stands_before_the_lists(slots: list[Slot], now: datetime) -> None:
    booked(slots, now, language="en")
    (letter,) = deliver(now)
    html = str(letter.alternatives[0][0])
    for body, button in ((letter.body, "Show appointment:"), (html, ">Show appointment</a>")):
        assert body.index("Expected fee") < body.index(button) < body.index("Please bring:")


def test_letter_of_a_place_says_how_long_it_lasts(magdeburg: Office, now: datetime) -> None:
    entry = WaitingEntryFactory(applicant__language="en")
    enqueue_waiting(entry, "joined", now=now)
    (letter,) = deliver(now)
    assert "or leave the list, for up to 90\u00a0days." in letter.body


def test_letter_of_an_ended_place_names_the_day(magdeburg: Office, now: datetime) -> None:
    day = date(2026, 11, 20)
    WaitingEntryFactory(applicant__language="en", need_kind=NeedByKind.HARD, need_by=day)
    assert actions.end_overdue(now=now) == 1
    (letter,) = deliver(now)
    assert "ended on Friday, 20 November 2026." in letter.body
    assert "ist am Freitag, 20.\u00a0November 2026, abgelaufen." in letter.body

"""Offers whose letter does not arrive pass on, and whoever was not told keeps the place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header

import pytest
import time_machine
from django.core.management import call_command
from pytest_django import Settings

from booking import actions, tasks
from booking.actions.email_links import LETTERS_PER_HOUR
from booking.actions.prepare_notifications import prepare_offer
from booking.actions.refusals import (
    AlreadyBooked,
    LetterJustSent,
    OfferGone,
    TransitionNotAllowed,
)
from booking.actions.undelivered_offers import end_undelivered_offer
from booking.models import Appointment, Slot, Token, WaitingEntry
from booking.notifications import rendering
from booking.states import Status
from config.foundation.outbox import Notification, send_due
from tests.booking.waiting import offered_to
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    SlotFactory,
    WaitingEntryFactory,
)
from tests.mailserver import Script, mailserver

ORDINARY = Notification.Queue.ORDINARY


@pytest.fixture
def server(settings: Settings) -> Iterator[Script]:
    with mailserver(settings) as script:
        yield script


@pytest.fixture
def slot(slots: list[Slot]) -> Slot:
    """The only free time, three days ahead."""
    call_command("load_catalogue", verbosity=0)
    Slot.objects.all().delete()
    return SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=2))


@pytest.fixture
def two(slot: Slot) -> tuple[WaitingEntry, WaitingEntry]:
    """Two people who wait, in this order."""
    return (
        WaitingEntryFactory(joined_at=MONDAY - timedelta(hours=2)),
        WaitingEntryFactory(joined_at=MONDAY - timedelta(hours=1)),
    )


def address(entry: WaitingEntry) -> str:
    return str(entry.applicant.email)


def test_refused_letter_passes_the_offer_on_at_once(
    slot: Slot, two: tuple[WaitingEntry, WaitingEntry], server: Script, now: datetime
) -> None:
    first, second = two
    server.at_recipient[address(first)] = "550 unknown"
    actions.offer_slots(now=now)
    assert offered_to(slot) == first
    send_due(queue=ORDINARY, now=now)
    actions.offer_slots(now=now)
    assert offered_to(slot) == second
    send_due(queue=ORDINARY, now=now)
    assert [message["To"] for message in server.taken] == [address(second)]
    first.refresh_from_db()
    assert (first.status, first.lapses) == ("waiting", 0)
    assert first.ordered_at == first.joined_at
    passed = Appointment.objects.get(entry=first)
    assert passed.status == Status.EXPIRED
    event = passed.events.latest("pk")
    assert (event.action, event.detail) == ("undelivered", "refused 550")
    assert actions.undelivered(now=now) == [passed]


def test_letter_that_does_not_leave_passes_the_offer_on_after_a_quarter_of_an_hour(
    slot: Slot, two: tuple[WaitingEntry, WaitingEntry], server: Script, now: datetime
) -> None:
    first, second = two
    server.at_recipient[address(first)] = "452 mailbox full"
    actions.offer_slots(now=now)
    send_due(queue=ORDINARY, now=now)
    before = now + timedelta(minutes=15) - timedelta(seconds=1)
    assert actions.end_unsent_offers(now=before) == 0
    assert offered_to(slot) == first
    at = now + timedelta(minutes=15)
    assert actions.end_unsent_offers(now=at) == 1
    actions.offer_slots(now=at)
    assert offered_to(slot) == second
    first.refresh_from_db()
    assert (first.status, first.lapses) == ("waiting", 0)
    # and the late letter stays here
    server.at_recipient.clear()
    send_due(queue=ORDINARY, now=at + timedelta(minutes=5))
    assert [message["To"] for message in server.taken] == [address(second)]


def test_nights_do_not_count(
    slot: Slot, two: tuple[WaitingEntry, WaitingEntry], server: Script
) -> None:
    night = datetime(2026, 11, 23, 19, 55, tzinfo=UTC)  # five to nine in Magdeburg
    server.at_recipient[address(two[0])] = "451 later"
    actions.offer_slots(now=night)
    morning = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)  # ten past seven
    assert actions.end_unsent_offers(now=morning - timedelta(seconds=1)) == 0
    assert actions.end_unsent_offers(now=morning) == 1


def test_told_offer_stays(
    slot: Slot, two: tuple[WaitingEntry, WaitingEntry], server: Script, now: datetime
) -> None:
    actions.offer_slots(now=now)
    send_due(queue=ORDINARY, now=now)
    assert actions.end_unsent_offers(now=now + timedelta(hours=1)) == 0
    assert offered_to(slot) == two[0]


def test_clock_that_did_not_start_is_started(
    slot: Slot, two: tuple[WaitingEntry, WaitingEntry], now: datetime
) -> None:
    actions.offer_slots(now=now)
    Notification.objects.filter(kind="booking.offer").update(sent_at=now)
    assert actions.end_unsent_offers(now=now + timedelta(minutes=20)) == 0
    assert Appointment.objects.get().held_until == now + timedelta(hours=4)


def test_offer_to_somebody_without_an_address_is_the_desks_to_tell(
    slot: Slot, now: datetime
) -> None:
    entry = WaitingEntryFactory(applicant=ApplicantFactory(email=""))
    actions.offer_slots(now=now)
    send_due(queue=ORDINARY, now=now)
    assert actions.end_unsent_offers(now=now + timedelta(hours=4, seconds=-1)) == 0
    assert offered_to(slot) == entry
    assert actions.end_unsent_offers(now=now + timedelta(hours=4)) == 1


def test_offer_that_nobody_was_told_of_is_no_lapse_when_its_hour_comes(
    slot: Slot, two: tuple[WaitingEntry, WaitingEntry]
) -> None:
    late = slot.starts_at - timedelta(minutes=70)
    actions.offer_slots(now=late)
    over = late + timedelta(minutes=10)  # an hour before the start, and before 15 minutes are over
    assert actions.end_unsent_offers(now=over) == 0
    assert actions.expire_due_holds(now=over) == 1
    two[0].refresh_from_db()
    assert (two[0].status, two[0].lapses) == ("waiting", 0)
    passed = Appointment.objects.get(entry=two[0])
    assert passed.status == Status.EXPIRED
    assert passed.events.latest("pk").action == "undelivered"
    assert actions.undelivered(now=over) == [passed]


def test_offer_ends_once(slot: Slot, two: tuple[WaitingEntry, WaitingEntry], now: datetime) -> None:
    actions.offer_slots(now=now)
    offer = Appointment.objects.get()
    end_undelivered_offer(appointment=offer, why="not sent", now=now)
    with pytest.raises(TransitionNotAllowed):
        end_undelivered_offer(appointment=offer, why="not sent", now=now)
    assert offer.events.filter(action="undelivered").count() == 1


def test_letter_of_an_exchanged_offer_names_the_deadline_that_holds(
    slot: Slot, two: tuple[WaitingEntry, WaitingEntry], server: Script, now: datetime
) -> None:
    actions.offer_slots(now=now)
    offer = Appointment.objects.get()
    later = SlotFactory(starts_at=slot.starts_at + timedelta(minutes=10))
    actions.swap(appointment=offer, slot_id=later.pk, now=now)  # seen on the page
    assert offer.held_until == now + timedelta(hours=4)
    send_due(queue=ORDINARY, now=now + timedelta(minutes=10))
    (letter,) = server.taken
    # 12:00 in Magdeburg, not ten minutes later
    assert "12:00" in str(make_header(decode_header(letter["Subject"])))
    assert Token.objects.get(purpose=Token.Purpose.OFFER).expires_at == offer.held_until


def test_letter_of_an_offer_exchanged_while_it_is_written_names_the_deadline_that_holds(
    slot: Slot, two: tuple[WaitingEntry, WaitingEntry], now: datetime
) -> None:
    actions.offer_slots(now=now)
    offer = Appointment.objects.get()
    letter = Notification.objects.get(kind="booking.offer")
    later = SlotFactory(starts_at=slot.starts_at + timedelta(minutes=10))
    attempt = prepare_offer(letter, now + timedelta(minutes=10))
    actions.swap(appointment=offer, slot_id=later.pk, now=now)
    assert attempt is not None
    written = rendering.offer(letter, attempt)
    assert written is not None
    assert "12:00" in written.subject


def test_refused_letter_of_an_answered_offer_changes_nothing(
    slot: Slot, two: tuple[WaitingEntry, WaitingEntry], server: Script, now: datetime
) -> None:
    server.at_recipient[address(two[0])] = "550 unknown"
    actions.offer_slots(now=now)
    offer = Appointment.objects.get()
    actions.accept(appointment=offer, now=now)
    Notification.objects.filter(kind="booking.confirmation").delete()
    send_due(queue=ORDINARY, now=now)
    offer.refresh_from_db()
    assert offer.status == Status.BOOKED


def test_accepting_what_has_passed_on_says_so(
    slot: Slot, two: tuple[WaitingEntry, WaitingEntry], now: datetime
) -> None:
    actions.offer_slots(now=now)
    offer = Appointment.objects.get()
    actions.end_unsent_offers(now=now + timedelta(minutes=15))
    offer.refresh_from_db()
    with pytest.raises(OfferGone):
        actions.accept(appointment=offer, now=now + timedelta(minutes=16))


def test_beat_passes_on_and_offers_again(
    slot: Slot, two: tuple[WaitingEntry, WaitingEntry], clock: time_machine.Traveller
) -> None:
    tasks.offer_slots()
    clock.shift(timedelta(minutes=15))
    tasks.offer_slots()
    assert offered_to(slot) == two[1]


def test_thirty_presses_of_send_again_are_one_letter(slots: list[Slot], now: datetime) -> None:
    held = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    booked = actions.book(appointment=held, now=now)
    letters = Notification.objects.filter(kind="booking.link")
    actions.resend(appointment=booked, now=now)
    for second in range(1, 30):
        with pytest.raises(LetterJustSent):
            actions.resend(appointment=booked, now=now + timedelta(seconds=second))
    assert letters.count() == 1
    for minute in range(1, 60):
        try:
            actions.resend(appointment=booked, now=now + timedelta(minutes=minute))
        except LetterJustSent:
            assert minute >= LETTERS_PER_HOUR
    assert letters.count() == LETTERS_PER_HOUR
    actions.resend(appointment=booked, now=now + timedelta(minutes=60))
    assert letters.count() == LETTERS_PER_HOUR + 1


def test_booking_twice_thirty_times_is_one_letter(slots: list[Slot], now: datetime) -> None:
    person = {"family_name": "Diallo", "given_names": "", "birth_date": "1990-01-02"}
    person |= {"email": "a@example.org"}
    held = actions.hold(applicant=ApplicantFactory(**person), slot_id=slots[0].pk, now=now)
    actions.book(appointment=held, now=now)
    again = ApplicantFactory(**person)
    for second in range(30):
        at = now + timedelta(seconds=second)
        with pytest.raises(AlreadyBooked):
            actions.hold(applicant=again, slot_id=slots[1].pk, now=at)
    assert Notification.objects.filter(kind="booking.link").count() == 1

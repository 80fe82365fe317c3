"""The calendar files of the life of one appointment, and how a calendar ends up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.utils.translation import gettext, override
from ical.exceptions import CalendarParseError
from pytest_django import Settings

from booking import actions
from booking.models import Appointment, Slot
from booking.notifications.calendar import calendar_file
from config.foundation.office import Office
from tests.booking.calendars import Entry, read_by_all
from tests.booking.ics import Part, read
from tests.delivery import deliver
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    SlotFactory,
    StaffFactory,
    WaitingEntryFactory,
)

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def catalogue(magdeburg: Office) -> None:
    call_command("load_catalogue", verbosity=0)


def delivered(now: datetime) -> list[Part]:
    """The files of the letters that leave now, which every reader understands alike."""
    return [read(content) for content in files(now)]


def files(now: datetime) -> list[bytes]:
    """The files of the letters that leave now, as a mail program saves them."""
    found = []
    for letter in deliver(now):
        sent = message_from_bytes(letter.message().as_bytes(linesep="\r\n"))
        for part in sent.walk():
            if part.get_content_type() != "text/calendar":
                continue
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            entry = read_by_all(content)
            # RFC 6047, section 2.4: the method of the part is that of the object
            assert part.get_param("method") == entry.method
            assert part.get_content_charset() == "utf-8"
            found.append(content)
    return found


class Diary:
    """A calendar program as RFC 5546 wants it: by UID, and never an older SEQUENCE."""

    def __init__(self) -> None:
        self.entries: dict[str, tuple[int, str, datetime]] = {}

    def take(self, files: list[Part]) -> None:
        for file in files:
            (event,) = file.parts
            uid, sequence = event["UID"], int(event["SEQUENCE"])
            known = self.entries.get(uid)
            assert known is None or sequence > known[0], "would be ignored"
            self.entries[uid] = (sequence, file["METHOD"], event.instant("DTSTART"))

    @property
    def times(self) -> list[datetime]:
        return [at for _sequence, method, at in self.entries.values() if method == "PUBLISH"]


def booked(slot: Slot, now: datetime, **person: Any) -> Appointment:
    held = actions.hold(applicant=ApplicantFactory(**person), slot_id=slot.pk, now=now)
    return actions.book(appointment=held, now=now)


def close_first(slot: Slot, now: datetime) -> Any:
    return actions.close(
        counter=slot.counter,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        reason={"de": "Wasserschaden"},
        now=now,
        by=StaffFactory(),
    )


def test_life_of_one_appointment_is_one_entry(slots: list[Slot], now: datetime) -> None:
    """Booked, moved, displaced, offered, accepted, cancelled."""
    diary = Diary()
    appointment = booked(slots[0], now)
    diary.take(delivered(now))
    assert diary.times == [slots[0].starts_at]
    actions.rebook(appointment=appointment, slot_id=slots[1].pk, revision=0, now=now)
    diary.take(delivered(now))
    assert diary.times == [slots[1].starts_at]
    close_first(slots[1], now)
    diary.take(delivered(now))
    assert diary.times == []
    actions.offer_slots(now=now)
    assert delivered(now) == []  # an offer is no appointment
    offer = Appointment.objects.get(status="offered")
    accepted = actions.accept(appointment=offer, now=now)
    diary.take(delivered(now))
    assert diary.times == [offer.slot.starts_at]
    assert len(diary.entries) == 1
    assert accepted.reference != appointment.reference
    by_applicant = Appointment.CancelReason.BY_APPLICANT
    actions.cancel(appointment=accepted, reason=by_applicant, now=now)
    diary.take(delivered(now))
    assert diary.times == []
    assert len(diary.entries) == 1


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_every_reader_understands_every_file_of_a_life(
    slots: list[Slot], now: datetime, language: str
) -> None:
    """Booked, moved, displaced, offered (no file), accepted, cancelled."""
    entries: list[Entry] = []

    def happened() -> None:
        entries.extend(read_by_all(content) for content in files(now))

    appointment = booked(slots[0], now, language=language)
    happened()
    actions.rebook(appointment=appointment, slot_id=slots[1].pk, revision=0, now=now)
    happened()
    close_first(slots[1], now)
    happened()
    actions.offer_slots(now=now)
    happened()
    accepted = actions.accept(appointment=Appointment.objects.get(status="offered"), now=now)
    happened()
    by_applicant = Appointment.CancelReason.BY_APPLICANT
    actions.cancel(appointment=accepted, reason=by_applicant, now=now)
    happened()
    times = [slots[0], slots[1], slots[1], accepted.slot, accepted.slot]
    assert [(each.starts_at, each.ends_at) for each in entries] == [
        (slot.starts_at, slot.ends_at) for slot in times
    ]
    said = ["PUBLISH", "PUBLISH", "CANCEL", "PUBLISH", "CANCEL"]
    assert [each.method for each in entries] == said
    status = {"PUBLISH": "CONFIRMED", "CANCEL": "CANCELLED"}
    assert [each.status for each in entries] == [status[method] for method in said]
    reminder = {"PUBLISH": (timedelta(hours=-2),), "CANCEL": ()}
    assert [each.alarms for each in entries] == [reminder[method] for method in said]
    sequences = [each.sequence for each in entries]
    assert sequences == sorted(set(sequences))
    with override(language):
        summary = gettext("Appointment at the office")
    assert {each.summary for each in entries} == {summary}
    assert {each.uid.partition("@")[0] for each in entries} == {appointment.reference}
    assert {each.location for each in entries} == {
        ", ".join(Office.objects.get().visitor_address.splitlines())
    }


@pytest.mark.parametrize(
    ("line", "other"),
    [
        # a time without a zone, as readers put it where they are
        (b"DTSTART:20261124T080000Z", b"DTSTART:20261124T080000"),
        # a zone that nobody has described
        (b"DTSTART:20261124T080000Z", b"DTSTART;TZID=Office:20261124T090000"),
        (b"STATUS:CONFIRMED", b"STATUS:BOOKED"),
        (b"SEQUENCE:0", b"SEQUENCE:first"),
    ],
)
def test_readers_notice_what_calendars_would_not_agree_on(
    slots: list[Slot], now: datetime, line: bytes, other: bytes
) -> None:
    booked(slots[0], now)
    (content,) = files(now)
    assert line in content
    read_by_all(content)
    with pytest.raises((AssertionError, ValueError, CalendarParseError)):
        read_by_all(content.replace(line, other))


def test_new_time_that_was_chosen_by_oneself_keeps_the_entry(
    slots: list[Slot], now: datetime
) -> None:
    diary = Diary()
    person = {"family_name": "Diallo", "given_names": "", "birth_date": "1990-01-02"}
    booked(slots[0], now, **person)
    diary.take(delivered(now))
    close_first(slots[0], now)
    diary.take(delivered(now))
    Slot.objects.update(free_since=None)
    again = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=2))
    held = actions.hold(applicant=ApplicantFactory(**person), slot_id=again.pk, now=now)
    actions.book(appointment=held, now=now)
    diary.take(delivered(now))
    assert diary.times == [again.starts_at]
    assert len(diary.entries) == 1


def test_lifted_closure_gives_the_entry_back(slots: list[Slot], now: datetime) -> None:
    diary = Diary()
    booked(slots[0], now)
    diary.take(delivered(now))
    closure = close_first(slots[0], now)
    diary.take(delivered(now))
    actions.lift(closure=closure, now=now, by=StaffFactory())
    diary.take(delivered(now))
    assert diary.times == [slots[0].starts_at]


def test_lifted_closure_after_another_time_is_newer_than_that(
    slots: list[Slot], now: datetime
) -> None:
    diary = Diary()
    booked(slots[0], now)
    closure = close_first(slots[0], now)
    diary.take(delivered(now))
    actions.offer_slots(now=now)
    accepted = actions.accept(appointment=Appointment.objects.get(status="offered"), now=now)
    by_applicant = Appointment.CancelReason.BY_APPLICANT
    diary.take(delivered(now))
    actions.cancel(appointment=accepted, reason=by_applicant, now=now)
    diary.take(delivered(now))
    actions.lift(closure=closure, now=now, by=StaffFactory())
    diary.take(delivered(now))
    assert diary.times == [slots[0].starts_at]
    assert len(diary.entries) == 1


def test_cancellation_that_is_taken_back_is_an_entry_again(
    slots: list[Slot], now: datetime
) -> None:
    diary, staff = Diary(), StaffFactory()
    appointment = booked(slots[0], now)
    diary.take(delivered(now))
    actions.cancel(
        appointment=appointment, reason=Appointment.CancelReason.OFFICE, now=now, by=staff
    )
    diary.take(delivered(now))
    actions.undo_last_step(appointment=appointment, now=now, by=staff)
    diary.take(delivered(now))
    assert diary.times == [slots[0].starts_at]


def test_next_appointment_of_a_person_is_an_entry_of_its_own(
    slots: list[Slot], now: datetime
) -> None:
    diary = Diary()
    person = {"family_name": "Diallo", "given_names": "", "birth_date": "1990-01-02"}
    first = booked(slots[0], now, **person)
    diary.take(delivered(now))
    by_applicant = Appointment.CancelReason.BY_APPLICANT
    actions.cancel(appointment=first, reason=by_applicant, now=now)
    diary.take(delivered(now))
    booked(slots[1], now, **person)
    diary.take(delivered(now))
    assert len(diary.entries) == 2


@pytest.mark.parametrize("outcome", ["completed", "no_show"])
def test_file_of_a_visit_that_is_over_cancels_nothing(
    slots: list[Slot], now: datetime, outcome: str
) -> None:
    appointment = booked(slots[0], now)
    appointment.status = outcome
    file = read(calendar_file(appointment, office=Office.objects.get(), now=now))
    assert file["METHOD"] == "PUBLISH"


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        # nine o'clock in Magdeburg, in winter, in summer, and beside both changes of the clocks
        (date(2026, 1, 15), 8),
        (date(2026, 6, 15), 7),
        (date(2026, 3, 28), 8),
        (date(2026, 3, 30), 7),
        (date(2026, 10, 24), 7),
        (date(2026, 10, 26), 8),
    ],
)
def test_nine_is_nine_all_year(magdeburg: Office, now: datetime, day: date, utc: int) -> None:
    starts_at = datetime(day.year, day.month, day.day, 9, tzinfo=magdeburg.zone)
    slot = SlotFactory(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=10))
    slot.refresh_from_db()
    appointment = Appointment(slot=slot, status="booked", reference="ABCDEFGH")
    content = calendar_file(appointment, office=magdeburg, now=now)
    (event,) = read(content).parts
    assert event.instant("DTSTART") == datetime(day.year, day.month, day.day, utc, tzinfo=UTC)
    assert b"VTIMEZONE" not in content
    assert b"TZID" not in content


def test_organizer_is_an_address_whatever_name_stands_before_it(
    slots: list[Slot], settings: Settings, now: datetime
) -> None:
    settings.DEFAULT_FROM_EMAIL = '"Behörde, Magdeburg" <termin@example.de>'
    booked(slots[0], now)
    (file,) = delivered(now)
    (event,) = file.parts
    assert event["ORGANIZER"] == "mailto:termin@example.de"
    (letter,) = mail.outbox
    assert letter.extra_headers["Message-ID"].endswith("@example.de>")


def test_waiting_person_who_lost_nothing_gets_an_own_entry(
    slots: list[Slot], now: datetime
) -> None:
    WaitingEntryFactory(joined_at=MONDAY)
    actions.offer_slots(now=now)
    accepted = actions.accept(appointment=Appointment.objects.get(), now=now)
    (file,) = delivered(now)
    assert file.parts[0]["UID"].startswith(accepted.reference)
    assert file.parts[0]["SEQUENCE"] == "0"

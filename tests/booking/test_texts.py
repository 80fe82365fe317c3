"""Short messages: who gets one, when, and how many at most."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings as project
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from pytest_django import Settings

from booking import actions
from booking.actions.erasure import forget_applicant
from booking.models import Applicant, Appointment, Slot
from booking.text_rules import MOST_PER_APPOINTMENT, MOST_PER_NUMBER
from config.foundation.notification_kinds import Attempt, _render
from config.foundation.office import Office
from config.foundation.outbox import GATEWAY_FAILED, Notification, send_next
from tests.booking.phones import MOBILE, Text, phones
from tests.booking.test_notifications import booked
from tests.booking.test_reminders import cancelled, cancelled_by_the_office, displaced
from tests.delivery import deliver
from tests.factories import MONDAY, ApplicantFactory, AppointmentFactory, SlotFactory, StaffFactory

FIVE = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # Monday, 17:00 in Magdeburg
MINUTE = timedelta(minutes=1)
SHORT = Notification.Queue.SHORT
CODES = [code for code, _name in project.LANGUAGES]
TEXTED = {"text_me": True, "phone": MOBILE, "phone_proved_at": MONDAY}
KINDS = ("booking.text_reminder", "booking.text_called_off")

__all__ = ["phones"]
pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def mine(slots: list[Slot], now: datetime, phones: list[Text]) -> Appointment:
    """Tuesday at nine, booked on Monday at eight by somebody who wants short messages."""
    appointment = booked(slots, now, language="en", **TEXTED)
    deliver(now)
    return appointment


def texts(phones: list[Text], at: datetime) -> list[str]:
    """What the phone shows of all that left up to `at`."""
    deliver(at)
    return [each.text for each in phones]


def promised() -> list[str]:
    rows = Notification.objects.filter(kind__startswith="booking.text_").order_by("pk")
    return [row.kind for row in rows]


# --- what leaves ---------------------------------------------------------------------------------


def test_reminder_leaves_at_five_beside_the_letter(mine: Appointment, phones: list[Text]) -> None:
    assert texts(phones, FIVE - timedelta(seconds=1)) == []
    assert texts(phones, FIVE) == [
        "Reminder: your appointment is on 24 November, 09:00. "
        f"Reference: {mine.reference}. If you can't come, please cancel it."
    ]
    assert phones[0].number == MOBILE
    assert len(texts(phones, FIVE + MINUTE)) == 1


def test_office_stands_in_front_while_there_is_room(
    mine: Appointment, phones: list[Text], magdeburg: Office
) -> None:
    Office.objects.update(sender_name="Landeshauptstadt Magdeburg")
    assert texts(phones, FIVE)[0].startswith("Landeshauptstadt Magdeburg: Reminder:")


@pytest.mark.parametrize("end", [cancelled_by_the_office, displaced])
@pytest.mark.parametrize(("phone", "way"), [("115", " or call the office"), ("", "")])
def test_office_tells_at_once_that_a_visit_is_off(
    mine: Appointment,
    phones: list[Text],
    end: Callable[[Appointment, datetime], None],
    phone: str,
    way: str,
) -> None:
    Office.objects.update(phone=phone)
    end(mine, MONDAY + MINUTE)
    assert texts(phones, MONDAY + MINUTE) == [
        "Your appointment on 24 November, 09:00 will not take place. "
        f"Reference: {mine.reference}. Please read our e-mail{way}."
    ]
    assert len(texts(phones, FIVE)) == 1  # and no reminder


def test_own_cancellation_sends_none(mine: Appointment, phones: list[Text]) -> None:
    cancelled(mine, MONDAY + MINUTE)
    assert texts(phones, FIVE) == []
    assert promised() == ["booking.text_reminder"]


def test_cancellation_that_was_taken_back_sends_none(mine: Appointment, phones: list[Text]) -> None:
    cancelled_by_the_office(mine, MONDAY + MINUTE)
    actions.undo_last_step(appointment=mine, now=MONDAY + 2 * MINUTE, by=StaffFactory())
    assert texts(phones, MONDAY + 2 * MINUTE) == []
    assert [text.split(":")[0] for text in texts(phones, FIVE)] == ["Reminder"]


def test_second_cancellation_withdraws_the_first(mine: Appointment, phones: list[Text]) -> None:
    cancelled_by_the_office(mine, MONDAY + MINUTE)
    actions.undo_last_step(appointment=mine, now=MONDAY + 2 * MINUTE, by=StaffFactory())
    cancelled_by_the_office(mine, MONDAY + 3 * MINUTE)
    assert len(texts(phones, MONDAY + 3 * MINUTE)) == 1


def test_moved_visit_is_reminded_of_its_new_time_alone(
    mine: Appointment, slots: list[Slot], phones: list[Text]
) -> None:
    """I19"""
    actions.rebook(appointment=mine, slot_id=slots[1].pk, revision=0, now=MONDAY + MINUTE)
    (text,) = texts(phones, FIVE)
    assert "09:10" in text


def test_none_leaves_once_the_time_has_come(mine: Appointment, phones: list[Text]) -> None:
    assert texts(phones, mine.slot.starts_at) == []
    assert Notification.objects.get(kind="booking.text_reminder").failure == "too late"
    cancelled_by_the_office(mine, mine.slot.starts_at)
    assert promised() == ["booking.text_reminder"]


def test_forgotten_person_gets_none(mine: Appointment, phones: list[Text]) -> None:
    cancelled_by_the_office(mine, MONDAY + MINUTE)
    forget_applicant(mine.applicant, now=MONDAY + MINUTE)
    assert texts(phones, MONDAY + MINUTE) == []


@pytest.mark.parametrize("is_off", [False, True])
@pytest.mark.parametrize(
    "changes",
    [{"text_me": False}, {"phone": ""}, {"phone_proved_at": None}],
    ids=["no tick", "no number", "no proof"],
)
def test_number_alone_is_no_wish_and_a_wish_no_proof(
    mine: Appointment, phones: list[Text], changes: dict[str, object], is_off: bool
) -> None:
    if is_off:
        cancelled_by_the_office(mine, MONDAY + MINUTE)
    Applicant.objects.update(**changes)
    assert texts(phones, FIVE) == []
    assert Notification.objects.filter(kind__in=KINDS, withdrawn_at=FIVE).count() == 1 + is_off


def test_nothing_is_promised_without_a_gateway(
    slots: list[Slot], phones: list[Text], settings: Settings
) -> None:
    settings.SMS_URL = ""
    appointment = booked(slots, MONDAY, **TEXTED)
    cancelled_by_the_office(appointment, MONDAY + MINUTE)
    assert promised() == []


def test_nothing_leaves_once_the_gateway_is_gone(
    mine: Appointment, phones: list[Text], settings: Settings
) -> None:
    settings.SMS_URL = ""
    assert texts(phones, FIVE) == []
    assert Notification.objects.get(kind="booking.text_reminder").withdrawn_at == FIVE


@pytest.mark.usefixtures("office_remembered")
def test_booking_asks_the_database_no_more_than_without(
    slots: list[Slot], phones: list[Text]
) -> None:
    def asked(slot: Slot, **person: object) -> list[str]:
        held = actions.hold(applicant=ApplicantFactory(**person), slot_id=slot.pk, now=MONDAY)
        held = Appointment.objects.select_related("applicant", "slot").get(pk=held.pk)
        with CaptureQueriesContext(connection) as queries:
            actions.book(appointment=held, now=MONDAY)
        return [query["sql"].split(maxsplit=1)[0] for query in queries]

    plain = asked(slots[0])
    assert asked(slots[1], **TEXTED) == plain
    assert promised() == ["booking.text_reminder"]


# --- how many ------------------------------------------------------------------------------------


def _more_reminders(appointment: Appointment, number: int) -> None:
    row = Notification.objects.get(kind="booking.text_reminder", subject=appointment.subject)
    for sequence in range(1, number + 1):
        row.pk, row.sequence, row.message_id = None, sequence, f"<{sequence}-{row.subject}@x>"
        row.save()


def test_two_leave_about_one_appointment(mine: Appointment, phones: list[Text]) -> None:
    _more_reminders(mine, 3)
    assert len(texts(phones, FIVE)) == MOST_PER_APPOINTMENT
    assert Notification.objects.filter(kind__in=KINDS, withdrawn_at=FIVE).count() == 2


def test_three_a_day_leave_to_one_number(
    mine: Appointment, phones: list[Text], slots: list[Slot]
) -> None:
    for number in range(4):
        slot = SlotFactory(starts_at=mine.slot.starts_at + timedelta(hours=1 + number))
        booked([slot], MONDAY, **TEXTED)
    assert len(texts(phones, FIVE)) == MOST_PER_NUMBER
    cancelled_by_the_office(mine, FIVE + timedelta(hours=9))  # UTC has another day by then
    assert len(texts(phones, FIVE + timedelta(hours=9))) == MOST_PER_NUMBER + 1


class Dead:
    """A gateway that nobody answers at."""

    def send(self, *, number: str, text: str, message_id: str) -> None:
        """Fails."""
        raise OSError


def test_message_that_is_tried_again_counts_once(
    mine: Appointment, phones: list[Text], settings: Settings
) -> None:
    working, settings.SMS_GATEWAY = settings.SMS_GATEWAY, f"{__name__}.Dead"
    at = FIVE
    for _try in range(5):
        assert send_next(queue=SHORT, now=at) == GATEWAY_FAILED
        at += timedelta(minutes=6)
    settings.SMS_GATEWAY = working
    assert len(texts(phones, at)) == 1
    mine.refresh_from_db()
    assert len(mine.texts.split()) == 1


# --- what it says --------------------------------------------------------------------------------

LONGEST_NAME = "Ö" * 60


def _every_text(language: str) -> Iterator[tuple[str, str]]:
    """(text, what must stand in it) of each kind on the first day of each month and the last."""
    Office.objects.update(phone="115")  # which makes one of them longer
    applicant = ApplicantFactory(language=language, **TEXTED)
    shown = {"applicant": applicant, "reference": "WWWW-WWWW"}
    row = AppointmentFactory(**shown, slot=SlotFactory())
    off = AppointmentFactory(**shown | {"reference": "MMMM-MMMM"}, cancelled=True, slot=row.slot)
    for month in range(1, 13):
        day = (date(2026, month, 28) + timedelta(days=3)).replace(day=1) - timedelta(days=1)
        begins = datetime(2026, month, day.day, 22, 50, tzinfo=UTC)
        Slot.objects.filter(pk=row.slot_id).update(starts_at=begins, ends_at=begins + MINUTE)
        for kind, about in ((KINDS[0], row), (KINDS[1], off)):
            notification = Notification(kind=kind, subject=about.subject, sequence=about.version)
            envelope = _render[kind](notification, Attempt(now=MONDAY))
            assert envelope is not None
            yield envelope.text, about.reference
    notification = Notification(kind="booking.text_code", subject=applicant.subject)
    envelope = _render["booking.text_code"](notification, Attempt(now=MONDAY, code="123456"))
    assert envelope is not None
    yield envelope.text, "123456"


# GSM 03.38 as the standard's table has it, row by row
_TABLE = (
    "@Δ 0¡P¿p£_!1AQaq$Φ\"2BRbr¥Γ#3CScsèΛ¤4DTdtéΩ%5EUeuùΠ&6FVfvìΨ'7GWgwòΣ(8HXhxÇΘ)9IYiy\n"
    "Ξ*:JZjzØ\x1b+;KÄkäøÆ,<LÖlö\ræ-=MÑmñÅß.>NÜnüåÉ/?O§oà"
)


def _segments(text: str) -> int:
    if all(letter in _TABLE for letter in text):
        return 1 if len(text) <= 160 else -(-len(text) // 153)
    units = len(text.encode("utf-16-be")) // 2
    return 1 if units <= 70 else -(-units // 67)


@pytest.mark.parametrize("name", ["", "Landeshauptstadt Magdeburg", LONGEST_NAME])
@pytest.mark.parametrize("language", CODES)
def test_two_segments_suffice_in_every_language(
    magdeburg: Office, language: str, name: str
) -> None:
    Office.objects.update(sender_name=name)
    for text, must in _every_text(language):
        assert _segments(text) <= 2, (len(text), text)
        assert must in text


@pytest.mark.parametrize("language", CODES)
def test_names_the_office_of_magdeburg_in_every_language(magdeburg: Office, language: str) -> None:
    Office.objects.update(sender_name="Landeshauptstadt Magdeburg")
    for text, _must in _every_text(language):
        assert text.startswith("Landeshauptstadt Magdeburg: "), text


@pytest.mark.parametrize("language", CODES)
def test_says_neither_name_nor_matter_and_has_no_link(magdeburg: Office, language: str) -> None:
    """T-L12"""
    for text, _must in _every_text(language):
        person = Applicant.objects.latest("pk")
        for secret in (person.family_name, person.given_names, person.email, "1950", "Aufenthalt"):
            assert secret not in text
        assert not re.search(r"https?:|www\.|/", text), text


def test_speaks_the_person_s_language(mine: Appointment, phones: list[Text]) -> None:
    Applicant.objects.update(language="de")
    with override("ar"):
        (text,) = texts(phones, FIVE)
    assert text.startswith("Erinnerung:")

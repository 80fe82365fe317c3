"""The page of one letter: what it says, how it fares, what can be done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from booking.models import Applicant, Appointment, Invitation, Token
from booking.states import Status
from config.foundation.audit import AccessRecord
from config.foundation.outbox import Notification, enqueue
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, signed_in, visit
from tests.factories import TUESDAY_NINE, AppointmentFactory, InvitedFactory, StaffFactory

__all__ = ["catalogue", "clock", "desk", "visit"]

AGAIN = "Send the letter again"


def letter_about(visit: Appointment, kind: str = "booking.reminder", **columns: object) -> str:
    """The page of a letter that is planned for tomorrow, unless told otherwise."""
    due = TUESDAY_NINE + timedelta(days=1)
    enqueue(kind=kind, subject=visit.subject, language="en", now=TUESDAY_NINE, due_at=due)
    Notification.objects.update(**columns)
    return f"/admin/foundation/notification/{Notification.objects.get().pk}/change/"


def test_letter_that_waits_is_read_as_it_would_leave(desk: Client, visit: Appointment) -> None:
    Applicant.objects.update(language="en")
    shown = desk.get(letter_about(visit)).content.decode()
    assert "This is a reminder of your appointment." in shown
    assert "wir erinnern Sie an Ihren Termin." in shown
    assert "/manage/•••/give-back/" in shown
    assert "Wed, 25.11.2026, 09:00" in shown
    assert "if what it is about still holds" in shown
    assert f"/{visit.pk}/change/" in shown
    assert AGAIN not in shown
    assert not Token.objects.exists(), "to look at a letter mints nothing"
    looks = AccessRecord.objects.values_list("kind", "subject")
    assert ("view", visit.subject) in looks


@pytest.mark.parametrize("kind", ["booking.code", "booking.offer", "a kind of an older release"])
def test_code_and_what_is_over_are_not_shown(desk: Client, visit: Appointment, kind: str) -> None:
    shown = desk.get(letter_about(visit, kind)).content.decode()
    assert "be shown before it leaves" in shown


def test_text_promises_no_choice_that_the_letter_will_not_have(desk: Client) -> None:
    person = InvitedFactory(language="en")
    row = AppointmentFactory(
        applicant=person,
        invitation=person.invitation,
        status=Status.CANCELLED,
        cancel_reason=Appointment.CancelReason.OFFICE,
    )
    page = letter_about(row, "booking.cancellation")
    assert "/invitation/•••/" in desk.get(page).content.decode()
    Invitation.objects.update(withdrawn_at=TUESDAY_NINE, withdrawn_by=StaffFactory())
    shown = desk.get(page).content.decode()
    assert "Cancelled appointment" in shown
    assert "•••/" not in shown


def test_whoever_sees_no_person_reads_no_text(desk: Client, visit: Appointment) -> None:
    shown = signed_in("ops").get(letter_about(visit)).content.decode()
    assert "Only who may see the person can read the text." in shown
    assert "This is a reminder" not in shown
    assert visit.applicant.desk_name not in shown


def test_text_of_what_was_sent_is_not_kept(desk: Client, visit: Appointment) -> None:
    shown = desk.get(letter_about(visit, sent_at=TUESDAY_NINE, attempts=1)).content.decode()
    assert "The text is not kept" in shown
    assert "not proof that it has arrived" in shown
    assert AGAIN not in shown


@pytest.mark.parametrize(
    "columns",
    [
        {"failed_at": TUESDAY_NINE, "failure": "550 5.1.1"},
        {"sent_at": TUESDAY_NINE, "bounced_at": TUESDAY_NINE, "bounce": "5.1.1"},
    ],
)
def test_lost_letter_leads_to_where_it_is_sent_again(
    desk: Client, visit: Appointment, columns: dict[str, object]
) -> None:
    page = letter_about(visit, "booking.confirmation", **columns)
    way = f'href="{APPOINTMENTS}{visit.pk}/resend/"'
    shown = desk.get(page).content.decode()
    assert way in shown
    assert "5.1.1" in shown
    assert way not in signed_in("ops").get(page).content.decode()
    Applicant.objects.update(email="", verified_at=None, waived_at=TUESDAY_NINE)
    assert way not in desk.get(page).content.decode(), "nothing is sent to no address"

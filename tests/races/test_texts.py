"""Short messages prepared by several senders at once: their caps hold."""

from __future__ import annotations

from datetime import datetime

import pytest
from pytest_django import Settings

from booking.models import Applicant, Appointment
from booking.text_rules import MOST_PER_APPOINTMENT, MOST_PER_NUMBER
from config.foundation.outbox import Notification, enqueue, send_next
from tests.booking.phones import MOBILE, Text, phones
from tests.races.stage import at_once, booked, open_times, verified_people

__all__ = ["phones"]
pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
SENDERS = 8
SHORT = Notification.Queue.SHORT


def _visits(count: int, *, now: datetime) -> list[str]:
    """The subjects of so many appointments of different people, all with one phone."""
    people = verified_people(count, now=now)
    Applicant.objects.filter(pk__in=people).update(text_me=True, phone=MOBILE, phone_proved_at=now)
    booked(people=people, slots=open_times(count, now=now), now=now)
    Notification.objects.all().delete()
    return [row.subject for row in Appointment.objects.order_by("pk")]


def _promise(subject: str, sequence: int, *, now: datetime) -> None:
    enqueue(
        kind="booking.text_reminder",
        subject=subject,
        sequence=sequence,
        language="de",
        queue=SHORT,
        now=now,
    )


def _send_all(*, now: datetime) -> list[str]:
    outcomes: list[str] = []

    def send() -> int:
        while outcome := send_next(queue=SHORT, now=now):
            outcomes.append(outcome)
        return 0

    at_once(*[send] * SENDERS)
    return sorted(outcomes)


def test_three_leave_to_one_number_however_many_senders(
    phones: list[Text], now: datetime, settings: Settings
) -> None:
    for subject in _visits(SENDERS, now=now):
        _promise(subject, 0, now=now)
    outcomes = _send_all(now=now)
    left = SENDERS - MOST_PER_NUMBER
    assert outcomes == ["sent"] * MOST_PER_NUMBER + ["withdrawn"] * left
    assert len(phones) == MOST_PER_NUMBER


def test_two_leave_about_one_appointment_however_many_senders(
    phones: list[Text], now: datetime
) -> None:
    (subject,) = _visits(1, now=now)
    for sequence in range(SENDERS):
        _promise(subject, sequence, now=now)
    outcomes = _send_all(now=now)
    left = SENDERS - MOST_PER_APPOINTMENT
    assert outcomes == ["sent"] * MOST_PER_APPOINTMENT + ["withdrawn"] * left
    assert len(phones) == MOST_PER_APPOINTMENT

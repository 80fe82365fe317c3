"""The letter that leads back to an appointment, as often as anybody can need it."""

from __future__ import annotations

from datetime import datetime, timedelta

from booking import notifications
from booking.models import Appointment
from config.foundation import limits

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LETTERS_PER_HOUR = 6


def enqueue_link(appointment: Appointment, *, now: datetime) -> bool:
    """Promises the letter, at most once a minute and six times an hour; says whether it did."""
    subject = appointment.subject
    if not limits.take("link-in-a-minute", subject, limit=1, per=MINUTE, now=now):
        return False
    if not limits.take("link-in-an-hour", subject, limit=LETTERS_PER_HOUR, per=HOUR, now=now):
        return False
    notifications.enqueue_link(appointment, now=now)
    return True

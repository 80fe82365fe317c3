"""What leaves the outbox, for the tests that read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core import mail
from django.db.models import QuerySet

from config.foundation.outbox import Notification, send_due, waiting

REMINDERS = ("booking.reminder", "booking.text_reminder")


def deliver(now: datetime) -> list[Any]:
    """Sends what is due at `now` from every queue; the e-mails that left."""
    mail.outbox = []
    for queue in Notification.Queue:
        send_due(queue=queue, now=now)
    return mail.outbox


def on_their_way() -> QuerySet[Notification]:
    """Letters that wait to leave; a reminder waits for its own day."""
    return waiting().exclude(kind__in=REMINDERS)


def promised_for_now() -> QuerySet[Notification]:
    """Every letter but the reminders, which may leave or not while a test runs."""
    return Notification.objects.exclude(kind__in=REMINDERS)

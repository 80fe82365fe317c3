"""What leaves the outbox, for the tests that read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core import mail

from config.foundation.outbox import Notification, send_due


def deliver(now: datetime) -> list[Any]:
    """Sends what is due at `now` from every queue; the e-mails that left."""
    mail.outbox = []
    for queue in Notification.Queue:
        send_due(queue=queue, now=now)
    return mail.outbox

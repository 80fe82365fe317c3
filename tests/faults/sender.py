"""python -m tests.faults.sender: sends what is due and dies, KILL=before|after the mail server."""

from __future__ import annotations

import os
import signal

import django

django.setup()

from django.core.mail.backends.smtp import EmailBackend  # noqa: E402
from django.utils import timezone  # noqa: E402

from config.foundation import outbox  # noqa: E402


def _die(*args: object, **kwargs: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if os.environ["KILL"] == "before":
    EmailBackend.send_messages = _die
else:
    outbox._end = _die

outbox.send_due(queue=outbox.Notification.Queue.ORDINARY, now=timezone.now())

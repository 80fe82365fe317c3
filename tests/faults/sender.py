"""python -m tests.faults.sender: sends what is due and dies, KILL=before|after the mail server."""

from __future__ import annotations

import os
import signal
from unittest import mock

import django

django.setup()

from django.core.mail.backends.smtp import EmailBackend  # noqa: E402
from django.utils import timezone  # noqa: E402

from config.foundation import outbox  # noqa: E402


def _die(*args: object, **kwargs: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if os.environ["KILL"] == "before":
    mock.patch.object(EmailBackend, "send_messages", _die).start()
else:
    mock.patch.object(outbox, "_end", _die).start()

outbox.send_due(queue=outbox.Notification.Queue.ORDINARY, now=timezone.now())

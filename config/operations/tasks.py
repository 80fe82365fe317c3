"""What beat sends for no app in particular."""

from __future__ import annotations

import time

from celery import shared_task
from django.utils import timezone

from config.foundation.outbox import Notification
from config.operations import bounce_mailbox, invariants, notification_senders
from config.operations.retention import forget_in_batches

# below the time that a task has, and short enough for a worker that does one thing at a time
FORGET_SECONDS = 20


@shared_task
def send_codes() -> None:
    """Sends the codes that are due; people sit and wait for them."""
    notification_senders.send_queue(Notification.Queue.CODE, now=timezone.now())


@shared_task
def send_letters() -> None:
    """Sends the letters that are due."""
    notification_senders.send_queue(Notification.Queue.ORDINARY, now=timezone.now())


@shared_task
def send_short_messages() -> None:
    """Sends the short messages that are due; their gateway may be slow."""
    notification_senders.send_queue(Notification.Queue.SHORT, now=timezone.now())


@shared_task
def read_bounces() -> None:
    """Reads which letters came back."""
    bounce_mailbox.read_mailbox(now=timezone.now())


@shared_task
def check_invariants() -> None:
    """Asks for rows that must never exist; health tells of them."""
    invariants.record_broken(now=timezone.now())


@shared_task
def forget() -> None:
    """Forgets what has outlived its class, as much as fits; the next message goes on."""
    until = time.monotonic() + FORGET_SECONDS
    for _name, count in forget_in_batches(now=timezone.now(), apply=True):
        if count and time.monotonic() > until:  # however long the list took, something is done
            return

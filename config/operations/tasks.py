"""What beat sends for no app in particular."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from config.foundation.outbox import Notification
from config.operations import notification_senders
from config.operations.retention import forget_due


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
def forget() -> None:
    """Forgets what has outlived its class."""
    forget_due(now=timezone.now(), apply=True)

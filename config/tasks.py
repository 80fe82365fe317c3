"""What beat rings for no app in particular."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from config.foundation.letters import Letter, send_due


@shared_task
def send_codes() -> None:
    """Sends the codes that are due; people sit and wait for them."""
    send_due(queue=Letter.Queue.CODE, now=timezone.now())


@shared_task
def send_letters() -> None:
    """Sends the letters that are due."""
    send_due(queue=Letter.Queue.ORDINARY, now=timezone.now())

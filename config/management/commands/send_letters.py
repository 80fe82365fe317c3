"""Sends the letters that are due: codes first."""

from __future__ import annotations

from collections import Counter

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.foundation.outbox import GATEWAY_FAILED, RELAY_FAILED, Notification, send_due


class Command(BaseCommand):
    """manage.py send_letters [--limit 200]"""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=200, help="at most so many of each queue")

    def handle(self, *, limit: int, **options: object) -> None:
        """Sends and counts; an error when our own relay can't be reached."""
        if limit < 1:
            raise CommandError("--limit takes a number from 1")
        tally: Counter[str] = Counter()
        for queue in Notification.Queue:
            tally += send_due(queue=queue, now=timezone.now(), limit=limit)
        words = ("sent", "withdrawn", "postponed", "failed")
        self.stdout.write(", ".join(f"{tally[word]} {word}" for word in words) + ".")
        if tally[RELAY_FAILED]:
            raise CommandError("the mail server can't be reached; the letters stay due")
        if tally[GATEWAY_FAILED]:
            raise CommandError("the gateway for short messages failed; the messages stay due")

"""Sends the letters that are due: codes first."""

from __future__ import annotations

from collections import Counter

from django.core.management import CommandError, CommandParser
from django.utils import timezone

from config.foundation.commands import OperatorCommand, add_json
from config.foundation.outbox import GATEWAY_FAILED, RELAY_FAILED, Notification, send_due


class Command(OperatorCommand):
    help = (
        "Sends the letters that are due, codes first. Exit code 1 when the mail server or the "
        "gateway can't be reached."
    )
    example = "--limit 200"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=200, help="at most so many of each queue")
        add_json(parser)

    def handle(self, *, limit: int, **options: object) -> None:
        """Sends and counts; an error when our own relay can't be reached."""
        if limit < 1:
            raise CommandError("--limit takes a number from 1")
        tally: Counter[str] = Counter()
        for queue in Notification.Queue:
            tally += send_due(queue=queue, now=timezone.now(), limit=limit)
        words = ("sent", "withdrawn", "postponed", "failed")
        said = ", ".join(f"{tally[word]} {word}" for word in words) + "."
        self.tell(said, {word: tally[word] for word in words}, as_json=bool(options["json"]))
        if tally[RELAY_FAILED]:
            raise CommandError("the mail server can't be reached; the letters stay due")
        if tally[GATEWAY_FAILED]:
            raise CommandError("the gateway for short messages failed; the messages stay due")

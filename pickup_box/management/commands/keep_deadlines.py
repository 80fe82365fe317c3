"""Expires what was not collected in time, reminds, and watches the doors; safe to run twice."""

from __future__ import annotations

from django.core.management import CommandError, CommandParser
from django.utils import timezone

from config.foundation.commands import OperatorCommand, add_json
from pickup_box.actions import doors, recalls


class Command(OperatorCommand):
    help = "Expires what was not collected in time, reminds, and watches the doors of the box."
    example = "--limit 200"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=200, help="at most so many of each")
        add_json(parser)

    def handle(self, *, limit: int, **options: object) -> None:
        """Does what is due and counts it. The messages leave with send_letters."""
        if limit < 1:
            raise CommandError("--limit takes a number from 1")
        now = timezone.now()
        expired = recalls.expire(now=now, limit=limit)
        reminded = recalls.remind(now=now, limit=limit)
        alarms = doors.watch(now=now)
        self.tell(
            f"{expired} expired, {reminded} reminded, {alarms} doors need a look.",
            {"expired": expired, "reminded": reminded, "doors": alarms},
            as_json=bool(options["json"]),
        )

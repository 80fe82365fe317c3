"""manage.py open_slots: makes the slots of the coming weeks."""

from __future__ import annotations

from django.core.management import CommandError, CommandParser
from django.utils import timezone

from booking import actions
from booking.actions.slots import DAYS_AHEAD
from config.foundation.commands import OperatorCommand, add_json


class Command(OperatorCommand):
    help = "Makes the slots of the coming weeks that are missing. Run again it makes none."
    example = "--days 28"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=DAYS_AHEAD, help="local days ahead")
        add_json(parser)

    def handle(self, *, days: int, **options: object) -> None:
        if not 0 <= days <= 366:
            raise CommandError("--days takes a number from 0 to 366")
        made = actions.open_slots(now=timezone.now(), days=days)
        self.tell(f"{made} slots made", {"made": made}, as_json=bool(options["json"]))

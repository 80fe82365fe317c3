"""manage.py open_slots: makes the slots of the coming weeks."""

from __future__ import annotations

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from booking import actions
from booking.actions.slots import DAYS_AHEAD


class Command(BaseCommand):
    help = "Makes the slots of the coming weeks that are missing. Running it twice makes none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=DAYS_AHEAD, help="local days ahead")

    def handle(self, *, days: int, **options: object) -> None:
        if not 0 <= days <= 366:
            raise CommandError("--days takes a number from 0 to 366")
        made = actions.open_slots(now=timezone.now(), days=days)
        self.stdout.write(f"{made} slots made")

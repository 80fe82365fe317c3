"""manage.py release: writes down what has lapsed."""

from __future__ import annotations

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from booking import actions


class Command(BaseCommand):
    help = "Writes down the holds and offers that have lapsed. Their times are free already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=500, help="rows at most")

    def handle(self, *, limit: int, **options: object) -> None:
        if limit < 1:
            raise CommandError("--limit takes a number from 1 on")
        released = actions.expire_due_holds(now=timezone.now(), limit=limit)
        self.stdout.write(f"{released} released")

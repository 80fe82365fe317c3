"""manage.py release: writes down what has lapsed."""

from __future__ import annotations

from django.core.management import CommandError, CommandParser
from django.utils import timezone

from booking import actions
from config.foundation.commands import OperatorCommand, add_json


class Command(OperatorCommand):
    help = "Writes down the holds and offers that have lapsed. Their times are free already."
    example = "--limit 500"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=500, help="rows at most")
        add_json(parser)

    def handle(self, *, limit: int, **options: object) -> None:
        if limit < 1:
            raise CommandError("--limit takes a number from 1 on")
        released = actions.expire_due_holds(now=timezone.now(), limit=limit)
        self.tell(f"{released} released", {"released": released}, as_json=bool(options["json"]))

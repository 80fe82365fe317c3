"""manage.py simulate_reminders: whether anybody is reminded of a visit that does not take place."""

from __future__ import annotations

import json
from typing import Any

from django.core.management import CommandError, CommandParser

from booking.simulation.reminders import simulate
from config.foundation.commands import OperatorCommand, add_json


class Command(OperatorCommand):
    help = (
        "Simulates visits that are moved, cancelled, displaced, restored and forgotten, and a "
        "sender that is often away, by letter and by SMS. Exit code 1 when a message told what was "
        "no longer so, told it twice, or was one SMS too many. The same seed gives the same "
        "figures."
    )
    example = "--days 10000"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=10_000, help="how long")
        parser.add_argument("--seed", type=int, default=1, help="of chance")
        add_json(parser)

    def handle(self, **options: Any) -> None:
        if options["days"] < 1:
            raise CommandError("--days takes a number from 1")
        tally = simulate(days=options["days"], seed=options["seed"])
        if options["json"]:
            self.stdout.write(json.dumps(tally))
        else:
            counts = ", ".join(f"{number} {word}" for word, number in tally.items())
            self.stdout.write(f"{options['days']} days: {counts}.")
        if tally["wrong"] or tally["twice"] or tally["too many"]:
            raise CommandError(
                f"{tally['wrong']} messages were wrong, {tally['twice']} came twice, "
                f"{tally['too many']} were too many"
            )

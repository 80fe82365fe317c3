"""Asks the database for rows that must never exist; exit code 1 when it finds some."""

from __future__ import annotations

import json
import sys

from django.core.management import CommandParser
from django.utils import timezone

from config.foundation.commands import OperatorCommand, add_json, progress
from config.operations.invariants import invariants


class Command(OperatorCommand):
    help = (
        "Asks the database for rows that must never exist, such as two bookings of one time. "
        "Only reads. Exit code 1 when it finds some."
    )
    example = "--json"

    def add_arguments(self, parser: CommandParser) -> None:
        add_json(parser)

    def handle(self, **options: object) -> None:
        """Reads only; may run beside everything else."""
        now = timezone.now()
        asked = progress([*invariants()], what="invariants")
        found = [(name, says, query(now)) for name, says, query in asked]
        broken = [row for row in found if row[2]]
        if options["json"]:
            rows = [{"id": name, "says": says, "rows": ids} for name, says, ids in found]
            report = {"well": not broken, "at": now.isoformat(), "invariants": rows}
            self.stdout.write(json.dumps(report))
        else:
            for name, says, ids in broken:
                self.stdout.write(f"{name} is broken: {says} Rows: {', '.join(ids)}")
            self.stdout.write(f"{len(found)} invariants asked, {len(broken)} broken.")
        if broken:
            sys.exit(1)

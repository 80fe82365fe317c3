"""Says how the system fares; exit code 1 when something needs a person."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from django.core.management import CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from config.foundation.commands import OperatorCommand, add_json
from config.operations.health import measure


class Command(OperatorCommand):
    help = (
        "Says how the system fares: letters, periodic tasks, clock, disk, retention. Exit "
        "code 1 when something needs a person."
    )
    example = "--json"

    def add_arguments(self, parser: CommandParser) -> None:
        add_json(parser)

    def handle(self, **options: object) -> None:
        """Prints every finding, the bad ones first."""
        now = timezone.now()
        try:
            findings = sorted(measure(now=now), key=lambda finding: finding.well)
        except DatabaseError as error:
            raise CommandError("the database does not answer") from error
        ill = [finding for finding in findings if not finding.well]
        if options["json"]:
            rows = [asdict(finding) for finding in findings]
            self.stdout.write(
                json.dumps({"well": not ill, "at": now.isoformat(), "findings": rows})
            )
        else:
            for one in findings:
                name = f"{one.name} {one.label}".strip()
                word = "ok " if one.well else "RED"
                self.stdout.write(f"{word} {name}: {one.value:g} {one.says}")
        if ill:
            sys.exit(1)

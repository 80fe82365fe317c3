"""Asks the database for rows that must never exist; exit code 1 when it finds some."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib import import_module

from django.apps import apps
from django.core.management import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.module_loading import module_has_submodule

Invariant = tuple[str, str, Callable[[datetime], list[str]]]


def invariants() -> Iterator[Invariant]:
    """What each app's module `invariants` lists: id, sentence, and the query for what breaks it."""
    for config in apps.get_app_configs():
        if config.module and module_has_submodule(config.module, "invariants"):
            yield from import_module(f"{config.name}.invariants").INVARIANTS


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for a machine that reads")

    def handle(self, **options: object) -> None:
        """Reads only; may run beside everything else."""
        now = timezone.now()
        found = [(name, says, query(now)) for name, says, query in invariants()]
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

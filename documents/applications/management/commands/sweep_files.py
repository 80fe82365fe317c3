"""Compares the store of sealed papers with the rows that name them."""

from __future__ import annotations

import sys
from dataclasses import asdict

from django.core.management import CommandParser
from django.utils import timezone

from config.foundation.commands import OperatorCommand, add_json
from documents.applications.actions.upkeep import sweep_store


class Command(OperatorCommand):
    help = (
        "Compares the store of sealed papers with the rows that name them. With --apply it notes "
        "files that no row names and deletes those that it noted a day ago. Exit code 1 when a row "
        "names a file that is not there: that is never mended."
    )
    example = "--apply"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="note and delete")
        add_json(parser)

    def handle(self, *, apply: bool, json: bool, **options: object) -> None:
        """Sweeps once and says what was found."""
        swept = sweep_store(now=timezone.now(), apply=apply)
        self.tell(
            f"{swept.blobs} files; without a row {swept.new} new, {swept.waiting} noted, "
            f"{swept.deleted} {'deleted' if apply else 'due'}; {swept.missing} missing.",
            asdict(swept),
            as_json=json,
        )
        if swept.missing:
            sys.exit(1)

"""Seals the keys of all applications to the keys of today."""

from __future__ import annotations

import sys

from django.core.management import CommandError, CommandParser

from config.foundation.commands import OperatorCommand, add_json
from documents.applications.actions.upkeep import rotate_keys
from documents.applications.sealing import keys_problem


class Command(OperatorCommand):
    help = (
        "Seals the keys of all applications to the first key of FILE_KEYS and to the offline key. "
        "No paper is read or written. Put the new key first, run this, then take the old one out. "
        "Exit code 1 when none of them opens one."
    )
    example = "--apply"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="write; otherwise only count")
        add_json(parser)

    def handle(self, *, apply: bool, json: bool, **options: object) -> None:
        """Rotates; raises CommandError for keys that do not work."""
        if problem := keys_problem():
            raise CommandError(problem)
        done, closed = rotate_keys(apply=apply)
        word = "sealed anew" if apply else "to seal anew"
        facts = {"done": done, "closed": closed, "applied": apply}
        self.tell(f"{done} {word}, {closed} that no key opens.", facts, as_json=json)
        if closed:
            sys.exit(1)

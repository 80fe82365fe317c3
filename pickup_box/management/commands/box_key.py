"""Prints the secret that the controller of a box signs with; --new makes the old one useless."""

from __future__ import annotations

from django.core.management import CommandError, CommandParser

from config.foundation.commands import OperatorCommand
from pickup_box.actions.boxes import renew_key
from pickup_box.hardware import key_of
from pickup_box.models import Box


class Command(OperatorCommand):
    help = (
        "Prints the secret that the controller of a box signs with. --new makes the old one "
        "useless."
    )
    example = "--box jbs"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--box", required=True, help="short name of the box")
        parser.add_argument("--new", action="store_true", help="also ends enrolled terminals")

    def handle(self, *, box: str, new: bool, **options: object) -> None:
        """Prints the key and nothing else."""
        row = Box.objects.filter(slug=box).first()
        if row is None:
            raise CommandError(f"There is no box {box!r}.")
        self.stdout.write(key_of(renew_key(box=row) if new else row))

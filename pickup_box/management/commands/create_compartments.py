"""Adds the compartments of a layout to a box; run again, it adds what is missing."""

from __future__ import annotations

import yaml
from django.core.management import CommandError, CommandParser

from config.foundation.actions import Refused
from config.foundation.commands import OperatorCommand, add_json
from pickup_box import layouts
from pickup_box.actions.boxes import create_compartments
from pickup_box.models import Box


class Command(OperatorCommand):
    help = "Adds the compartments of a layout to a box. Run again it adds what is missing."
    example = "--box jbs --layout magdeburg"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--box", required=True, help="short name of the box")
        parser.add_argument("--layout", required=True, help="a shipped name or a path to a file")
        add_json(parser)

    def handle(self, *, box: str, layout: str, **options: object) -> None:
        """Adds what is missing or says what does not fit."""
        try:
            row = Box.objects.get(slug=box)
            added = create_compartments(box=row, layout=layouts.read(layout))
        except OSError as error:
            raise CommandError(f"{layout} can't be read: {error.strerror}") from error
        except yaml.YAMLError as error:
            raise CommandError(f"{layout} is not YAML: {' '.join(str(error).split())}") from error
        except Box.DoesNotExist as error:
            raise CommandError(f"There is no box {box!r}; load the office first.") from error
        except Refused as error:
            raise CommandError(str(error)) from error
        total = row.compartments.count()
        self.tell(
            f"{box}: {added} compartments added, {total} in all.",
            {"box": box, "added": added, "total": total},
            as_json=bool(options["json"]),
        )

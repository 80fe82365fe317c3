"""Reads which letters came back: from the mailbox, or one report from a file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from django.core.management import CommandError, CommandParser
from django.utils import timezone

from config.foundation.bounces import Fate, note, read_report
from config.foundation.commands import OperatorCommand, add_json
from config.operations.bounce_mailbox import UNREACHABLE, read_mailbox


class Command(OperatorCommand):
    help = "Reads which letters came back, from the mailbox or from one report in a file."
    example = "--file report.eml"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--file", type=Path, help="a mail as it arrived, instead of the mailbox"
        )
        add_json(parser)

    def handle(self, *, file: Path | None, **options: object) -> None:
        """Reads and counts; an error when the mailbox can't be reached."""
        now = timezone.now()
        if file is None:
            tally = read_mailbox(now=now)
        else:
            try:
                report = read_report(file.read_bytes())
            except OSError as error:
                raise CommandError(f"--file can't be read: {error.strerror}") from error
            tally = Counter([note(report, now=now) if report else Fate.LEFT])
        if tally[UNREACHABLE]:
            raise CommandError("the mailbox can't be reached; its reports wait there")
        said = ", ".join(f"{tally[fate]} {fate}" for fate in Fate) + "."
        self.tell(said, {str(fate): tally[fate] for fate in Fate}, as_json=bool(options["json"]))

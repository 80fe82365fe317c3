"""manage.py forget_person REFERENCE --apply: blanks one person at once (Art. 17 GDPR)."""

from __future__ import annotations

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from config.foundation.commands import OperatorCommand
from config.operations.data_subject_requests import RequestRefused, check_reference, forget_person


class Command(OperatorCommand):
    help = (
        "Forgets the person behind an appointment or a deposit at once (Art. 17 GDPR). "
        "Without --apply nothing changes."
    )
    example = "NT-0000-0000 --apply"

    def add_arguments(self, parser: CommandParser) -> None:
        """The reference; without --apply nothing happens."""
        parser.add_argument("reference", help="printed on letters and shown at the desk")
        parser.add_argument("--apply", action="store_true", help="do it")

    def handle(self, *, reference: str, apply: bool, **options: object) -> None:
        """Forgets, or says why not yet."""
        try:
            if apply:
                forget_person(reference=reference, now=timezone.now())
            else:
                check_reference(reference)
        except RequestRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(
            "Forgotten: 1 person."
            if apply
            else "Nothing changed: add --apply to forget this person."
        )

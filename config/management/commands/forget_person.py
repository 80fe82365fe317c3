"""manage.py forget_person REFERENCE --apply: blanks one person at once (Art. 17 GDPR)."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.operations.data_subject_requests import RequestRefused, check_reference, forget_person


class Command(BaseCommand):
    """Forgets the person behind an appointment or a deposit."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The reference; without --apply nothing happens."""
        parser.add_argument("reference")
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

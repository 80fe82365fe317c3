"""manage.py export_person REFERENCE --by USERNAME --reason TEXT: one person's data (Art. 15)."""

from __future__ import annotations

import json

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from config.foundation.commands import OperatorCommand
from config.foundation.staff import Staff
from config.operations.data_subject_requests import RequestRefused, export_person


class Command(OperatorCommand):
    help = (
        "Writes everything that is stored about the person behind a reference as JSON (Art. "
        "15 GDPR), and notes in the access log who asked and why."
    )
    example = 'NT-0000-0000 --by frieda --reason "request of 22 November"'

    def add_arguments(self, parser: CommandParser) -> None:
        """Who exports and why goes into the access log."""
        parser.add_argument("reference", help="printed on letters and shown at the desk")
        parser.add_argument("--by", required=True, help="your user name")
        parser.add_argument("--reason", required=True, help="for example: request of 22 November")

    def handle(self, *, reference: str, by: str, reason: str, **options: object) -> None:
        person = Staff.objects.filter(username=by, is_active=True).first()
        if person is None:
            raise CommandError("There is no active member of staff with this user name.")
        try:
            found = export_person(
                reference=reference,
                by=person,
                reason=reason,
                now=timezone.now(),
            )
        except RequestRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(json.dumps(found, indent=2, ensure_ascii=False))

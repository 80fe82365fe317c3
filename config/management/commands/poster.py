"""manage.py poster: a page to hang up, with a QR code for each language."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from config.foundation.commands import OperatorCommand
from config.foundation.office import current_office
from config.public_pages.poster import print_poster


class Command(OperatorCommand):
    help = "Writes a poster to hang up (PDF, A4) with a QR code for each language."
    example = "poster.pdf --languages de en uk"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, nargs="?", default=Path("poster.pdf"), help="where it goes"
        )
        parser.add_argument("--languages", nargs="+", help="codes; all by default")

    def handle(
        self, *args: object, file: Path, languages: list[str] | None, **options: object
    ) -> None:
        known = [code for code, _ in settings.LANGUAGES]
        unknown = set(languages or []) - set(known)
        if unknown:
            raise CommandError(f"no such language: {', '.join(sorted(unknown))}")
        pdf = print_poster(
            office=current_office(),
            languages=languages or known,
            base=settings.PUBLIC_BASE_URL,
            now=timezone.now(),
        )
        file.write_bytes(pdf)
        self.stdout.write(
            f"{file}: {len(languages or known)} languages, {settings.PUBLIC_BASE_URL}"
        )

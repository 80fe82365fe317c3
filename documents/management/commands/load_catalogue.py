"""Brings the shipped catalogue of papers and fees into the database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from config.foundation.commands import OperatorCommand
from documents.actions import OfficeHasItsOwn, take_shipped
from documents.schema import CatalogueBroken
from documents.validation import read, untranslated
from documents.yaml_files import SHIPPED, BrokenFiles, Place, load


class Command(OperatorCommand):
    help = (
        "Loads the shipped catalogue of papers and fees. Run again it changes nothing; it "
        "never overwrites what the office edited."
    )
    example = "--check"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only report, change nothing")
        parser.add_argument(
            "--replace", action="store_true", help="publish even over the office's own version"
        )
        parser.add_argument("--folder", type=Path, default=SHIPPED, help="where the files are")

    def handle(self, *, folder: Path, check: bool, replace: bool, **options: object) -> None:
        """Checks, then loads; every problem is named with its file and line."""
        place = Place()
        try:
            content, place = load(folder)
            catalogue = read(content)
        except CatalogueBroken as broken:
            place = broken.place if isinstance(broken, BrokenFiles) else place
            for problem in broken.problems:
                self.stderr.write(f"{place.of(problem.path)}: {problem.sentence}")
            raise CommandError(f"{len(broken.problems)} problems; nothing was loaded.") from None
        if check:
            self._report(untranslated(catalogue, [code for code, _ in settings.LANGUAGES]))
            return
        now = timezone.now()
        try:
            version = take_shipped(
                content,
                replace=replace,
                now=now,
                today=timezone.localdate(now),
            )
        except OfficeHasItsOwn as refused:
            raise CommandError(str(refused)) from None
        if not options["verbosity"]:
            return
        if version is None:
            self.stdout.write("The shipped catalogue is loaded already; nothing changed.")
            return
        self.stdout.write(
            f"Published {len(catalogue.procedures)} procedures and {len(catalogue.fees)} amounts, "
            f"valid from {version.valid_from}."
        )

    def _report(self, missing: list[tuple[str, tuple[str | int, ...]]]) -> None:
        for language, path in missing:
            self.stdout.write(f"{language}: {'.'.join(map(str, path))} is not translated")
        self.stdout.write(f"The catalogue is sound; {len(missing)} texts are not translated.")

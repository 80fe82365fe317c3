"""Hands the missing texts of a language to a translator as one JSON file, and takes them back."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polib
from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from config.foundation.commands import OperatorCommand
from config.management.commands.check_translations import (
    faults,
    is_desk,
    plural_forms,
    po_path,
)


class Command(OperatorCommand):
    help = (
        "Writes the texts that a language still needs as JSON; with --fill takes the "
        "translated file back."
    )
    example = "uk --fill uk.json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("language", choices=list(dict(settings.LANGUAGES)), help="its code")
        parser.add_argument("--fill", type=Path, help="the JSON file with `text` filled in")
        parser.add_argument("--all", action="store_true", help="also what is already translated")

    def handle(self, *args: object, **options: object) -> None:
        code, fill = str(options["language"]), options["fill"]
        catalogue = polib.pofile(str(po_path(code)), wrapwidth=0)
        if isinstance(fill, Path):
            self._fill(catalogue, json.loads(fill.read_text(encoding="utf-8")))
            return
        german = polib.pofile(str(po_path("de")))
        rows = [
            _row(entry, german, plural_forms(catalogue))
            for entry in catalogue
            if (options["all"] or not entry.translated()) and (code == "de" or not is_desk(entry))
        ]
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=1)
        self.stderr.write(f"{len(rows)} texts")

    def _fill(self, catalogue: polib.POFile, rows: list[dict[str, object]]) -> None:
        taken = refused = 0
        forms = plural_forms(catalogue)
        for row in rows:
            entry = catalogue.find(str(row["source"]), msgctxt=row.get("context") or False)
            text = row.get("text")
            if entry is None or not text:
                continue
            before = entry.msgstr, entry.msgstr_plural
            if isinstance(text, list):
                entry.msgstr_plural = dict(enumerate(text))
            else:
                entry.msgstr = str(text)
            wrong = list(faults(entry, forms=forms))
            if wrong:
                entry.msgstr, entry.msgstr_plural = before
                refused += 1
                self.stderr.write(f"{entry.msgid[:60]!r}: {'; '.join(wrong)}")
            else:
                taken += 1
        catalogue.save()
        catalogue.save_as_mofile(catalogue.fpath.removesuffix(".po") + ".mo")
        self.stdout.write(f"{taken} texts taken, {refused} refused")
        if refused:
            raise CommandError("mend the refused texts and fill them in again")


def _row(entry: polib.POEntry, german: polib.POFile, forms: int) -> dict[str, object]:
    row: dict[str, object] = {"source": entry.msgid}
    if entry.msgctxt:
        row["context"] = entry.msgctxt
    if entry.msgid_plural:
        row["plural"] = entry.msgid_plural
        row["text"] = [entry.msgstr_plural.get(form, "") for form in range(forms)]
    else:
        row["text"] = entry.msgstr
    beside = german.find(entry.msgid, msgctxt=entry.msgctxt or False)
    if beside is not None and beside is not entry and beside.msgstr:
        row["german"] = beside.msgstr
    row["where"] = sorted({path for path, _ in entry.occurrences})
    return row

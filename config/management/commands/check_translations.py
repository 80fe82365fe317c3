"""Tells whether every text a person may read is there in every language, whole and current."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import polib
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import to_locale

from config.foundation.commands import OperatorCommand

# Whoever works at the desk reads German or English: these texts need no other language.
DESK = re.compile(
    r"(^|/)(admin|admin_about|admin_bases|admin_records|desk|management|migrations|models)(/|\.py)|(^|/)(apps|tasks|invariants)\.py$"
    r"|^booking/(category_names|demand_statistics|statistics|views/statistics)\.py$|^config/(accounts|operations)/|^config/settings\.py$"
    r"|^pickup_box/(actions/(boxes|consents|deposits|recalls)|occupancy)\.py$"
    r"|^booking/actions/(desk_refusals|late_entries)\.py$"
    r"|^documents/applications/actions/transferring\.py$"
    r"|^documents/(actions|changes|condition_words|problem_words|validation)\.py$|^templates/documents/preview"
    r"|^templates/pickup_box/simulator|/admin/"
    r"|^eligibility/staff_labels\.py$"
    r"|^config/foundation/(audit|bots|contacts|edits|limits|notification_words|office|optimistic_lock|outbox|place_fields|staff|standard_texts|subjects|substitutions|texts)\.py$"
    r"|^templates/(admin|account|allauth|desk|mfa)/"
)
PUBLIC_MARK = "everyone reads this"
PERCENT = re.compile(r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[sdifgr%]")
# What is longer than this beside its source breaks a button or a heading on a phone.
LONGEST = 2.2
SHORT = 40
TAGS = re.compile(r"</?[a-z]+[^>]*>")
# German as Leichte Sprache is, it may say a thing in the same words.
SPEAK_GERMAN = frozenset({"de", "de-simple"})
SEVERAL_WORDS = re.compile(r"[^\W\d_]{2,}\W+[^\W\d_]{2,}")


def is_desk(entry: polib.POEntry) -> bool:
    """Whether only staff read this text."""
    if PUBLIC_MARK in entry.comment:
        return False
    return bool(entry.occurrences) and all(DESK.search(path) for path, _ in entry.occurrences)


def placeholders(text: str) -> Counter[str]:
    """The placeholders of both kinds, each with how often it stands there."""
    found = Counter(mark for mark in PERCENT.findall(text) if mark != "%%")
    if "{" in text:
        found.update(f"{{{name}}}" for _, name, _, _ in Formatter().parse(text) if name is not None)
    return found


def _broken(source: str, text: str) -> str | None:
    try:
        wanted, found = placeholders(source), placeholders(text)
    except ValueError:
        return "broken braces"
    if wanted != found:
        return f"placeholders {sorted(found)} instead of {sorted(wanted)}"
    if Counter(TAGS.findall(source)) != Counter(TAGS.findall(text)):
        return "other tags than the source"
    if source.startswith("\n") != text.startswith("\n") or source.endswith("\n") != text.endswith(
        "\n"
    ):
        return "line break at an end"
    return None


def _plural_faults(entry: polib.POEntry, forms: int) -> Iterator[str]:
    if len(entry.msgstr_plural) != forms or not all(entry.msgstr_plural.values()):
        yield f"needs {forms} plural forms"
        return
    for text in entry.msgstr_plural.values():
        # A form for exactly one or two may say the number in words.
        extra = placeholders(text) - placeholders(entry.msgid_plural)
        if extra:
            yield f"unknown placeholders {sorted(extra)}"


def is_german(entry: polib.POEntry, german: dict[object, object]) -> bool:
    """Whether the German text stands in the place of a translation; one word may be the same."""
    text = entry.msgstr_plural or entry.msgstr
    if text != german.get((entry.msgctxt, entry.msgid)):
        return False
    return SEVERAL_WORDS.search(PERCENT.sub("", str(text))) is not None


def faults(entry: polib.POEntry, *, forms: int) -> Iterator[str]:
    """Everything wrong with one entry, in words."""
    if entry.fuzzy:
        yield "fuzzy"
    if entry.msgid_plural:
        yield from _plural_faults(entry, forms)
        return
    if not entry.msgstr:
        yield "missing"
        return
    broken = _broken(entry.msgid, entry.msgstr)
    if broken:
        yield broken
    if len(entry.msgid) <= SHORT and len(entry.msgstr) > 12 + LONGEST * len(entry.msgid):
        yield f"too long: {len(entry.msgstr)} characters for {len(entry.msgid)}"


class Command(OperatorCommand):
    help = (
        "Finds missing, guessed, stale, broken and over-long translations. Exit code 1 when "
        "there are some."
    )
    example = "uk fa"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("languages", nargs="*", help="codes of languages; all by default")
        parser.add_argument(
            "--tidy", action="store_true", help="drop guesses and dates, mend the headers"
        )

    def handle(self, *args: object, languages: list[str], **options: object) -> None:
        codes = languages or [code for code, _ in settings.LANGUAGES if code != "en"]
        if options["tidy"]:
            for code in codes:
                tidy(po_path(code))
            return
        count = sum(self._check(code) for code in codes)
        if count:
            raise CommandError(f"{count} faults in {len(codes)} languages")
        self.stdout.write(f"{len(codes)} languages: every text is there, whole and current.")

    def _check(self, code: str) -> int:
        path = po_path(code)
        if not path.is_file():
            self.stderr.write(f"{code}: no catalogue")
            return 1
        catalogue = polib.pofile(str(path))
        german = compiled(polib.pofile(str(po_path("de"))))
        forms = plural_forms(catalogue)
        count = checked = 0
        for entry in catalogue:
            if entry.obsolete or (code != "de" and is_desk(entry)):
                continue
            checked += 1
            found = list(faults(entry, forms=forms))
            if code not in SPEAK_GERMAN and is_german(entry, german):
                found.append("in German")
            for fault in found:
                count += 1
                self.stderr.write(f"{code}: {entry.msgid[:60]!r}: {fault}")
        shipped = path.with_suffix(".mo")
        if not shipped.is_file() or compiled(catalogue.translated_entries()) != compiled(
            list(polib.mofile(str(shipped)))
        ):
            count += 1
            self.stderr.write(f"{code}: the .mo file is stale; run make messages")
        self.stdout.write(f"{code}: {checked} texts, {count} faults")
        return count


def po_path(code: str) -> Path:
    """The .po file of a language."""
    return Path(settings.BASE_DIR) / "locale" / to_locale(code) / "LC_MESSAGES" / "django.po"


def plural_forms(catalogue: polib.POFile) -> int:
    """How many plural forms the language has."""
    return int(catalogue.metadata["Plural-Forms"].split(";")[0].partition("=")[2])


def compiled(entries: list[polib.POEntry] | list[polib.MOEntry]) -> dict[object, object]:
    """What a reader gets to see: texts by context and source."""
    return {(entry.msgctxt, entry.msgid): entry.msgstr_plural or entry.msgstr for entry in entries}


def tidy(path: Path) -> None:
    """Empties guessed entries and writes a header that does not change by the day."""
    catalogue = polib.pofile(str(path), wrapwidth=0)
    for entry in catalogue:
        if entry.fuzzy:
            entry.flags.remove("fuzzy")
            entry.previous_msgid = entry.previous_msgid_plural = entry.previous_msgctxt = None
            entry.msgstr = ""
            entry.msgstr_plural = dict.fromkeys(entry.msgstr_plural, "")
    locale = path.parent.parent.name
    catalogue.header = "Texts of Soforttermin. German is the binding text."
    catalogue.metadata_is_fuzzy = False
    catalogue.metadata = {
        "Project-Id-Version": "soforttermin",
        "Language": locale,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        # Django copies the rule of a language it knows; Leichte Sprache counts like German.
        "Plural-Forms": catalogue.metadata.get("Plural-Forms", "nplurals=2; plural=(n != 1);"),
    }
    catalogue.save(str(path))

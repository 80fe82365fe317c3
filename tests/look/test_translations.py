"""The texts of every language: whole, current, and the same as what is shipped."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.utils.translation import check_for_language, get_language_info, override

from config.management.commands import check_translations
from config.management.commands.check_translations import (
    compiled,
    faults,
    is_desk,
    is_german,
    placeholders,
)

pytestmark = pytest.mark.once
CODES = [code for code, _ in settings.LANGUAGES]


def entry(source: str, text: str, **others: object) -> polib.POEntry:
    return polib.POEntry(
        msgid=source, msgstr=text, occurrences=[("templates/base.html", "")], **others
    )


def test_finds_every_text_in_every_language() -> None:
    call_command("check_translations")


def test_finds_no_text_in_the_code_that_the_catalogues_lack(tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        pytest.skip("collecting texts needs gettext; CI has it")
    tree = tmp_path / "tree"
    shutil.copytree(
        settings.BASE_DIR,
        tree,
        ignore=shutil.ignore_patterns(".*", "var", "tests", "node_modules", "*.pyc", "static"),
    )
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--verbosity=0", "--no-wrap", "-l", "de"],
        cwd=tree,
        check=True,
        env={"DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin:/usr/local/bin"},
    )
    collected = polib.pofile(str(tree / "locale/de/LC_MESSAGES/django.po"))
    shipped = polib.pofile(str(check_translations.po_path("de")))
    assert {e.msgid for e in collected if not e.obsolete} == {
        e.msgid for e in shipped if not e.obsolete
    }


APPS = ("booking", "config", "documents", "eligibility", "pickup_box")
GETTEXT = ("_", "gettext", "gettext_lazy")


def test_knows_the_texts_that_xgettext_overlooks() -> None:
    """A call inside an f-string is not collected, and its text stays English."""
    paths = [path for app in APPS for path in (settings.BASE_DIR / app).rglob("*.py")]
    calls = [
        node
        for path in paths
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
    ]
    texts = {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in GETTEXT
        if isinstance(call.args[0], ast.Constant)
    }
    known = {each.msgid for each in polib.pofile(str(check_translations.po_path("de")))}
    assert len(texts) > 500
    assert texts <= known, texts - known


@pytest.mark.parametrize("code", [code for code in CODES if get_language_info(code)["bidi"]])
def test_numbers_of_several_groups_stay_in_order_from_right_to_left(code: str) -> None:
    """Browsers turn the groups of "0391 123456" around unless the number is isolated."""
    texts = [each.msgstr for each in polib.pofile(str(check_translations.po_path(code)))]
    apart = [re.sub("\u2066[^\u2069]*\u2069", "", text) for text in texts]
    # after "EN" the groups of a number follow the letters
    turned = re.compile(r"(?<![A-Za-z] )(?<!\d)\d+ \d{3}|<\d")
    assert not [text for text in apart if turned.search(text)]


@pytest.mark.parametrize("code", [code for code in CODES if code != "en"])
def test_who_lost_an_appointment_reads_of_the_waiting_list_in_every_language(code: str) -> None:
    shipped = polib.pofile(str(check_translations.po_path(code)))
    names = shipped.find("Waiting list").msgstr.casefold().split()
    told = [
        each for each in shipped if "You are now at the front of the waiting list" in each.msgid
    ]
    assert len(told) == 2
    assert not [each.msgstr for each in told if not any(n in each.msgstr.casefold() for n in names)]


@pytest.mark.parametrize(
    ("source", "text", "fault"),
    [
        ("Until %(day)s", "Bis %(tag)s", "placeholders"),
        ("Known are: %s", "Bekannt sind:", "placeholders"),
        ("{count} times", "{anzahl} Zeiten", "placeholders"),
        ("A <b>b</b>", "A b", "other tags"),
        ("Yes", "", "missing"),
        ("Continue", "Mit dem nächsten Schritt dieser Buchung fortfahren", "too long"),
    ],
)
def test_names_the_fault_of_a_broken_text(source: str, text: str, fault: str) -> None:
    assert any(fault in found for found in faults(entry(source, text), forms=2))


def test_names_a_guessed_text() -> None:
    assert "fuzzy" in list(faults(entry("Yes", "Nein", flags=["fuzzy"]), forms=2))


def test_wants_every_plural_form() -> None:
    few = entry("%(n)s time", "", msgid_plural="%(n)s times", msgstr_plural={0: "a", 1: "b"})
    assert list(faults(few, forms=6)) == ["needs 6 plural forms"]


@pytest.mark.parametrize(
    ("german", "text", "copied"),
    [
        ("Ihre Einladung", "Ihre Einladung", True),
        ("Bis %(day)s gültig", "Bis %(day)s gültig", True),
        ("Ihre Einladung", "Votre invitation", False),
        ("Code", "Code", False),
        ("%(weekday)s, %(date)s", "%(weekday)s, %(date)s", False),
        ("%(figures)s\xa0€", "%(figures)s\xa0€", False),
    ],
)
def test_names_german_that_stands_for_a_translation(
    german: str, text: str, *, copied: bool
) -> None:
    own = compiled([entry("source", german)])
    assert is_german(entry("source", text), own) is copied


def test_names_german_that_stands_for_a_plural() -> None:
    copied = entry("a", "", msgid_plural="b", msgstr_plural={0: "ein Tag", 1: "alle Tage"})
    assert is_german(copied, compiled([copied]))


def test_lets_a_percent_sign_stand() -> None:
    assert not placeholders("100%% sure")


def test_asks_no_translation_of_what_only_the_desk_reads() -> None:
    desk = polib.POEntry(msgid="counter", occurrences=[("booking/models/counters.py", "")])
    marked = polib.POEntry(
        msgid="a quiet place",
        comment="Translators: everyone reads this",
        occurrences=[("booking/models/applicants.py", "")],
    )
    assert is_desk(desk)
    assert not is_desk(marked)
    assert not is_desk(entry("Yes", ""))


@pytest.mark.parametrize("code", CODES)
def test_knows_each_language(code: str) -> None:
    assert check_for_language(code)
    assert get_language_info(code)["name_local"]


def test_runs_right_to_left_in_arabic_and_persian_alone() -> None:
    assert [code for code in CODES if get_language_info(code)["bidi"]] == ["ar", "fa"]


def test_keeps_the_reviews_of_every_language() -> None:
    reviews = yaml.safe_load((settings.BASE_DIR / "locale/reviewed.yaml").read_text())
    assert list(reviews) == CODES
    assert all(bool(row["reviewed_by"]) == bool(row["reviewed_on"]) for row in reviews.values())


def test_falls_back_to_german_in_simple_german() -> None:
    from django.utils.translation import gettext

    with override("de-simple"):
        assert gettext("Monday") == "Montag"


@pytest.mark.parametrize("code", ["ar", "fa"])
def test_keeps_the_order_of_a_german_section_in_right_to_left_text(code: str) -> None:
    # "§ 25 Abs. 4 Satz 1" falls into pieces there unless U+2066 and U+2069 hold it together
    loose = re.compile(r"(?<![\u2066§])§§?\s?\d+[a-z]?(?: \(\d+\))* [A-Za-z].*")
    files = (f"locale/{code}/LC_MESSAGES/django.po", f"documents/catalogue/texts/{code}.yaml")
    lines = [
        line
        for file in files
        for line in (settings.BASE_DIR / file).read_text("utf-8").splitlines()
    ]
    assert not [line for line in lines if loose.search(line) and not line.startswith("msgid")]
    # nor does a line end in the middle of one in brackets; the catalogue's are mended as it is read
    torn = re.compile("\\(\u2066§[^()]*(?:\\(\\d\\))? ")
    po = [line for line in lines if line.startswith("msgstr")]
    assert not [line for line in po if torn.search(line)]
    assert [line for line in lines if "\u2066§" in line]


@pytest.mark.parametrize("code", ["ar", "fa"])
def test_holds_a_german_name_with_its_number_together_in_right_to_left_text(code: str) -> None:
    # "(Notfallschalter 1)" ends as "(1" on the next line unless U+2066 and U+2069 hold it together
    # and a plain space lets the line end inside of them
    loose = re.compile(
        r"[\u0600-\u06ff].*\((?:[A-Za-zÄÖÜäöüß][^()\u2066]* \d+\)|\u2066[^\u2069]* \d+\u2069)"
    )
    office = (settings.BASE_DIR / "config/offices/magdeburg.yaml").read_text("utf-8")
    lines = [line for line in office.split("\n") if line.strip().startswith(f"{code}:")]
    assert [line for line in lines if loose.search(line)] == []
    assert [line for line in lines if "(\u2066" in line]

"""A catalogue with a mistake is refused as a whole, with file, line and a sentence."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from documents.catalogue_types import Catalogue
from documents.models import CatalogueVersion
from documents.schema import CatalogueBroken, in_words
from documents.validation import read, untranslated
from documents.yaml_files import SHIPPED, BrokenFiles, load
from tests.documents.cases import procedure_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(SHIPPED, tmp_path / "catalogue")


def change(folder: Path, file: str, old: str, new: str) -> int:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


MISTAKES = [
    (
        "emergency.yaml",
        "condition: urgent_travel",
        "condition: urgent_trip",
        "No question establishes the fact “urgent_trip”",
    ),
    (
        "emergency.yaml",
        "condition: urgent_travel",
        "condition: {some: [urgent_travel]}",
        "A condition is the name of a fact",
    ),
    (
        "emergency.yaml",
        "condition: urgent_travel",
        "condition: {all: [urgent_travel, job_loss]}",
        "No answers to the questions ever lead here",
    ),
    (
        "emergency.yaml",
        'title: {de: "Pass oder Passersatz", en: "Passport or passport substitute"}',
        'title: {en: "Passport or passport substitute"}',
        "The German text is missing",
    ),
    ("emergency.yaml", "- id: photo\n", "- id: passport\n", "“passport” is there twice"),
    ("emergency.yaml", "fact: job_loss", "fact: job_gone", "No answer stands for “job_loss”"),
    ("emergency.yaml", "see: interpreter", "see: interpreters", "There is no page “interpreters”"),
    ("emergency.yaml", "- code: ae_ext\n", "- code: ae_extra\n", "There is no fee “ae_extra”"),
    ("emergency.yaml", "if_available: true", "if_available: maybe", "true or false"),
    ("emergency.yaml", "kind: one", "kind: two", "“two” is none of one, many, day"),
    ("fees.yaml", "amount: 93.00", "amount: -93.00", "is not an amount of 0 or more"),
    ("fees.yaml", "amount: 93.00", "amount: 93.005", "is not an amount of 0 or more"),
    ("fees.yaml", "amount: 93.00", "amount: viel", "“viel” is no number"),
    (
        "fees.yaml",
        "amount: 992.00\n    valid_from: 2024-09-01",
        "amount: 992.00\n    valid_from: 2024-08-31",
        "Two amounts of “means_month” are valid on 2024-08-31",
    ),
    ("fees.yaml", "valid_from: 2025-05-01", "valid_from: 1.5.2025", "is no day like"),
    ("fees.yaml", "share: 0.5", "share: 1.5", "leaves less than the whole"),
    ("fees.yaml", "codes: [ae_first,", "codes: [ae_worst,", "There is no fee “ae_worst”"),
    ("study.yaml", "offset: -3 months", "offset: 3 months", "An offset looks like"),
    (
        "study.yaml",
        "counts_from: entered_on",
        "counts_from: left_on",
        "No question asks for the day “left_on”",
    ),
    ("study.yaml", "        offset: +90 days\n", "", "needs both counts_from and offset"),
    ("sheets.yaml", "link: https://", "link: http://", "A link starts with https://"),
    ("sheets.yaml", "kind: form", "kind: leaflet", "“leaflet” is none of"),
    ("study.yaml", "reason:", "raison:", "“raison” is not known here"),
    ("study.yaml", "procedures:", "procedures: [", "This is not YAML"),
]


@pytest.mark.parametrize(("file", "old", "new", "sentence"), MISTAKES)
def test_a_mistake_is_refused_with_file_line_and_sentence(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    db: None,
    file: str,
    old: str,
    new: str,
    sentence: str,
) -> None:
    line = change(folder, file, old, new)
    with pytest.raises(CommandError, match="nothing was loaded"):
        call_command("load_catalogue", "--folder", folder)
    told = capsys.readouterr().err
    assert sentence in told
    [where] = [row.split(": ")[0] for row in told.splitlines() if sentence in row][:1]
    assert where.startswith(f"{file}:")
    # the line of the value, or of the thing it stands in
    assert abs(int(where.split(":")[1]) - line) <= 25
    assert not CatalogueVersion.objects.exists()


def test_the_line_is_exact_where_the_value_itself_is_wrong(
    folder: Path, capsys: pytest.CaptureFixture[str], db: None
) -> None:
    line = change(folder, "fees.yaml", "amount: 93.00", "amount: viel")
    with pytest.raises(CommandError):
        call_command("load_catalogue", "--folder", folder)
    assert f"fees.yaml:{line}: “viel” is no number." in capsys.readouterr().err


def test_all_mistakes_are_told_at_once(
    folder: Path, capsys: pytest.CaptureFixture[str], db: None
) -> None:
    change(folder, "fees.yaml", "amount: 93.00", "amount: viel")
    change(folder, "study.yaml", "kind: one", "kind: two")
    with pytest.raises(CommandError, match="2 problems"):
        call_command("load_catalogue", "--folder", folder)


def test_a_key_that_is_there_twice_is_told(folder: Path) -> None:
    change(folder, "fees.yaml", "amount: 93.00", "amount: 93.00\n    amount: 94.00")
    with pytest.raises(CatalogueBroken) as broken:
        load(folder)
    assert "“amount” is there twice." in [one.sentence for one in broken.value.problems]


def test_a_translation_of_nothing_is_told(folder: Path) -> None:
    (folder / "texts").mkdir(exist_ok=True)
    (folder / "texts" / "nl.yaml").write_text("texts:\n  emergency.titel: Noodgeval\n")
    with pytest.raises(BrokenFiles) as broken:
        load(folder)
    [problem] = broken.value.problems
    assert problem.sentence == "There is no text “emergency.titel”."
    assert broken.value.place.of(problem.path) == "nl.yaml:2"


def test_a_language_file_adds_its_texts_and_its_reviewer(folder: Path) -> None:
    (folder / "texts").mkdir(exist_ok=True)
    (folder / "texts" / "nl.yaml").write_text(
        "reviewed_by: Anneke de Vries\nreviewed_on: 2026-11-01\n"
        "texts:\n  emergency.title: Noodafspraak\n  fees.means_month.title: Per maand\n"
    )
    catalogue = read(load(folder)[0])
    assert procedure_of(catalogue, "emergency").title.to("nl") == "Noodafspraak"
    assert catalogue.reviewed("nl")
    assert not catalogue.reviewed("xx")
    months = [fee.title.to("nl") for fee in catalogue.fees if fee.code == "means_month"]
    assert months == ["Per maand", "Per maand"]


def test_missing_translations_are_named(shipped: Catalogue) -> None:
    missing = untranslated(shipped, ["en", "xx"])
    assert not [place for language, place in missing if language == "en"]
    assert ("xx", ("procedures", "emergency", "title")) in missing


def test_a_place_is_told_in_words(content: dict[str, Any]) -> None:
    place = ("procedures", 0, "requirements", 1, "title")
    first = content["procedures"][0]
    named = f"procedures › {first['id']} › requirements › {first['requirements'][1]['id']} › title"
    assert in_words(place, content) == named
    assert in_words((), content) == "catalogue"


@pytest.mark.parametrize("data", [None, [], "text", {}, {"procedures": {}}, {"procedures": [7]}])
def test_nonsense_is_refused_without_an_error(data: object) -> None:
    with pytest.raises(CatalogueBroken):
        read(data)

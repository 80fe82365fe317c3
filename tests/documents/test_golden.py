"""Thirty cases and the whole list each of them gets, as files that a person can read.

`UPDATE_GOLDEN=1 pytest tests/documents/test_golden.py` writes them anew; read the difference.
"""

import os
from datetime import date
from pathlib import Path

import pytest

from documents.catalogue_types import CATEGORIES, Catalogue
from documents.checklist import Checklist
from tests.documents.cases import HUMANITARIAN, STUDY, ask, instead

GOLDEN = Path(__file__).parent / "golden"
EXTENSION = ("first", "extension")
CHANGE = ("first", "change_of_purpose")
MINOR = ("age_24_or_more", "age_under_18")
NO_PASSPORT = ("valid_passport", "no_valid_passport")
ENDS = {"title_ends_on": date(2027, 1, 31)}

CASES = {
    **{f"emergency_{category}": ("emergency", (category,), {}) for category in CATEGORIES},
    "study_first_visa": ("study", STUDY, ENDS),
    "study_first_visa_free": (
        "study",
        instead(STUDY, ("visa_needed", "visa_free_always")),
        {"entered_on": date(2026, 11, 1)},
    ),
    "study_first_visa_free_without_work": (
        "study",
        instead(STUDY, ("visa_needed", "visa_free_without_work")),
        {},
    ),
    "study_job_search": ("study", instead(STUDY, ("first", "job_search")), {}),
    "study_first_minor": ("study", instead(STUDY, ("age_18_or_more", "age_under_18")), {}),
    "study_eu_citizen": ("study", instead(STUDY, ("visa_needed", "eu_citizen")), {}),
    "study_language_course": ("study", (*STUDY, "language_course"), {}),
    "study_extension": ("study", instead(STUDY, EXTENSION), ENDS),
    "study_extension_private_insurance_box": (
        "study",
        (*instead(STUDY, EXTENSION), "private_insurance", "box_pickup"),
        {},
    ),
    "study_extension_working_scholarship": (
        "study",
        (*instead(STUDY, EXTENSION), "working", "scholarship"),
        {},
    ),
    "study_change": ("study", instead(STUDY, CHANGE), ENDS),
    "study_change_scholarship": ("study", (*instead(STUDY, CHANGE), "scholarship"), {}),
    "study_change_benefits": ("study", (*instead(STUDY, CHANGE), "on_benefits"), {}),
    "eu_students": ("eu_students", (), {}),
    "eu_students_everything": ("eu_students", ("asked_for_more", "more_than_five_years"), {}),
    "humanitarian_first": ("humanitarian", HUMANITARIAN, {}),
    "humanitarian_extension": ("humanitarian", instead(HUMANITARIAN, EXTENSION), ENDS),
    "humanitarian_no_passport_travel_document": (
        "humanitarian",
        (*instead(HUMANITARIAN, NO_PASSPORT), "travel_document"),
        {},
    ),
    "humanitarian_minor_travel_document": (
        "humanitarian",
        (*instead(HUMANITARIAN, NO_PASSPORT, MINOR, EXTENSION), "travel_document"),
        {},
    ),
    "humanitarian_resettled_young_travel_document": (
        "humanitarian",
        (
            *instead(
                HUMANITARIAN,
                NO_PASSPORT,
                ("title_25_5", "title_23_4"),
                ("age_24_or_more", "age_18_to_23"),
            ),
            "travel_document",
        ),
        {},
    ),
    "humanitarian_family_everything": (
        "humanitarian",
        (
            *instead(
                HUMANITARIAN,
                EXTENSION,
                ("title_25_5", "title_25a_1"),
                ("title_holder", "family_member"),
            ),
            *("married", "employed", "apprentice", "self_employed", "school_age_children"),
            *("integration_course", "foreign_documents", "box_pickup"),
        ),
        ENDS,
    ),
    "humanitarian_benefits": ("humanitarian", (*HUMANITARIAN, "on_benefits"), {}),
    "humanitarian_family_excluded": (
        "humanitarian",
        instead(HUMANITARIAN, ("title_holder", "family_member")),
        {},
    ),
    "humanitarian_temporary_protection": (
        "humanitarian",
        instead(HUMANITARIAN, ("title_25_5", "title_24")),
        {},
    ),
    "pickup_box": ("pickup_box", ("consent_missing", "old_document", "for_somebody_else"), {}),
}


def written(found: Checklist) -> str:
    """A list as a person would write it down."""
    rows = [f"# {found.procedure.title.de}"]
    if found.stop:
        rows += [f"STOP {found.stop.id}: {found.stop.title.de}", f"  -> {found.stop.see or '-'}"]
    for item in found.items:
        rows.append(f"[ ] {item.id}: {item.title.de}{' (falls vorhanden)' * item.if_available}")
        rows.append(f"    {item.reason.de}")
    for line in found.fee.lines:
        kind = "sicher" if line.certain else "möglich"
        least = "" if line.least == line.amount else f"{line.least} bis "
        rows.append(f"{least + str(line.amount):>8} von {line.full} EUR {kind} {line.code}")
        rows += [f"    {reason.de}" for reason in line.explained]
    rows.append(f"{found.fee.total} bis {found.fee.at_most} EUR")
    rows += [f"{fee.amount:>8} EUR {fee.code}" for fee in found.means]
    rows += [f"{note.kind} {note.id} {note.due_on or ''}".rstrip() for note in found.notes]
    return "\n".join(rows) + "\n"


def test_there_are_thirty_cases() -> None:
    assert len(CASES) == 30


@pytest.mark.parametrize("name", CASES)
def test_list_is_as_it_was_agreed(shipped: Catalogue, name: str) -> None:
    slug, facts, days = CASES[name]
    text = written(ask(shipped, slug, *facts, days=days))
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text


def test_no_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == set(CASES)

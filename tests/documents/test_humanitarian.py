"""The humanitarian permit online: who may apply, what happens, which papers."""

from datetime import date

import pytest

from documents.catalogue_types import Catalogue
from tests.documents.cases import (
    HUMANITARIAN,
    ask,
    ids,
    instead,
    item,
    note,
    notes,
    procedure_of,
    stop_of,
)

# The table of who may apply online: title -> (holder may, family may).
TITLES = {
    "title_22_1": (True, True),
    "title_22_2": (True, True),
    "title_23_1": (True, True),
    "title_23_2": (True, True),
    "title_23_4": (True, True),
    "title_23a": (True, True),
    "title_25_4_1": (True, False),
    "title_25_4_2": (True, False),
    "title_25_4a": (True, True),
    "title_25_4b": (True, False),
    "title_25_5": (True, False),
    "title_25a_1": (True, True),
    "title_25a_2": (True, False),
    "title_25b_1": (True, True),
    "title_25b_4": (True, False),
    "title_104a_1_1": (True, False),
    "title_104a": (True, True),
    "title_104b": (True, False),
    "title_104c": (True, False),
    "title_25_1_to_3": (False, False),
    "title_24": (False, False),
    "asylum_pending": (False, False),
    "settlement_wanted": (False, False),
    "other_title": (False, False),
}
ELSEWHERE = {
    "title_25_1_to_3": ("other_procedure", "das dafür vorgesehene Antragsverfahren"),
    "title_24": ("temporary_protection", "eigenes Postfach"),
    "asylum_pending": ("asylum", "Postfach für Asylrecht"),
    "settlement_wanted": ("settlement", "Niederlassungserlaubnis"),
    "other_title": ("not_listed", "Ausländerbehörde"),
}


def of(title: str, who: str = "title_holder") -> tuple[str, ...]:
    return instead(HUMANITARIAN, ("title_25_5", title), ("title_holder", who))


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("who", ["title_holder", "family_member"])
def test_who_may_apply_online(shipped: Catalogue, title: str, who: str) -> None:
    found = ask(shipped, "humanitarian", *of(title, who))
    allowed = TITLES[title][who == "family_member"]
    assert (found.stop is None) is allowed
    assert bool(found.items) is allowed
    assert bool(found.fee.lines) is allowed


def test_table_covers_every_title_the_assistant_asks_for(shipped: Catalogue) -> None:
    question = procedure_of(shipped, "humanitarian").questions[0]
    assert {option.fact for option in question.options} == set(TITLES)


@pytest.mark.parametrize("title", ELSEWHERE)
def test_who_may_not_is_told_where_to_go(shipped: Catalogue, title: str) -> None:
    stop = stop_of(ask(shipped, "humanitarian", *of(title)))
    name, words = ELSEWHERE[title]
    assert stop.id == name
    assert words in stop.title.de + stop.text.de


def test_nobody_is_sent_to_a_procedure_that_the_office_does_not_name(shipped: Catalogue) -> None:
    """§ 25 (3) is neither asylum nor subsidiary protection; the page says "das entsprechende"."""
    stop = stop_of(ask(shipped, "humanitarian", *of("title_25_1_to_3")))
    assert len(stop.text.by_language) == 10
    named = (
        "refugee",
        "réfugiés",
        "беженц",
        "біженц",
        "mülteci",
        "tị nạn",
        "اللاجئين",
        "پناهندگان",
    )
    assert [word for word in named if word in " ".join(stop.text.by_language.values())] == []


def test_family_is_told_of_the_law_and_of_counselling(shipped: Catalogue) -> None:
    stop = stop_of(ask(shipped, "humanitarian", *of("title_25_5", "family_member")))
    assert stop.id == "family_excluded"
    assert "(§\u00a029\u00a0Abs.\u00a03\u00a0AufenthG)" in stop.text.de
    assert "Migrationsberatung" in stop.text.de


# --- how it goes


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            "what_happens",
            [
                "Termin",
                "Fingerabdrücke",
                "Gebühr",
                "Wenn eine Gebühr anfällt",
                "schriftlichen Ablehnungsbescheid",
            ],
        ),
        ("interpreter", ["auf Deutsch", "übersetzt"]),
        ("more_documents", ["weitere Unterlagen"]),
        ("validity", ["jeweils höchstens 3 Jahre", "höchstens 6 Monate", "18 Monate"]),
        ("residence_restriction", ["Stadt", "Bundesland", "aufgehoben"]),
        ("work", ["selbstständig", "beantragen"]),
        (
            "true_statements",
            ["Rücknahme", "Geldstrafe", "Freiheitsstrafe von bis zu drei Jahren", "Ausweisung"],
        ),
        ("not_binding", ["nicht rechtsverbindlich", "§\u00a05", "§§\u00a045, 48, 52 und 53"]),
        ("box", ["Dokumentenausgabebox"]),
    ],
)
def test_process_rules(shipped: Catalogue, row: str, words: list[str]) -> None:
    found = note(ask(shipped, "humanitarian", *HUMANITARIAN), row)
    assert all(word in found.title.de + " " + found.text.de for word in words)


@pytest.mark.parametrize("word", ["PDF", "vollständig", "nicht zwischengespeichert", "eingescannt"])
def test_uploads_are_scanned_pdf_complete_and_not_saved(shipped: Catalogue, word: str) -> None:
    assert word in procedure_of(shipped, "humanitarian").intro.de


def test_deadline_is_eight_weeks_and_a_warning_only(shipped: Catalogue) -> None:
    facts = instead(HUMANITARIAN, ("first", "extension"))
    found = ask(shipped, "humanitarian", *facts, days={"title_ends_on": date(2026, 12, 31)})
    deadline = note(found, "eight_weeks_before")
    assert deadline.due_on == date(2026, 11, 5)
    assert found.items
    assert "noch beantragen" in deadline.text.de


def test_no_deadline_without_the_day_or_for_a_first_permit(shipped: Catalogue) -> None:
    facts = instead(HUMANITARIAN, ("first", "extension"))
    assert note(ask(shipped, "humanitarian", *facts), "eight_weeks_before").due_on is None
    assert "eight_weeks_before" not in notes(ask(shipped, "humanitarian", *HUMANITARIAN))


def test_travel_document_is_an_exception_without_passport_only(shipped: Catalogue) -> None:
    without = instead(HUMANITARIAN, ("valid_passport", "no_valid_passport"))
    found = ask(shipped, "humanitarian", *without, "travel_document")
    assert "Anspruch" in note(found, "travel_document").text.de
    found = ask(shipped, "humanitarian", *HUMANITARIAN, "travel_document")
    assert "travel_document_with_passport" in notes(found)
    assert not [one for one in found.fee.lines if one.code.startswith("ra_")]


# --- the papers


@pytest.mark.parametrize("row", ["humanitarian_reason", "rent_certificate", "current_title"])
def test_rows_that_everybody_needs(shipped: Catalogue, row: str) -> None:
    assert row in ids(ask(shipped, "humanitarian", *HUMANITARIAN))


@pytest.mark.parametrize("who", ["title_holder", "family_member"])
def test_current_title_in_three_forms_also_for_family(shipped: Catalogue, who: str) -> None:
    found = item(ask(shipped, "humanitarian", *of("title_23_1", who)), "current_title")
    assert found.if_available
    assert len(found.accepted.de.splitlines()) == 3


def test_passport_or_its_replacement_papers(shipped: Catalogue) -> None:
    with_passport = ids(ask(shipped, "humanitarian", *HUMANITARIAN))
    without = ids(
        ask(
            shipped,
            "humanitarian",
            *instead(HUMANITARIAN, ("valid_passport", "no_valid_passport")),
        )
    )
    papers = {"no_passport_efforts", "no_passport_identity"}
    assert "passport" in with_passport
    assert not papers & set(with_passport)
    assert "passport" not in without
    assert papers <= set(without)


def test_identity_papers_are_translated(shipped: Catalogue) -> None:
    facts = instead(HUMANITARIAN, ("valid_passport", "no_valid_passport"))
    found = item(ask(shipped, "humanitarian", *facts), "no_passport_identity")
    assert "Geburtsurkunde" in found.accepted.de
    assert "beglaubigter deutscher Übersetzung" in found.details.de


@pytest.mark.parametrize(
    ("fact", "row", "words"),
    [
        ("integration_course", "integration_course_reg", ["Anmeldung"]),
        ("married", "marriage_cert", ["Legalisation", "Apostille"]),
        ("employed", "employment", ["Arbeitsvertrag", "3 Monate", "Ehepartner"]),
        ("on_benefits", "benefits_notice", ["Jobcenter", "Sozialamt"]),
        ("apprentice", "apprenticeship", ["Ausbildungsvertrag", "3 Monate"]),
        (
            "self_employed",
            "self_employed",
            ["Gewerbeanmeldung", "24 Monate", "Krankenversicherung"],
        ),
        ("school_age_children", "school_children", ["Schulbescheinigung", "4 Zeugnisse"]),
        ("foreign_documents", "foreign_documents", ["außerhalb der EU", "Apostille"]),
        ("box_pickup", "box_consent", ["Original"]),
    ],
)
def test_conditional_rows(shipped: Catalogue, fact: str, row: str, words: list[str]) -> None:
    assert row not in ids(ask(shipped, "humanitarian", *HUMANITARIAN))
    found = item(ask(shipped, "humanitarian", *HUMANITARIAN, fact), row)
    assert all(word in found.title.de + found.details.de + found.reason.de for word in words)


def test_extension_extra_only_for_an_extension_and_if_available(shipped: Catalogue) -> None:
    facts = instead(HUMANITARIAN, ("first", "extension"))
    found = item(ask(shipped, "humanitarian", *facts), "extension_extra")
    assert found.if_available
    assert "Leben in Deutschland" in found.accepted.de
    assert "extension_extra" not in ids(ask(shipped, "humanitarian", *HUMANITARIAN))


def test_rent_certificate_is_no_wohnungsgeberbescheinigung(shipped: Catalogue) -> None:
    found = item(ask(shipped, "humanitarian", *HUMANITARIAN), "rent_certificate")
    assert "Wohnungsgeberbescheinigung" in found.not_accepted.de
    assert "Vermieter" in found.title.de


def test_foreign_documents_rule_is_on_its_sheet(shipped: Catalogue) -> None:
    sheet = {one.id: one.text.de for one in procedure_of(shipped, "legalisation").notes}
    assert "Land" in sheet["legalisation"]
    assert "Behörde des Staates" in sheet["apostille"]
    assert "Auslandsvertretung" in sheet["impossible"]
    assert "Auswärtigen Amtes" in sheet["which"]

"""The study permit and students from the EU: every row of the university's and office's lists."""

from datetime import date
from decimal import Decimal

import pytest

from documents.catalogue_types import Catalogue
from tests.documents.cases import (
    STUDY,
    ask,
    ids,
    instead,
    item,
    line,
    note,
    notes,
    procedure_of,
    stop_of,
)

EXTENSION = instead(STUDY, ("first", "extension"))
CHANGE = instead(STUDY, ("first", "change_of_purpose"))
ALWAYS_FREE = instead(STUDY, ("visa_needed", "visa_free_always"))
FREE_WITHOUT_WORK = instead(STUDY, ("visa_needed", "visa_free_without_work"))


# --- who is who


def test_sc1_eu_eea_and_swiss_students_need_no_permit(shipped: Catalogue) -> None:
    found = ask(shipped, "study", *instead(STUDY, ("visa_needed", "eu_citizen")))
    stop = stop_of(found)
    assert stop.id == "eu_citizens"
    assert stop.see == "eu_students"
    assert "Selbstauskunft" in stop.text.de
    assert not found.items
    assert not found.fee.lines


def test_sc2_applies_within_the_validity_of_the_visa(shipped: Catalogue) -> None:
    found = ask(shipped, "study", *STUDY, days={"title_ends_on": date(2027, 1, 15)})
    assert note(found, "within_visa").due_on == date(2027, 1, 15)
    assert "within_90_days" not in notes(found)


@pytest.mark.parametrize("facts", [ALWAYS_FREE, FREE_WITHOUT_WORK])
def test_sc3_applies_within_90_days_of_entry(shipped: Catalogue, facts: tuple[str, ...]) -> None:
    found = ask(shipped, "study", *facts, days={"entered_on": date(2026, 10, 1)})
    assert note(found, "within_90_days").due_on == date(2026, 12, 30)
    assert "drei Monate" in note(found, "within_90_days").text.de
    assert "within_visa" not in notes(found)


def test_visa_free_always_includes_the_united_kingdom(shipped: Catalogue) -> None:
    question = next(q for q in procedure_of(shipped, "study").questions if q.id == "passport_of")
    label = next(o.label for o in question.options if o.fact == "visa_free_always").to("en")
    for country in (
        *("Australia", "Israel", "Japan", "Canada", "Republic of Korea"),
        *("New Zealand", "United Kingdom", "USA"),
    ):
        assert country in label


def test_visa_free_if_no_gainful_employment_is_warned(shipped: Catalogue) -> None:
    question = next(q for q in procedure_of(shipped, "study").questions if q.id == "passport_of")
    label = next(o.label for o in question.options if o.fact == "visa_free_without_work").to("en")
    for country in ("Andorra", "Brazil", "El Salvador", "Honduras", "Monaco", "San Marino"):
        assert country in label
    assert "no_work_without_visa" in notes(ask(shipped, "study", *FREE_WITHOUT_WORK))
    assert "no_work_without_visa" not in notes(ask(shipped, "study", *ALWAYS_FREE))


def test_conversion_of_the_visa_is_explained(shipped: Catalogue) -> None:
    assert "umgewandelt" in note(ask(shipped, "study", *STUDY), "within_visa").text.de


@pytest.mark.parametrize("facts", [EXTENSION, CHANGE])
def test_lead_time_is_three_months_before_the_permit_ends(
    shipped: Catalogue, facts: tuple[str, ...]
) -> None:
    found = ask(shipped, "study", *facts, days={"title_ends_on": date(2027, 5, 31)})
    assert note(found, "three_months_before").due_on == date(2027, 2, 28)


# --- the papers

ALWAYS = ["form", "photo", "enrolment", "insurance", "housing", "fee"]


@pytest.mark.parametrize("row", ALWAYS)
@pytest.mark.parametrize("facts", [STUDY, EXTENSION, CHANGE, ALWAYS_FREE])
def test_rows_that_everybody_needs(shipped: Catalogue, row: str, facts: tuple[str, ...]) -> None:
    assert row in ids(ask(shipped, "study", *facts))


def test_passport_with_a_visa_only_when_first_and_with_visa(shipped: Catalogue) -> None:
    assert "passport_with_visa" in ids(ask(shipped, "study", *STUDY))
    assert "passport" not in ids(ask(shipped, "study", *STUDY))
    for facts in (EXTENSION, CHANGE, ALWAYS_FREE):
        assert "passport" in ids(ask(shipped, "study", *facts))
        assert "passport_with_visa" not in ids(ask(shipped, "study", *facts))


@pytest.mark.parametrize(
    ("fact", "row"),
    [
        ("bafoeg_certificate", "bafoeg_certificate"),
        ("private_insurance", "insurance_sgb_v"),
        ("box_pickup", "box_consent"),
        ("foreign_documents", "translations"),
        ("scholarship", "scholarship_proof"),
        ("on_benefits", "benefits_notice"),
    ],
)
def test_conditional_rows(shipped: Catalogue, fact: str, row: str) -> None:
    assert row not in ids(ask(shipped, "study", *STUDY))
    assert row in ids(ask(shipped, "study", *STUDY, fact))


def test_insurance_states_the_contribution_and_is_no_copy_of_the_card(shipped: Catalogue) -> None:
    insurance = item(ask(shipped, "study", *STUDY), "insurance")
    assert "Beitrag in Euro" in insurance.details.de
    assert "Kopie der Versicherungskarte" in insurance.not_accepted.de


def test_finance_1y_for_the_first_and_finance_6m_for_an_extension(shipped: Catalogue) -> None:
    first, longer = ids(ask(shipped, "study", *STUDY)), ids(ask(shipped, "study", *EXTENSION))
    assert "finance_1y" in first
    assert "finance_6m" not in first
    assert "finance_6m" in longer
    assert "finance_1y" not in longer


def test_housing_states_the_size(shipped: Catalogue) -> None:
    assert "m²" in item(ask(shipped, "study", *STUDY), "housing").details.de


def test_box_consent_is_the_german_original_and_optional(shipped: Catalogue) -> None:
    consent = item(ask(shipped, "study", *STUDY, "box_pickup"), "box_consent")
    assert "Deutsche Fassung" in consent.details.de
    assert "freiwillig" in consent.reason.de
    assert consent.see == "pickup_box_consent"


def test_submission_is_online_and_not_sent_again(shipped: Catalogue) -> None:
    assert "online" in procedure_of(shipped, "study").intro.de


def test_translation_rule(shipped: Catalogue) -> None:
    rule = item(ask(shipped, "study", *STUDY, "foreign_documents"), "translations")
    assert "außer dem Pass" in rule.details.de
    assert "vereidigte" in rule.details.de
    assert "Universität" in rule.details.de
    assert "§\u00a082" in rule.reason.de


# --- financing


@pytest.mark.parametrize(
    ("on", "month", "year"),
    [(date(2024, 8, 31), "934", "11208"), (date(2024, 9, 1), "992", "11904")],
)
def test_amounts_of_the_day(shipped: Catalogue, on: date, month: str, year: str) -> None:
    found = ask(shipped, "study", *STUDY, on=on)
    assert {fee.code: fee.amount for fee in found.means} == {
        "means_month": Decimal(month),
        "means_year": Decimal(year),
    }


@pytest.mark.parametrize(
    "form",
    [
        "Konto mit Sperrvermerk",
        "Verpflichtungserklärung",
        "Stipendium",
        "Bankbürgschaft",
        "Eltern",
    ],
)
def test_forms_of_financing(shipped: Catalogue, form: str) -> None:
    accepted = item(ask(shipped, "study", *STUDY), "finance_1y").accepted.de
    assert form in accepted


def test_parents_income_says_to_ask_the_office(shipped: Catalogue) -> None:
    lines = item(ask(shipped, "study", *STUDY), "finance_1y").accepted.de.splitlines()
    assert any("Eltern" in line and "fragen Sie" in line for line in lines)


def test_contract_as_research_staff_is_a_proof_of_financing_for_doctoral_candidates_only(
    shipped: Catalogue,
) -> None:
    lines = item(ask(shipped, "study", *STUDY), "finance_1y").accepted.de.splitlines()
    [contract] = [line for line in lines if "Arbeitsvertrag" in line]
    assert contract.startswith("Nur bei einer Promotion")


def test_whoever_has_graduated_proves_no_enrolment(shipped: Catalogue) -> None:
    found = ask(shipped, "study", *instead(STUDY, ("first", "job_search")))
    assert "enrolment" not in ids(found)
    assert line(found, "ae_purpose").amount == 98
    assert {"work_allowance", "break_off", "change_of_subject"}.isdisjoint(
        one.id for one in found.notes
    )


def test_past_six_months_may_be_proven_by_five_papers(shipped: Catalogue) -> None:
    accepted = item(ask(shipped, "study", *EXTENSION), "finance_6m").accepted.de
    for word in ("Kontoauszüge", "Verpflichtungserklärung", "Sperrkonto", "Stipendium", "Gehalt"):
        assert word in accepted


# --- fees


@pytest.mark.parametrize(
    ("facts", "code", "amount"),
    [(STUDY, "ae_first", "100"), (EXTENSION, "ae_ext", "93"), (CHANGE, "ae_purpose", "98")],
)
def test_fee_by_purpose(shipped: Catalogue, facts: tuple[str, ...], code: str, amount: str) -> None:
    found = ask(shipped, "study", *facts)
    assert found.fee.total == Decimal(amount)
    assert line(found, code).certain


def test_provisional_certificate_is_possible(shipped: Catalogue) -> None:
    fiktion = line(ask(shipped, "study", *EXTENSION), "fiktion")
    assert fiktion.amount == 13
    assert not fiktion.certain


@pytest.mark.parametrize("facts", [STUDY, EXTENSION])
def test_scholarship_waives_issue_extension_and_certificate(
    shipped: Catalogue, facts: tuple[str, ...]
) -> None:
    found = ask(shipped, "study", *facts, "scholarship")
    assert found.fee.total == 0
    assert line(found, "fiktion").amount == 0


def test_scholarship_leaves_the_change_of_purpose_to_the_office(shipped: Catalogue) -> None:
    changed = line(ask(shipped, "study", *CHANGE, "scholarship"), "ae_purpose")
    assert changed.amount == 98
    assert "fragen Sie" in changed.explained[0].de


# --- while studying


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("work_allowance", ["140", "280", "vier Stunden", "§\u00a016b\u00a0Abs.\u00a03"]),
        ("permit_period", ["zwei Jahre"]),
        ("longest_stay", ["zehn Jahre"]),
        ("change_of_subject", ["vorher", "Hochschule"]),
        ("break_off", ["zwei Wochen", "§\u00a082\u00a0Abs.\u00a06"]),
        ("address_change", ["Bürgerbüro"]),
        ("appointment_is_sent", ["Sondersprechzeiten"]),
    ],
)
def test_conditions_during_study(shipped: Catalogue, row: str, words: list[str]) -> None:
    found = note(ask(shipped, "study", *STUDY), row)
    assert all(word in found.title.de + found.text.de for word in words)


def test_language_course_works_only_in_the_semester_break(shipped: Catalogue) -> None:
    found = ask(shipped, "study", *STUDY, "language_course")
    days = note(found, "work_language_course")
    assert all(word in days.title.de for word in ("140", "280", "nur in den Semesterferien"))
    assert "work_allowance" not in notes(found)


def test_breaking_off_is_no_deadline_of_everybody(shipped: Catalogue) -> None:
    found = note(ask(shipped, "study", *STUDY), "break_off")
    assert (found.kind, found.due_on) == ("info", None)
    assert found.title.de.startswith("Wenn Sie")


def test_employers_note_leads_to_the_sheet_on_81_4(shipped: Catalogue) -> None:
    found = ask(shipped, "study", *EXTENSION, "working")
    assert note(found, "employer").see == "employers"
    assert "employer" not in notes(ask(shipped, "study", *STUDY, "working"))


def test_employers_sheet_says_that_the_effect_ends_with_the_decision(shipped: Catalogue) -> None:
    sheet = procedure_of(shipped, "employers")
    text = " ".join(one.text.de for one in sheet.notes)
    for words in (
        "§\u00a081\u00a0Abs.\u00a04\u00a0Satz\u00a01",
        "Beschäftigung",
        "Entscheidung über den Antrag",
    ):
        assert words in text


# --- students from the EU, the EEA and Switzerland


def test_eu_students_have_a_right_by_law_with_three_conditions(shipped: Catalogue) -> None:
    right = note(ask(shipped, "eu_students"), "right_by_law").text.de
    assert all(word in right for word in ("Studienzulassung", "Krankenversicherung", "Mittel"))


def test_eu_students_register_in_person(shipped: Catalogue) -> None:
    found = ask(shipped, "eu_students")
    assert ids(found) == ["registration", "self_disclosure", "enrolment"]


def test_eu_students_bring_more_in_individual_cases(shipped: Catalogue) -> None:
    found = ask(shipped, "eu_students", "asked_for_more")
    assert {"insurance_card", "finance"} <= set(ids(found))


def test_eu_students_prove_financing_in_four_ways(shipped: Catalogue) -> None:
    accepted = item(ask(shipped, "eu_students", "asked_for_more"), "finance").accepted.de
    assert [
        word
        for word in ("Stipendienbescheid", "Arbeitsvertrag", "Eltern", "Kontoauszug")
        if word in accepted
    ] == ["Stipendienbescheid", "Arbeitsvertrag", "Eltern", "Kontoauszug"]


def test_eu_citizens_get_a_certificate_after_more_than_five_years(shipped: Catalogue) -> None:
    assert "permanent_residence" not in notes(ask(shipped, "eu_students"))
    found = ask(shipped, "eu_students", "more_than_five_years")
    assert "permanent_residence" in notes(found)
    assert line(found, "eu_permanent").amount == 10

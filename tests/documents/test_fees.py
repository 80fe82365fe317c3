"""Fees: every row of the table, who pays less, and the birthday boundary."""

from datetime import date
from decimal import Decimal

import pytest

from documents.catalogue_types import Catalogue
from documents.checklist import age, age_fact
from tests.documents.cases import HUMANITARIAN, STUDY, ask, instead, line, price

EXTENSION = instead(HUMANITARIAN, ("first", "extension"))
MINOR = ("age_24_or_more", "age_under_18")
YOUNG = ("age_24_or_more", "age_18_to_23")
TRAVEL = (*instead(HUMANITARIAN, ("valid_passport", "no_valid_passport")), "travel_document")
FAMILY = ("title_holder", "family_member")
RESETTLED = ("title_25_5", "title_23_4")


@pytest.mark.parametrize(
    ("code", "amount", "basis"),
    [
        ("ae_first", "100.00", "§ 45 Nr. 1"),
        ("ae_ext", "93.00", "§ 45 Nr. 2 b"),
        ("ae_ext_short", "96.00", "§ 45 Nr. 2 a"),
        ("ae_purpose", "98.00", "§ 45 Nr. 3"),
        ("fiktion", "13.00", "§ 47 Abs. 1 Nr. 8"),
        ("ra_24plus", "100.00", "§ 48 Abs. 1 Nr. 1 a"),
        ("ra_u24", "97.00", "§ 48 Abs. 1 Nr. 1 b"),
        ("ra_resettle_24plus", "70.00", "§ 48 Abs. 1 Nr. 1 c"),
        ("ra_resettle_u24", "38.00", "§ 48 Abs. 1 Nr. 1 d"),
        ("eat_reissue", "67.00", "§ 45c Abs. 1"),
        ("photo_at_office", "6.00", "§ 60 Abs. 2"),
        ("eu_permanent", "10.00", "§ 47 Abs. 3"),
        ("settlement", "113.00", "§ 44"),
        ("certificate", "18.00", "§ 47"),
        ("id_substitute", "32.00", "§ 48"),
        ("settlement_self_employed", "124.00", "§ 44"),
        ("settlement_highly_qualified", "147.00", "§ 44"),
        ("eu_long_term", "109.00", "§ 44a"),
        ("transfer", "12.00", "§ 47"),
        ("ra_preliminary", "67.00", "§ 48"),
        ("ra_preliminary_protected", "26.00", "§ 48"),
        ("ra_child", "14.00", "§ 48"),
        ("postal_delivery", "15.00", "§ 60a Abs. 2"),
    ],
)
def test_amount_and_legal_basis(shipped: Catalogue, code: str, amount: str, basis: str) -> None:
    fee = price(shipped, code)
    assert fee.amount == Decimal(amount)
    assert fee.basis.startswith(basis)


@pytest.mark.parametrize(
    ("born", "on", "years", "fact"),
    [
        (date(2002, 11, 23), date(2026, 11, 22), 23, "age_18_to_23"),
        (date(2002, 11, 23), date(2026, 11, 23), 24, "age_24_or_more"),
        (date(2008, 11, 23), date(2026, 11, 22), 17, "age_under_18"),
        (date(2008, 11, 23), date(2026, 11, 23), 18, "age_18_to_23"),
        (date(2008, 2, 29), date(2026, 2, 28), 17, "age_under_18"),
        (date(2008, 2, 29), date(2026, 3, 1), 18, "age_18_to_23"),
        (date(2002, 1, 1), date(2025, 12, 31), 23, "age_18_to_23"),
    ],
)
def test_age_rule_at_the_birthday(born: date, on: date, years: int, fact: str) -> None:
    assert age(born, on) == years
    assert age_fact(born, on) == fact


@pytest.mark.parametrize(
    ("facts", "code", "amount"),
    [
        (HUMANITARIAN, "ae_first", "50.00"),
        (EXTENSION, "ae_ext", "46.50"),
        (HUMANITARIAN, "fiktion", "6.50"),
    ],
)
def test_minors_pay_half(
    shipped: Catalogue, facts: tuple[str, ...], code: str, amount: str
) -> None:
    found = line(ask(shipped, "humanitarian", *instead(facts, MINOR)), code)
    assert found.amount == Decimal(amount)
    assert "unter 18" in found.explained[0].de


def test_minors_pay_half_for_a_change_of_purpose(shipped: Catalogue) -> None:
    facts = instead(STUDY, ("first", "change_of_purpose"), ("age_18_or_more", "age_under_18"))
    assert line(ask(shipped, "study", *facts), "ae_purpose").amount == Decimal("49.00")


def test_half_of_a_new_card_is_foreseen(shipped: Catalogue) -> None:
    half = next(one for one in shipped.reductions if one.id == "minor_half")
    assert "eat_reissue" in half.codes
    assert price(shipped, "eat_reissue").amount * half.share == Decimal("33.50")


@pytest.mark.parametrize(
    ("facts", "code", "amount"),
    [
        (TRAVEL, "ra_24plus", "100"),
        (instead(TRAVEL, YOUNG), "ra_u24", "97"),
        (instead(TRAVEL, MINOR), "ra_u24", "97"),
        (instead(TRAVEL, RESETTLED), "ra_resettle_24plus", "70"),
        (instead(TRAVEL, RESETTLED, YOUNG), "ra_resettle_u24", "38"),
        (instead(TRAVEL, RESETTLED, FAMILY), "ra_24plus", "100"),
        (instead(TRAVEL, RESETTLED, YOUNG, FAMILY), "ra_u24", "97"),
    ],
)
def test_travel_document_by_age_and_resettlement(
    shipped: Catalogue, facts: tuple[str, ...], code: str, amount: str
) -> None:
    found = ask(shipped, "humanitarian", *facts)
    travel = [one for one in found.fee.lines if one.code.startswith("ra_")]
    assert [(one.code, one.amount) for one in travel] == [(code, Decimal(amount))]


@pytest.mark.parametrize("reduced", ["minor", "benefits", "resettlement"])
def test_no_exemption_for_passport_substitutes(shipped: Catalogue, reduced: str) -> None:
    facts = {
        "minor": instead(TRAVEL, MINOR),
        "benefits": (*TRAVEL, "on_benefits"),
        "resettlement": instead(TRAVEL, RESETTLED),
    }[reduced]
    found = ask(shipped, "humanitarian", *facts)
    travel = next(one for one in found.fee.lines if one.code.startswith("ra_"))
    assert travel.amount == travel.full
    assert travel.explained


@pytest.mark.parametrize("facts", [HUMANITARIAN, EXTENSION])
def test_benefits_exempt_from_permit_and_certificate(
    shipped: Catalogue, facts: tuple[str, ...]
) -> None:
    found = ask(shipped, "humanitarian", *facts, "on_benefits")
    assert found.fee.total == 0
    assert line(found, "fiktion").amount == 0
    assert "Bescheid" in found.fee.lines[0].explained[0].de
    assert "benefits_notice" in {item.id for item in found.items}


def test_benefits_do_not_exempt_from_a_change_of_purpose(shipped: Catalogue) -> None:
    facts = (*instead(STUDY, ("first", "change_of_purpose")), "on_benefits")
    found = line(ask(shipped, "study", *facts), "ae_purpose")
    assert found.amount == 98
    assert found.explained


def test_resettlement_exempts_the_holder_not_the_family(shipped: Catalogue) -> None:
    facts = instead(HUMANITARIAN, RESETTLED)
    assert ask(shipped, "humanitarian", *facts).fee.total == 0
    family = instead(facts, ("title_holder", "family_member"))
    assert ask(shipped, "humanitarian", *family).fee.total == 100


def test_exemption_goes_before_half(shipped: Catalogue) -> None:
    found = ask(shipped, "humanitarian", *instead(EXTENSION, MINOR), "on_benefits")
    extension = line(found, "ae_ext")
    assert extension.amount == 0
    assert len(extension.explained) == 1


def test_photo_fee_only_since_may_2025(shipped: Catalogue) -> None:
    assert shipped.price("photo_at_office", date(2025, 4, 30)) is None
    assert price(shipped, "photo_at_office", date(2025, 5, 1)).amount == 6

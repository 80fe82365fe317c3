"""What to bring to an emergency appointment: every row of the office's list."""

import pytest

from documents.catalogue_types import CATEGORIES, Catalogue
from tests.documents.cases import ask, ids, item, line


@pytest.mark.parametrize("category", CATEGORIES)
def test_residence_permit_unless_it_is_lost(shipped: Catalogue, category: str) -> None:
    assert ("residence_permit" in ids(ask(shipped, "emergency", category))) is (
        category != "lost_document"
    )


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("row", ["passport", "photo", "fee_money"])
def test_passport_photo_and_fee_money_always(shipped: Catalogue, category: str, row: str) -> None:
    assert row in ids(ask(shipped, "emergency", category))


def test_photo_is_digital_since_may_2025(shipped: Catalogue) -> None:
    photo = item(ask(shipped, "emergency", "expired"), "photo")
    assert "1. Mai 2025" in photo.details.de
    assert "Papier" in photo.not_accepted.de


@pytest.mark.parametrize(
    ("category", "proof"),
    [
        ("expired", None),
        ("expiring", None),
        ("job_loss", "emergency_proof_job"),
        ("urgent_travel", "emergency_proof_travel"),
        ("lost_document", "emergency_proof_loss"),
    ],
)
def test_emergency_proof_by_category(shipped: Catalogue, category: str, proof: str | None) -> None:
    found = [name for name in ids(ask(shipped, "emergency", category)) if "proof" in name]
    assert found == ([proof] if proof else [])


def test_emergency_proof_names_the_four_examples(shipped: Catalogue) -> None:
    travel = item(ask(shipped, "emergency", "urgent_travel"), "emergency_proof_travel")
    assert travel.accepted.to("en").splitlines() == [
        "Proof of illness",
        "Death certificate",
        "Business trip certificate",
        "Travel documents, for example tickets",
    ]


def test_notice_of_loss_only_if_there_is_one(shipped: Catalogue) -> None:
    assert item(ask(shipped, "emergency", "lost_document"), "emergency_proof_loss").if_available


def test_payment_methods_are_cash_and_ec_card(shipped: Catalogue) -> None:
    money = item(ask(shipped, "emergency", "expired"), "fee_money")
    assert money.details.de == "Zahlung: bar oder mit EC-Karte."


@pytest.mark.parametrize("category", CATEGORIES)
def test_says_of_which_emergency_the_title_is_proof_enough(
    shipped: Catalogue, category: str
) -> None:
    said = "title_is_proof" in {note.id for note in ask(shipped, "emergency", category).notes}
    assert said == (category in {"expired", "expiring"})


def test_lost_card_may_cost_a_new_card_and_nobody_is_promised_a_sum(shipped: Catalogue) -> None:
    found = ask(shipped, "emergency", "lost_document")
    assert line(found, "eat_reissue").amount == 67
    assert "fiktion" not in [one.code for one in found.fee.lines]
    assert found.fee.total == 0
    assert found.fee.at_most == 73

"""Draft, publish, and what the database refuses."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from documents.actions import NotADraft, PublishedBackwards, copy_to_draft, pack, publish
from documents.catalogue import catalogue_on
from documents.catalogue_types import Catalogue
from documents.models import CatalogueVersion, Fee, Procedure, Reduction, Requirement
from documents.schema import CatalogueBroken
from documents.validation import read
from tests.documents.cases import price
from tests.documents.conftest import NOW, TODAY

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def draft(loaded: CatalogueVersion) -> CatalogueVersion:
    return copy_to_draft(loaded, name="Entwurf", valid_from=TOMORROW)


def test_a_copy_says_the_same(
    draft: CatalogueVersion, loaded: CatalogueVersion, shipped: Catalogue
) -> None:
    copied = read(pack(draft))
    assert copied.procedures == shipped.procedures
    assert copied.fees == shipped.fees
    assert copied.reductions == shipped.reductions


def test_nobody_sees_a_draft(draft: CatalogueVersion) -> None:
    draft.fees.filter(code="ae_ext").update(amount=Decimal("95"))
    assert price(catalogue_on(TOMORROW), "ae_ext", TOMORROW).amount == 93


def test_people_see_a_published_version_from_its_day_on(draft: CatalogueVersion) -> None:
    draft.fees.filter(code="ae_ext").update(amount=Decimal("95"))
    publish(draft, by=None, now=NOW, today=TODAY)
    assert price(catalogue_on(TODAY), "ae_ext", TODAY).amount == 93
    assert price(catalogue_on(TOMORROW), "ae_ext", TOMORROW).amount == 95


def test_publishing_keeps_one_document_and_no_rows(draft: CatalogueVersion) -> None:
    publish(draft, by=None, now=NOW, today=TODAY)
    draft.refresh_from_db()
    assert draft.digest
    assert not Procedure.objects.exists()
    assert not Fee.objects.exists()
    assert not Reduction.objects.exists()


def test_a_published_version_is_not_published_again(draft: CatalogueVersion) -> None:
    publish(draft, by=None, now=NOW, today=TODAY)
    draft.refresh_from_db()
    with pytest.raises(NotADraft):
        publish(draft, by=None, now=NOW, today=TODAY)


def test_nothing_is_published_backwards(draft: CatalogueVersion) -> None:
    draft.valid_from = TODAY - timedelta(days=1)
    with pytest.raises(PublishedBackwards):
        publish(draft, by=None, now=NOW, today=TODAY)


def test_a_broken_draft_stays_a_draft_as_a_whole(draft: CatalogueVersion) -> None:
    Requirement.objects.filter(slug="photo").update(condition="unknown_fact")
    with pytest.raises(CatalogueBroken):
        publish(draft, by=None, now=NOW, today=TODAY)
    draft.refresh_from_db()
    assert draft.is_draft
    assert draft.procedures.exists()


def test_of_two_versions_for_one_day_the_later_published_decides(loaded: CatalogueVersion) -> None:
    for minutes, amount in ((1, "94"), (2, "95")):
        draft = copy_to_draft(loaded, name="x", valid_from=TODAY)
        draft.fees.filter(code="ae_ext").update(amount=Decimal(amount))
        publish(draft, by=None, now=NOW + timedelta(minutes=minutes), today=TODAY)
    assert price(catalogue_on(TODAY), "ae_ext", TODAY).amount == 95


@pytest.mark.parametrize(
    "texts", [{"en": "only"}, {"de": 7}, [], "text", {"deutsch": "x", "de": "x"}]
)
def test_texts_need_german_and_known_form(draft: CatalogueVersion, texts: object) -> None:
    row = draft.procedures.all()[0]
    row.title = texts
    with pytest.raises(ValidationError):
        row.full_clean()


def test_a_condition_of_the_wrong_form_is_refused_in_the_form(draft: CatalogueVersion) -> None:
    row = Requirement.objects.all()[0]
    row.condition = {"some": ["x"]}
    with pytest.raises(ValidationError):
        row.full_clean()


@pytest.mark.parametrize(
    "change",
    [
        {"amount": Decimal("-1")},
        {"valid_from": date(2026, 1, 2), "valid_until": date(2026, 1, 2)},
    ],
)
def test_the_database_refuses_an_impossible_fee(
    draft: CatalogueVersion, change: dict[str, Decimal | date]
) -> None:
    fee = draft.fees.all()[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Fee.objects.filter(pk=fee.pk).update(**change)


def test_the_database_refuses_a_reduction_of_nothing(draft: CatalogueVersion) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.reductions.update(share=1)


def test_the_database_refuses_two_procedures_of_one_name(draft: CatalogueVersion) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.procedures.update(slug="same")


def test_the_database_refuses_a_published_version_without_content(loaded: CatalogueVersion) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CatalogueVersion.objects.filter(pk=loaded.pk).update(digest="")

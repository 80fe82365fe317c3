"""The one function that other apps call."""

from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from documents.catalogue import NoCatalogue, catalogue_on, emergency_checklist, forget_memory
from documents.catalogue_types import CATEGORIES
from documents.models import CatalogueVersion

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("category", CATEGORIES)
def test_answers_every_emergency_category(loaded: CatalogueVersion, category: str) -> None:
    found = emergency_checklist(category=category, on=TODAY)
    assert found.stop is None
    assert {"passport", "photo", "fee_money"} <= {item.id for item in found.items}
    assert all(item.title.de and item.reason.de and item.title.has("en") for item in found.items)
    assert found.fee.lines


def test_refuses_an_unknown_category(loaded: CatalogueVersion) -> None:
    with pytest.raises(ValueError):
        emergency_checklist(category="holiday", on=TODAY)


def test_costs_two_queries_cold_and_one_warm(
    loaded: CatalogueVersion, django_assert_num_queries: DjangoAssertNumQueries, settings: Settings
) -> None:
    from documents.catalogue import _parsed

    _parsed.cache_clear()
    with django_assert_num_queries(2):
        emergency_checklist(category="expired", on=TODAY)
    with django_assert_num_queries(1):
        emergency_checklist(category="expired", on=TODAY)
    settings.OFFICE_MEMORY_SECONDS = 60
    emergency_checklist(category="expired", on=TODAY)
    with django_assert_num_queries(0):
        emergency_checklist(category="job_loss", on=TODAY)
    forget_memory()


def test_raises_before_the_first_version_and_without_any(
    db: None, loaded: CatalogueVersion
) -> None:
    with pytest.raises(NoCatalogue):
        catalogue_on(date(2020, 1, 1))
    loaded.delete()
    with pytest.raises(NoCatalogue):
        catalogue_on(TODAY)

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest

from config.foundation import office
from config.foundation.pickup_point import forget_address_memory
from documents import catalogue as published
from documents.actions import take_shipped
from documents.catalogue_types import Catalogue
from documents.models import CatalogueVersion
from documents.validation import read
from documents.yaml_files import SHIPPED, load
from pickup_box.models import Box

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def content() -> dict[str, Any]:
    return load(SHIPPED)[0]


@pytest.fixture(scope="session")
def shipped(content: dict[str, Any]) -> Catalogue:
    return read(content)


@pytest.fixture
def box(db: None) -> Iterator[Box]:
    """A pickup box: without one, nothing that people read speaks of it."""
    forget_address_memory()
    yield Box.objects.create(
        slug="halle", name={"de": "Box Halle"}, address="Kistenweg 3\n12345 Teststadt", state="ST"
    )
    forget_address_memory()


@pytest.fixture
def loaded(box: Box, content: dict[str, Any]) -> Iterator[CatalogueVersion]:
    """The shipped catalogue in the database, and an office with a box for the pages."""
    published.forget_memory()
    if not office.Office.objects.exists():
        office.Office.objects.create(
            slug="teststadt",
            name={"de": "Ausländerbehörde Teststadt", "en": "Immigration office Teststadt"},
            city="Teststadt",
            state="ST",
            visitor_address="Testweg 1\n12345 Teststadt",
        )
    office.forget_memory()
    version = take_shipped(deepcopy(content), replace=False, now=NOW, today=TODAY)
    assert version
    yield version
    published.forget_memory()

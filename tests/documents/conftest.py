from copy import deepcopy
from datetime import UTC, date, datetime

import pytest

from config.foundation import office
from documents import catalogue as published
from documents.actions import take_shipped
from documents.validation import read
from documents.yaml_files import SHIPPED, load

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def content():
    return load(SHIPPED)[0]


@pytest.fixture(scope="session")
def shipped(content):
    return read(content)


@pytest.fixture
def loaded(db, content):
    """The shipped catalogue in the database, and an office for the frame of the pages."""
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
    yield take_shipped(deepcopy(content), replace=False, now=NOW, today=TODAY)
    published.forget_memory()

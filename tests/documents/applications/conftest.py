"""An office that takes applications: keys, a store of its own, the catalogue, an open intake."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from config.foundation.office import Office
from documents.applications.actions import processing, sending
from documents.applications.models import Application, Intake
from documents.catalogue import forget_memory
from tests.documents.applications.hostile_files import jpeg
from tests.documents.applications.making import (
    LONG_AGO,
    NOW,
    TODAY,
    complete,
    make_draft,
    make_person,
    ready,
)


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> Path:
    """A store of this test alone, with a key; no scanner, as in a demonstration."""
    settings.APPLICATIONS = ready(tmp_path)
    return tmp_path / "sealed"


@pytest.fixture
def closed(office: Office, store: Path) -> None:
    """Everything is there, and nobody has opened anything."""
    call_command("load_catalogue", verbosity=0)
    forget_memory()


@pytest.fixture
def intake(closed: None) -> Intake:
    """The humanitarian application can be made online."""
    return Intake.objects.create(procedure="humanitarian", opens_at=LONG_AGO)


@pytest.fixture
def draft(intake: Intake) -> Application:
    """A draft after the questions."""
    return make_draft()


@pytest.fixture
def sent(intake: Intake) -> Application:
    """An application that has arrived; one of its files is drawn."""
    draft = make_draft()
    make_person(draft)
    complete(draft, jpeg())
    application = sending.send(application=draft, version=draft.version, arrived_at=NOW, on=TODAY)
    processing.process_due(now=NOW, limit=1)
    return application

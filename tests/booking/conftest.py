"""What the tests of booking share."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.management import call_command

from booking.models import Slot
from config.foundation.office import Office
from tests.factories import MONDAY, OfficeFactory, ServiceStatusFactory, SlotFactory


@pytest.fixture
def now() -> datetime:
    """Monday, 23 November 2026, 08:00 in Magdeburg."""
    return MONDAY


@pytest.fixture
def magdeburg(db: None) -> Office:
    """An office that is open."""
    ServiceStatusFactory()
    return OfficeFactory()


@pytest.fixture
def slots(magdeburg: Office) -> list[Slot]:
    """Tuesday's first three times, open since last week."""
    SlotFactory.reset_sequence(0)
    return SlotFactory.create_batch(3)


@pytest.fixture
def catalogue(db: None) -> None:
    """The shipped catalogue of papers, published."""
    call_command("load_catalogue", verbosity=0)

"""What the tests of booking share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from booking import availability
from booking.models import Counter, Slot
from config.foundation.office import Office
from tests.booking.visitors import Visitor
from tests.factories import (
    MONDAY,
    OfficeFactory,
    ServiceStatusFactory,
    ServiceWindowFactory,
    SlotFactory,
)


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


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """It is Monday for the doors too, until the test travels on."""
    availability.forget_memory()
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def visitor(client: Client) -> Visitor:
    """Somebody with a browser without JavaScript."""
    return Visitor(client)


@pytest.fixture
def counter(magdeburg: Office) -> Counter:
    """Tuesdays from nine to eleven."""
    return ServiceWindowFactory().counter

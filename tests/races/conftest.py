"""One crowd for all races of a run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.utils import timezone

from tests.races.crowd import Crowd


@pytest.fixture(scope="session")
def crowd() -> Iterator[Crowd]:
    """Eight processes that are ready to act."""
    people = Crowd()
    yield people
    people.leave()


@pytest.fixture
def now() -> datetime:
    """The present: what races against a clock must use the real one."""
    return timezone.now()

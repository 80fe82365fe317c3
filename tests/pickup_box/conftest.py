from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils.translation import override
from pytest_django import Settings

from config.foundation.staff import Staff
from pickup_box import codes
from pickup_box.models import Box
from tests.pickup_box import making


@pytest.fixture(autouse=True)
def _quick_and_quiet(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[None]:
    """Codes hashed cheaply, messages kept in a list, sentences in English."""
    monkeypatch.setattr(codes, "COST", 2)
    settings.SMS_GATEWAY = "tests.pickup_box.making.Recorder"
    making.SENT.clear()
    with override("en"):
        yield
    making.SENT.clear()


@pytest.fixture
def box(db: None) -> Box:
    return making.make_box()


@pytest.fixture
def staff(db: None) -> Staff:
    return making.make_staff("adaeze")

"""Answers of the check that lead to a yes or a no, on a Monday in Magdeburg."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from tests.factories import (
    CounterGroupFactory,
    OfficeFactory,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
CHECK = "/en/check/"
RESULT = "/en/check/result/"


@pytest.fixture(autouse=True)
def monday_in_magdeburg(db: None) -> Iterator[None]:
    OfficeFactory()
    CounterGroupFactory(mailbox="office@example.org")
    with time_machine.travel(NOW, tick=False):
        yield


def say(day: date) -> str:
    return f"{day:%d.%m.%Y}"


YES = [
    ("expired", {"title_valid_until": say(TODAY - timedelta(days=1))}),
    ("expired", {"title_valid_until": "2026-11-22", "has_appointment": "yes"}),
    ("expiring", {"title_valid_until": say(TODAY), "has_appointment": "no"}),
    ("expiring", {"title_valid_until": say(TODAY + timedelta(days=7)), "has_appointment": "no"}),
    ("job_loss", {"has_proof": "yes"}),
    (
        "urgent_travel",
        {"departure_on": "2026-11-30", "travel_reason": "professional", "has_proof": "yes"},
    ),
    ("lost_document", {"lost_what": "residence_card"}),
]
NO = [
    ("expiring", {"title_valid_until": "01.12.2026", "has_appointment": "no"}, "expires_later"),
    ("expiring", {"title_valid_until": "24.11.2026", "has_appointment": "yes"}, "has_appointment"),
    ("job_loss", {"has_proof": "no"}, "job_proof_missing"),
    (
        "urgent_travel",
        {"departure_on": "2026-12-01", "travel_reason": "personal", "has_proof": "yes"},
        "departure_later",
    ),
    (
        "urgent_travel",
        {"departure_on": "2026-11-30", "travel_reason": "personal", "has_proof": "no"},
        "travel_proof_missing",
    ),
    ("lost_document", {"lost_what": "passport"}, "passport_lost"),
]

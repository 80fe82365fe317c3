"""Ten thousand people wait: what an offer costs, and that no statement reads the whole list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.models import Applicant, Appointment, Slot, WaitingEntry
from booking.states import NeedByKind, Status
from config.foundation.office import Office
from tests.factories import MONDAY, TUESDAY_NINE, SlotFactory, situation

PEOPLE = 10_000


@pytest.fixture
def crowd(magdeburg: Office) -> list[Slot]:
    """Ten thousand entries, a third with a hard day, before 36 slots."""
    applicants = Applicant.objects.bulk_create(
        Applicant(
            family_name="Шевченко",
            birth_date="1990",
            email=f"p{number}@example.org",
            language="de",
            person_key=f"{number:064}",
            address_key=f"{number:064}",
            proved_address_key=f"{number:064}",
            situation=situation(),
            verified_at=MONDAY,
            created_at=MONDAY,
            touched_at=MONDAY,
        )
        for number in range(PEOPLE)
    )
    WaitingEntry.objects.bulk_create(
        WaitingEntry(
            applicant=applicant,
            person_key=applicant.person_key,
            need_kind=NeedByKind.HARD if number % 3 == 0 else NeedByKind.NONE,
            need_by=date(2026, 11, 24) + timedelta(days=number % 60) if number % 3 == 0 else None,
            joined_at=MONDAY - timedelta(seconds=number * 7919 % 86_400),
            ordered_at=MONDAY - timedelta(seconds=number * 7919 % 86_400),
        )
        for number, applicant in enumerate(applicants)
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    days = (timedelta(0), timedelta(hours=5), timedelta(days=2))
    return [
        SlotFactory(starts_at=TUESDAY_NINE + day + timedelta(minutes=10 * n))
        for day in days
        for n in range(12)
    ]


def test_offers_to_a_crowd_go_to_distinct_people_who_can_use_them(
    crowd: list[Slot], now: datetime
) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert actions.offer_slots(now=now) == 36

    plain = [q["sql"] for q in captured if not q["sql"].startswith(("SAVE", "RELEASE", "BEGIN"))]
    assert len(plain) / 36 <= 11  # with the claims of the applicant and of the place
    offers = Appointment.objects.filter(status=Status.OFFERED).select_related("entry", "slot")
    assert len({offer.entry_id for offer in offers}) == 36
    for offer in offers:
        assert offer.entry
        if offer.entry.need_kind == NeedByKind.HARD:
            assert offer.entry.need_by
            assert offer.slot.starts_at.date() <= offer.entry.need_by


def test_offers_read_the_head_of_the_list_only(crowd: list[Slot], now: datetime) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("the planner in question is PostgreSQL's")
    with CaptureQueriesContext(connection) as captured:
        actions.offer_slots(now=now, limit=3)
    about = [
        q["sql"]
        for q in captured
        if q["sql"].startswith("SELECT") and "booking_waitingentry" in q["sql"]
    ]
    assert len(about) >= 3
    for statement in about:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
            plan = cursor.fetchone()[0][0]["Plan"]
        assert sum(rows_read(plan)) <= PEOPLE / 20, plan


def rows_read(plan: dict[str, Any]) -> Iterator[float]:
    """How many rows each node that touches the list really read."""
    if plan.get("Relation Name") == "booking_waitingentry":
        removed = plan.get("Rows Removed by Filter", 0)
        yield (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    for child in plan.get("Plans", []):
        yield from rows_read(child)

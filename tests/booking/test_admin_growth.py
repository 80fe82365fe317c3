"""The desk with a history: as many queries for 100,000 appointments as for ten, none of them slow.

`python -m tests.servers pytest -m slow tests/booking/test_admin_growth.py` asks PostgreSQL.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment
from booking.states import Status
from config.foundation.audit import AccessRecord
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, signed_in
from tests.factories import TUESDAY_NINE, AppointmentFactory, SlotFactory
from tests.growing import add_visits

__all__ = ["catalogue", "clock", "desk"]
GROWING = {
    *("booking_appointment", "booking_appointmentevent", "booking_applicant", "booking_slot"),
    *("foundation_letter", "foundation_accessrecord", "booking_waitingentry"),
}
MEGABYTE = 2**20


@pytest.fixture
def lead(desk: Client) -> Client:
    """A team lead with three people booked today."""
    for at in range(3):
        AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10 * at)))
    return signed_in("team lead")


def looks(lead: Client) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Every list of the desk, with the queries that it asked."""
    row = Appointment.objects.filter(status=Status.BOOKED).first()
    assert row is not None
    found = f"{APPOINTMENTS}search/"
    close = {"what": "days", "day": "24.11.2026", "counter": ""}
    pages: list[tuple[str, dict[str, Any] | None]] = [
        ("/admin/", None),
        (APPOINTMENTS, None),
        (f"{APPOINTMENTS}?day=past&status__exact=completed", None),
        (f"{APPOINTMENTS}?day=today&category=expired&applicant__language__exact=de", None),
        (f"{APPOINTMENTS}{row.pk}/change/", None),
        (f"{APPOINTMENTS}{row.pk}/check-in/", None),
        (f"{APPOINTMENTS}at-counter/{row.slot.counter_id}/", None),
        (found, {"q": "nobody"}),
        (found, {"q": "31.12.1999"}),
        (found, {"q": "ZZZZ-ZZZZ"}),
        ("/admin/booking/closure/close/", close),
        ("/admin/booking/waitingentry/", None),
        ("/admin/booking/applicant/", None),
        ("/admin/foundation/notification/", None),
        ("/admin/foundation/notification/?state=failed", None),
        ("/admin/foundation/accessrecord/", None),
    ]
    for page, data in pages:
        AccessRecord.objects.filter(subject="appointments of the day").delete()
        with CaptureQueriesContext(connection) as asked:
            answer = lead.post(page, data) if data is not None else lead.get(page)
        assert answer.status_code == 200, page
        yield f"{page} {data or ''}", list(asked.captured_queries)


def counts(lead: Client) -> dict[str, int]:
    return {page: len(asked) for page, asked in looks(lead)}


def sequential(sql: str) -> set[str]:
    """The growing tables that PostgreSQL would read from end to end for `sql`."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"))
        plan = cursor.fetchone()[0]
    nodes = [(json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]]
    found = set()
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if node["Node Type"] == "Seq Scan":
            found.add(node["Relation Name"])
    return found & GROWING


def test_lists_ask_as_much_for_few_as_for_many(lead: Client) -> None:
    add_visits(10)
    counts(lead)  # what is remembered per process is asked once
    few = counts(lead)
    add_visits(300, since=10)
    assert counts(lead) == few


@pytest.mark.slow
def test_lists_stay_quick_with_a_hundred_thousand(lead: Client) -> None:
    add_visits(10)
    counts(lead)
    few = counts(lead)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # the check of 700,000 references takes its time
            cursor.execute("SET LOCAL statement_timeout = 0")
    add_visits(100_000, since=10)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    many = dict(looks(lead))
    assert {page: len(asked) for page, asked in many.items()} == few
    if connection.vendor == "postgresql":
        read_whole = {
            page: tables
            for page, asked in many.items()
            for query in asked
            if query["sql"].startswith("SELECT") and (tables := sequential(query["sql"]))
        }
        assert read_whole == {}
    _export_stays_small(lead)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // MEGABYTE


def _export_stays_small(lead: Client) -> None:
    for file in ("csv", "xlsx"):
        before = peak = _resident()
        answer = lead.get(f"{APPOINTMENTS}export/?format={file}")
        lines = 0
        assert isinstance(answer, StreamingHttpResponse)
        for number, chunk in enumerate(answer):  # its end closes the answer
            lines += chunk.count(b"\n")
            if number % 100 == 0:
                peak = max(peak, _resident())
        peak = max(peak, _resident())
        print(f"{file}: {peak - before} MB")  # noqa: T201
        assert peak - before < 200
        assert file == "xlsx" or lines > 100_000

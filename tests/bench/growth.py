"""What a page and a verb cost when the past grows: queries, plans and time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.models import Counter, Slot

SMALL, LARGE, ROUNDS = 1_000, 100_000, 7
GROWING = ("booking_appointment", "booking_appointmentevent", "booking_applicant", "booking_slot")
PAST = """
INSERT INTO booking_slot (counter_id, starts_at, ends_at)
  SELECT (SELECT min(id) FROM booking_counter), at, at + interval '10 min'
  FROM (SELECT now() - interval '30 day' - n * interval '10 min' AS at
        FROM generate_series(1, {count}) n) times;
INSERT INTO booking_applicant (family_name, given_names, birth_date, email, phone, access_need,
    language, person_key, address_key, domain_key, namesake, situation, codes, attempts,
    created_at, touched_at)
  SELECT '', '', '', '', '', '', 'de', 'past' || n, 'past' || n, '', 0, '{{}}', '[]', 0,
    now() - interval '30 day', now() - interval '30 day' FROM generate_series(1, {count}) n;
INSERT INTO booking_appointment (reference, applicant_id, slot_id, status, version, revision,
    person_key, namesake, extensions, situation, category, need_kind, created_at, ended_at,
    booked_at, cancel_reason, outcome, missing, hasty)
  SELECT 'PAST' || s.n, a.id, s.id, 'completed', 1, 0, a.person_key, 0, 0, '{{}}', 'expired',
    'none', s.starts_at, s.starts_at, s.starts_at, '', 'served', '[]', false
  FROM (SELECT id, starts_at, row_number() OVER (ORDER BY id) n FROM booking_slot
        WHERE starts_at < now()) s
  JOIN (SELECT id, person_key, row_number() OVER (ORDER BY id) n FROM booking_applicant
        WHERE person_key LIKE 'past%') a USING (n);
INSERT INTO booking_appointmentevent (appointment_id, version, verb, from_status, to_status,
    slot_id, actor, at, detail)
  SELECT id, 1, 'made', '', status, slot_id, 'system', created_at, '' FROM booking_appointment
  WHERE reference LIKE 'PAST%';
ANALYZE;
"""


def add_times(count: int, *, now: datetime) -> None:
    """Public times from tomorrow on, at the first counter and, where it is full, at others."""
    first = (now + timedelta(days=1)).replace(second=0, microsecond=0)
    counters = list(Counter.objects.order_by("pk"))
    per_counter = -(-count // len(counters))
    assert per_counter * 10 < 5 * 24 * 60, "more times than the horizon has room for"
    Slot.objects.bulk_create(
        Slot(
            counter=counters[n // per_counter],
            starts_at=first + timedelta(minutes=10 * (n % per_counter)),
            ends_at=first + timedelta(minutes=10 * (n % per_counter + 1)),
        )
        for n in range(count)
    )


def add_past(count: int) -> None:
    """`count` completed appointments with their slots, people and events."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(PAST.format(count=count))
        cursor.execute("RESET statement_timeout")


def scenarios() -> dict[str, Callable[[], object]]:
    """Every public page of the way and every verb of a booking, ready to call."""
    from django.test import Client

    from booking import actions, availability
    from booking.models import Applicant, Appointment
    from config import rehearsal

    def visitor() -> tuple[Client, Applicant]:
        (browser,) = rehearsal.visitors(1, base="http://127.0.0.1", now=timezone.now())
        client = Client(HTTP_HOST="127.0.0.1")
        client.cookies.load(browser.cookies)
        return client, Applicant.objects.latest("pk")

    anybody, (somebody, _row) = Client(HTTP_HOST="127.0.0.1"), visitor()

    def page(client: Client, path: str) -> Callable[[], object]:
        def get() -> object:
            availability.forget_memory()
            return client.get(path)

        return get

    def way() -> Appointment:
        now = timezone.now()
        held = actions.hold_earliest(applicant=visitor()[1], now=now)
        return actions.book(appointment=held, now=now)

    def move_and_cancel() -> object:
        now, row = timezone.now(), way()
        free = Slot.objects.free(now=now).filter(starts_at__gt=now, bookable_from=None).last()
        assert free is not None
        actions.rebook(appointment=row, slot_id=free.pk, revision=0, now=now)
        reason = Appointment.CancelReason.BY_APPLICANT
        return actions.cancel(appointment=row, reason=reason, now=now)

    return {
        "start": page(anybody, "/de/"),
        "check": page(anybody, "/de/check/"),
        "manage": page(anybody, "/de/manage/"),
        "availability": page(anybody, "/api/v1/availability"),
        "details": page(somebody, "/de/details/"),
        "times": page(somebody, "/de/times/"),
        "waiting": page(somebody, "/de/waiting/"),
        "hold and confirm": way,
        "rebook and cancel": move_and_cancel,
        "release": lambda: actions.release_lapsed(now=timezone.now()),
        "offer": lambda: actions.offer_slots(now=timezone.now()),
    }


def scans(queries: list[dict[str, str]]) -> list[str]:
    """Growing tables that the plan of any of these queries reads from end to end."""
    found = []
    with connection.cursor() as cursor:
        for query in queries:
            if not query["sql"].startswith(("SELECT", "UPDATE")):
                continue
            cursor.execute("EXPLAIN " + query["sql"])
            plan = "\n".join(row[0] for row in cursor.fetchall())
            found += [table for table in GROWING if f"Seq Scan on {table} " in plan]
    return found


def growth(large: int = LARGE) -> dict[str, Any]:
    """Runs every scenario on a small past and then on a large one, on the bench's database."""
    rows: dict[str, Any] = {}
    costs: dict[str, dict[int, list[float]]] = {}
    add_times(400, now=timezone.now())
    for past in (SMALL, large):
        add_past(past - Slot.objects.filter(starts_at__lt=timezone.now()).count())
        for name, act in scenarios().items():
            act()
            with CaptureQueriesContext(connection) as captured:
                act()
            row = rows.setdefault(name, {"queries": {}})
            row["queries"][past] = len(captured)
            if past == large:
                row["scans"] = scans(captured.captured_queries)
            spent = []
            for _round in range(ROUNDS):
                began = time.monotonic()
                act()
                spent.append(time.monotonic() - began)
            costs.setdefault(name, {})[past] = spent
    for name, row in rows.items():
        small, big = (statistics.median(costs[name][past]) for past in (SMALL, large))
        row["ratio"] = round(big / small, 2)
        row["equal"] = len(set(row["queries"].values())) == 1
    return {"growth_worst": max(row["ratio"] for row in rows.values()), "_growth": rows}

"""What a page and an action cost when the past or the waiting list grows: queries, plans, time.

Two databases, a small and a large one, are asked by turns; every action is taken back afterwards,
so that each round meets the same rows.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.models import Slot
from booking.simulation.fixtures import add_public_slots
from tests.bench import machine
from tests.servers import Postgres

ROUNDS, TIMES_A_ROUND = 11, 5
PAST_SMALL, PAST_LARGE, MILLION = 1_000, 100_000, 1_000_000
WAITING_SMALL, WAITING_LARGE = 10, 10_000
# what each script grows; a table of ten rows is rightly read from end to end
GROWN_PAST = (
    *("booking_appointment", "booking_appointmentevent", "booking_slot"),
    "booking_applicant",
)
GROWN_WAITING = ("booking_waitingentry", "booking_applicant")
Act = Callable[[], object]
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
"""
WAITING = """
INSERT INTO booking_applicant (family_name, given_names, birth_date, email, phone, access_need,
    language, person_key, address_key, proved_address_key, domain_key, namesake, situation, codes,
    attempts, verified_at, created_at, touched_at)
  SELECT 'Waiting', '', '1990', '', '', '', 'de', 'waits' || n, 'waits' || n, 'waits' || n, '', 0,
    '{{"need_kind": "none"}}', '[]', 0, now(), now(), now() FROM generate_series(1, {count}) n;
INSERT INTO booking_waitingentry (applicant_id, person_key, namesake, status, need_kind, priority,
    joined_at, ordered_at, lot, lapses)
  SELECT id, person_key, 0, 'waiting', 'none', 10, now() - id * interval '1 second',
    now() - id * interval '1 second', 9223372036854775807, 0
  FROM booking_applicant WHERE person_key LIKE 'waits%';
"""


def run_script(text: str) -> None:
    """Statements that may take their time."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(text)
        cursor.execute("RESET statement_timeout")


@dataclass
class Book:
    """One of the two databases, with everything that can be done there, ready to call."""

    name: str
    acts: dict[str, Act] = field(default_factory=dict)

    def open(self) -> None:
        """From now on this process asks this database."""
        connection.close()
        connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = self.name

    def ask(self, name: str) -> float:
        """The seconds that `name` takes here: the quickest of a round, for a pause is not its."""
        self.open()
        self.acts[name]()
        spent = []
        for _time in range(TIMES_A_ROUND):
            began = time.perf_counter()
            self.acts[name]()
            spent.append(time.perf_counter() - began)
        return min(spent)


@contextmanager
def apart(server: Postgres) -> Iterator[None]:
    """This process and the database each on a processor of its own, where there are two.

    Where they meet on one by chance, a page takes half as long again, and no ratio holds still.
    """
    processors = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, processors[:1])
    os.sched_setaffinity(server.pid, processors[-1:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, processors)
        os.sched_setaffinity(server.pid, processors)


def undone(act: Act) -> Act:
    """`act`, taken back at once."""

    def acting() -> None:
        forget()
        with transaction.atomic():
            act()
            transaction.set_rollback(True)

    return acting


def forget() -> None:
    """Lets what a process remembers for a second or two be asked each time: all times are alike."""
    from booking import availability
    from config.foundation import office

    availability.forget_memory()
    office.forget_memory()


def ready() -> dict[str, Act]:
    """Every public page and every action of a person, on the database of the moment."""
    from django.test import Client

    from booking import actions
    from booking.models import Applicant, Appointment
    from booking.simulation import rush_rehearsal
    from config.foundation import office

    def visitor() -> tuple[Client, Applicant]:
        (browser,) = rush_rehearsal.visitors(1, base="http://127.0.0.1", now=timezone.now())
        client = Client(HTTP_HOST="127.0.0.1")
        client.cookies.load(browser.cookies)
        return client, Applicant.objects.latest("pk")

    def page(client: Client, path: str) -> Act:
        def get() -> None:
            forget()
            assert client.get(path).status_code == 200, path

        return get

    now = timezone.now()
    anybody, (somebody, newcomer) = Client(HTTP_HOST="127.0.0.1"), visitor()
    (holding, holder), (booked, owner) = visitor(), visitor()
    held = actions.hold_earliest(applicant=holder, now=now)
    row = actions.book(appointment=actions.hold_earliest(applicant=owner, now=now), now=now)
    waiting, waiter = visitor()
    actions.join(applicant=waiter, now=now)
    free = Slot.objects.public(now=now, office=office.current_office()).last()
    assert free is not None

    def fresh(old: Appointment) -> Appointment:
        return Appointment.objects.select_related("applicant", "slot").get(pk=old.pk)

    pages = {
        f"page {path or 'start'} ({who})": page(client, f"/de/{path}")
        for who, client, paths in (
            ("anybody", anybody, ("", "check/", "check/expired/", "contact/", "manage/")),
            ("anybody", anybody, ("documents/", "figures/")),
            ("verified", somebody, ("times/", "waiting/")),
            ("holds", holding, ("times/", "review/")),
            ("booked", booked, ("appointment/", "manage/", "rebook/")),
            ("waits", waiting, ("waiting/", "times/")),
        )
        for path in paths
    }
    reason = Appointment.CancelReason.BY_APPLICANT
    acts: dict[str, Act] = {
        "hold a time": lambda: actions.hold(applicant=newcomer, slot_id=free.pk, now=now),
        "hold the earliest": lambda: actions.hold_earliest(applicant=newcomer, now=now),
        "extend": lambda: actions.extend(appointment=fresh(held), now=now),
        "give up": lambda: actions.cancel_hold(appointment=fresh(held), now=now),
        "confirm": lambda: actions.book(appointment=fresh(held), now=now),
        "rebook": lambda: actions.rebook(
            appointment=fresh(row), slot_id=free.pk, revision=0, now=now
        ),
        "cancel": lambda: actions.cancel(appointment=fresh(row), reason=reason, now=now),
        "join the list": lambda: actions.join(applicant=newcomer, now=now),
        "tidy up": lambda: actions.expire_due_holds(now=now),
        "offer one time": lambda: actions.offer_slots(now=now, limit=1),
    }
    machines = {"availability": page(anybody, "/api/v1/availability")}
    return pages | machines | {name: undone(act) for name, act in acts.items()}


def scans(queries: list[str], growing: Sequence[str]) -> list[str]:
    """The tables of `growing` that the plan of any of these statements reads from end to end."""
    found = set()
    with connection.cursor() as cursor:
        for sql in queries:
            if not sql.lstrip().startswith(("SELECT", "UPDATE", "DELETE")):
                continue
            cursor.execute("EXPLAIN " + sql)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            found |= {table for table in growing if f"Seq Scan on {table} " in plan}
    return sorted(found)


def compare(
    server: Postgres, name: str, small: str, large: str, growing: Sequence[str]
) -> dict[str, Any]:
    """Every page and action on a book grown by the script `small` and on one grown by `large`."""
    own = str(connection.settings_dict["NAME"])
    books = []
    for size, script in (("small", small), ("large", large)):
        connection.close()
        machine.database(server, f"{name}_{size}", template="pristine")
        book = Book(f"{name}_{size}")
        book.open()
        add_public_slots(36, now=timezone.now())
        run_script(script)
        book.acts = ready()
        run_script("VACUUM ANALYZE")  # or the server would do it in the middle of the measure
        books.append(book)
    run_script("CHECKPOINT")
    try:
        with apart(server):
            return {act: _compared(books, act, growing) for act in books[0].acts}
    finally:
        Book(own).open()


def _compared(books: list[Book], act: str, growing: Sequence[str]) -> dict[str, Any]:
    counts, read = [], []
    for book in books:
        book.open()
        book.acts[act]()
        with CaptureQueriesContext(connection) as captured:
            book.acts[act]()
        counts.append(len(captured))
        read = scans([query["sql"] for query in captured.captured_queries], growing)
    ratios = []
    for number in range(ROUNDS):
        spent = {book.name: book.ask(act) for book in (books if number % 2 else books[::-1])}
        ratios.append(spent[books[1].name] / spent[books[0].name])
    return {"queries": counts, "scans": read, "ratio": round(statistics.median(ratios), 2)}


def _judged(rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    worst = max(rows, key=lambda act: rows[act]["ratio"])
    return {
        "worst": rows[worst]["ratio"],
        "of": worst,
        "equal_queries": all(len(set(row["queries"])) == 1 for row in rows.values()),
        "scans": sorted({table for row in rows.values() for table in row["scans"]}),
        "acts": rows,
    }


def growth(server: Postgres) -> dict[str, Any]:
    """A thousand against a hundred thousand past appointments, ten against 10,000 who wait."""
    small, large = (PAST.format(count=count) for count in (PAST_SMALL, PAST_LARGE))
    past = _judged(compare(server, "past", small, large, GROWN_PAST))
    small, large = (WAITING.format(count=count) for count in (WAITING_SMALL, WAITING_LARGE))
    waiting = _judged(compare(server, "waiting", small, large, GROWN_WAITING))
    return {
        "growth_worst": past["worst"],
        "growth_worst_waiting": waiting["worst"],
        "growth_equal_queries": past["equal_queries"] and waiting["equal_queries"],
        "growth_scans": past["scans"] + waiting["scans"],
        "_growth": {"past": past, "waiting": waiting},
    }


def million(server: Postgres) -> dict[str, Any]:
    """A thousand against a million past appointments, reported once."""
    small, large = (PAST.format(count=count) for count in (PAST_SMALL, MILLION))
    found = _judged(compare(server, "million", small, large, GROWN_PAST))
    return {"growth_million_worst": found["worst"], "_growth_million": found}

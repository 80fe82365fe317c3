"""A rush beside 1,500 kept times and 1,000 invitations, and without: statements, processor time.

Two databases are asked by turns. What counts is the median of fifteen ratios of the time that this
process and the one of the database that answers it have had of the processors.
"""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.simulation.fixtures import add_public_slots
from tests.bench import machine
from tests.bench.growth import Act, Book, forget, ready, run_script
from tests.bench.stock import SLOTS_OF_A_WEEK, say
from tests.factories import StaffFactory
from tests.growing import add_invitations, add_kept_times
from tests.servers import Postgres

ROUNDS, TIMES_A_ROUND = 15, 5
KEPT, INVITED = 1_500, 1_000
DAY_LIST = "day list"
ACTS = (
    *("page start (anybody)", "page times/ (verified)"),
    *("hold a time", "hold the earliest", "confirm", "rebook", "cancel", "offer one time"),
    DAY_LIST,
)


def _day_list() -> Act:
    """The start page of the desk, as somebody sees it who may see everything."""
    desk = Client(HTTP_HOST="127.0.0.1")
    desk.force_login(StaffFactory(is_superuser=True))

    def get() -> None:
        forget()
        assert desk.get("/admin/").status_code == 200

    return get


def _books(server: Postgres) -> list[Book]:
    """Without and with what is kept; they differ in nothing else."""
    found = []
    for name in ("without", "with"):
        connection.close()
        machine.database(server, name, template="pristine")
        book = Book(name)
        book.open()
        now = timezone.now()
        add_public_slots(SLOTS_OF_A_WEEK, now=now)
        if name == "with":
            add_kept_times(KEPT, since=now + timedelta(days=1))
            add_invitations(INVITED)
        acts = {**ready(), DAY_LIST: _day_list()}
        book.acts = {act: acts[act] for act in ACTS}
        run_script("VACUUM ANALYZE")  # or the server would do it in the middle of the measure
        found.append(book)
    return found


def _spent() -> float:
    """Seconds of the processors that this process and the one that answers it have had."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    nanoseconds = Path(f"/proc/{backend}/schedstat").read_text().split()[0]
    return time.process_time() + int(nanoseconds) / 1e9


def _ask(book: Book, act: str) -> float:
    """What an act takes: the least of a round."""
    book.open()
    book.acts[act]()
    took = []
    for _time in range(TIMES_A_ROUND):
        before = _spent()
        book.acts[act]()
        took.append(_spent() - before)
    return min(took)


def _count(book: Book, act: str) -> int:
    """The least of a round: what a process remembers for seconds may end in between."""
    book.open()
    book.acts[act]()
    counts = []
    for _time in range(TIMES_A_ROUND):
        with CaptureQueriesContext(connection) as captured:
            book.acts[act]()
        counts.append(len(captured))
    return min(counts)


def _compared(books: list[Book], act: str) -> dict[str, Any]:
    ratios = []
    for number in range(ROUNDS):
        order = books if number % 2 else books[::-1]
        took = {book.name: _ask(book, act) for book in order}
        ratios.append(took["with"] / took["without"])
    statements = [_count(book, act) for book in books]
    found = {"statements": statements, "ratio": round(statistics.median(ratios), 3)}
    say(f"{act}: {found}")
    return found


def kept(server: Postgres) -> dict[str, Any]:
    """Every act of a rush, and the list of the day."""
    own = str(connection.settings_dict["NAME"])
    try:
        books = _books(server)
        rows = {act: _compared(books, act) for act in ACTS}
    finally:
        Book(own).open()
    worst = max(rows, key=lambda act: rows[act]["ratio"])
    return {
        "kept_worst": rows[worst]["ratio"],
        "kept_equal_statements": all(len(set(row["statements"])) == 1 for row in rows.values()),
        "_kept": {"of": worst, "acts": rows},
    }

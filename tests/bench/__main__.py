"""python -m tests.bench: one run, interleaved; ratios, not seconds. Writes var/bench.json."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench import machine
from tests.servers import postgres

SLOTS_OF_A_WEEK = 36
ROUNDS, ROUND_SECONDS, CONNECTIONS = 7, 1.5, 8
WAY = ("/de/", "/de/check/", "/de/checklist/", "/de/details/", "/de/times/", "/de/manage/")


def say(text: str) -> None:
    """One line for whoever watches."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def prepare(home: str, url: str) -> None:
    """Everything of the product that needs Django, in this process, on the bench's database."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "DATA_DIR": home,
        "PUBLIC_BASE_URL": "http://127.0.0.1",
        "DEBUG": "false",
        "TRUSTED_PROXIES": "1",
        "LOG_LEVEL": "WARNING",
    }
    import django

    django.setup()
    from django.core.management import call_command

    for folder in ("static", "letters"):
        (Path(home) / folder).mkdir(exist_ok=True)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("load_office", "config/offices/magdeburg.yaml", verbosity=0)
    call_command("load_catalogue", verbosity=0)


def refill(count: int) -> None:
    """An empty book with `count` public times from tomorrow on."""
    from django.db import connection
    from django.utils import timezone

    from tests.bench.growth import add_times

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE booking_appointmentevent, booking_appointment, booking_waitingentry,"
            " booking_slot, booking_token, foundation_letter, foundation_limit,"
            " booking_applicant, django_session CASCADE"
        )
    add_times(count, now=timezone.now())


def refill_smallest(url: str, count: int) -> None:
    """The same number of places for the yardstick."""
    import psycopg

    with psycopg.connect(url.replace("postgres://", "postgresql://")) as connection:
        connection.execute("TRUNCATE smallest_booking, smallest_place RESTART IDENTITY")
        connection.execute(
            "INSERT INTO smallest_place (starts_at)"
            " SELECT now() + interval '1 day' + n * interval '10 min'"
            " FROM generate_series(1, %s) n",
            [count],
        )


async def book_smallest(browser: Any) -> Any:
    """The whole way of the yardstick: the list, a choice, the confirmation."""
    from config.rehearsal import Told

    page = await browser.get("/")
    for _try in range(40):
        if page.status not in {200, 409}:
            return Told(fault=f"{page.status}")
        free = re.findall(r'name="slot" value="([^"]+)"', page.body)
        if not free:
            return Told()
        page = await browser.post("/", page, slot=secrets.choice(free))
        if page.status == 302:
            done = await browser.get(page.location)
            found = re.search(r'id="reference">([^<]+)', done.body)
            return Told(reference=found.group(1)) if found else Told(fault=f"{done.status}")
    return Told(fault="no end")


def race(web: machine.Web, small: machine.Web, small_url: str, people: int, seconds: float) -> Any:
    """`people` for 36 times, first the yardstick, then the product."""
    from django.db import connection
    from django.utils import timezone

    from config import rehearsal

    refill_smallest(small_url, SLOTS_OF_A_WEEK)
    theirs = [rehearsal.Browser(small.base, f"10.9.0.{n % 250}") for n in range(people)]

    def walk(browsers: Sequence[Any], way: Any) -> Any:
        async def all_of_them() -> Any:
            return await rehearsal.rush(browsers, way, seconds=seconds)

        return asyncio.run(all_of_them())

    told, small_seconds = walk(theirs, book_smallest)
    assert sum(bool(each.reference) for each in told) == SLOTS_OF_A_WEEK, told[:3]
    waits = sorted(answer.seconds for each in theirs for answer in each.answers)
    small_p95 = waits[int(len(waits) * 0.95)]
    refill(SLOTS_OF_A_WEEK)
    ours = rehearsal.visitors(people, base=web.base, now=timezone.now())
    connection.close()
    told, own_seconds = walk(ours, rehearsal.book)
    outcome = rehearsal.judge(ours, told, own_seconds)
    say(f"race {people}: {outcome}; smallest {small_seconds:.2f} s, p95 {small_p95:.2f} s")
    return {
        "booked": outcome.booked,
        "doubles": outcome.doubles,
        "faults": outcome.faults,
        "missing": outcome.missing,
        "answered_vs_smallest": round(own_seconds / small_seconds, 2),
        "p95_s": outcome.p95,
        "_p95_smallest_s": round(small_p95, 3),
    }


def pages(web: machine.Web, small: machine.Web, bare: machine.Web, small_url: str) -> Any:
    """Pages per second, round by round; the median of each and its share of the processor."""
    from django.utils import timezone

    from config import rehearsal

    refill(SLOTS_OF_A_WEEK)
    refill_smallest(small_url, SLOTS_OF_A_WEEK)
    visitors = rehearsal.visitors(CONNECTIONS, base=web.base, now=timezone.now())
    cookies = ["; ".join(f"{k}={v}" for k, v in each.cookies.items()) for each in visitors]
    personal = [
        machine.get("/de/times/", cookie=cookie, address=each.address)
        for cookie, each in zip(cookies, visitors, strict=True)
    ]
    targets = {
        "constant": (bare, [machine.get("/")] * CONNECTIONS),
        "start": (web, [machine.get("/de/")] * CONNECTIONS),
        "times": (web, personal),
        "smallest": (small, [machine.get("/")] * CONNECTIONS),
    }
    rates: dict[str, list[float]] = {name: [] for name in targets}
    costs: dict[str, list[float]] = {name: [] for name in targets}
    for _round in range(ROUNDS):
        for name, (server, requests) in targets.items():
            before = server.cpu_seconds()
            rate = machine.hammer(server, requests, seconds=ROUND_SECONDS)
            rates[name].append(rate)
            costs[name].append((server.cpu_seconds() - before) / (rate * ROUND_SECONDS) * 1000)
    median = {name: statistics.median(each) for name, each in rates.items()}
    cost = {name: statistics.median(each) for name, each in costs.items()}
    say(f"pages/s {median}; ms of processor {cost}")
    return {
        "start_page_vs_constant": round(median["start"] / median["constant"], 3),
        "times_page_vs_constant": round(median["times"] / median["constant"], 3),
        "times_page_vs_smallest": round(median["times"] / median["smallest"], 2),
        "_pages_per_s": {name: round(each) for name, each in median.items()},
        "_cpu_ms": {name: round(each, 2) for name, each in cost.items()},
    }


def flow(web: machine.Web, small: machine.Web, small_url: str) -> Any:
    """Bookings per second of verified people, all of them successful; interleaved rounds."""
    from django.utils import timezone

    from config import rehearsal

    people, rates = 60, {"ours": [], "smallest": []}  # type: ignore[var-annotated]

    def walk(browsers: Sequence[Any], way: Any) -> float:
        async def all_of_them() -> Any:
            return await rehearsal.rush(browsers, way, seconds=0, at_once=CONNECTIONS)

        told, seconds = asyncio.run(all_of_them())
        assert all(each.reference for each in told), [each for each in told if not each.reference]
        return len(told) / seconds

    for _round in range(5):
        # as many free times as in a good week, so that nobody meets anybody
        refill(4 * people)
        refill_smallest(small_url, 4 * people)
        now = timezone.now()
        ours = rehearsal.visitors(people, base=web.base, now=now)
        theirs = [rehearsal.Browser(small.base, "10.8.0.1") for _n in range(people)]
        rates["smallest"].append(walk(theirs, book_smallest))
        rates["ours"].append(walk(ours, rehearsal.book))
    median = {name: statistics.median(each) for name, each in rates.items()}
    say(f"bookings/s {median}")
    return {
        "flow_vs_smallest": round(median["ours"] / median["smallest"], 2),
        "_bookings_per_s": {name: round(each, 1) for name, each in median.items()},
    }


def weights(web: machine.Web, small: machine.Web) -> Any:
    """What the pages of the way weigh, and what the processes need."""
    from django.utils import timezone

    from config import rehearsal

    refill(SLOTS_OF_A_WEEK)
    (visitor,) = rehearsal.visitors(1, base=web.base, now=timezone.now())
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    texts = {path: machine.page(web, path, cookie) for path in WAY}
    files = re.compile(r'<(?:link[^>]+rel="stylesheet"|script[^>]+src=|img[^>]+src="(?!data:))')
    return {
        "memory_vs_smallest": round(web.pss_mb() / small.pss_mb(), 2),
        "page_kb_max": round(max(len(text.encode()) for text in texts.values()) / 1000, 1),
        "requests_max": max(1 + len(files.findall(text)) for text in texts.values()),
        "_memory_mb": {"ours": round(web.pss_mb()), "smallest": round(small.pss_mb())},
        "_page_kb": {path: round(len(text.encode()) / 1000, 1) for path, text in texts.items()},
    }


def main() -> int:
    """Runs everything; --quick leaves out the race of 5,000 and the growth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", default="var/bench.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as home, postgres() as server:
        url = machine.database(server, "product")
        small_url = machine.database(server, "smallest")
        prepare(home, url)
        make = "from tests.bench.smallest import make_tables; make_tables()"
        subprocess.run(
            [sys.executable, "-c", make],
            env={**os.environ, "DATABASE_URL": small_url},
            cwd=machine.ROOT,
            check=True,
        )
        yard = machine.YARDSTICK
        with (
            machine.serve("config.wsgi", options=machine.PRODUCT) as web,
            machine.serve(
                "tests.bench.smallest:application", options=yard, DATABASE_URL=small_url
            ) as small,
            machine.serve("tests.bench.constant:application", options=yard) as bare,
        ):
            result = pages(web, small, bare, small_url)
            result |= flow(web, small, small_url)
            result |= weights(web, small)
            result["race_500"] = race(web, small, small_url, 500, 0)
            if not options.quick:
                result["race_5000"] = race(web, small, small_url, 5000, 30)
        if not options.quick:
            from tests.bench.growth import growth

            refill(1)
            result |= growth()
    path = Path(options.out)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n")
    say(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())

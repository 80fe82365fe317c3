"""A booking rush while fifty phones send photos over slow lines, and without them, by turns.

Everything goes through the shipped Caddy. Photos have a web server of their own behind it, which
comes after the others for the processors, as in compose; who draws them is its child.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from pyrage import x25519

from booking.simulation import rush_rehearsal
from documents.applications.models import Intake
from tests.bench import machine
from tests.bench.stock import SLOTS_OF_A_WEEK, refill, say
from tests.documents.applications.making import cookie_of, make_draft, make_person
from tests.reverse_proxies import CURRENT, caddy

PHONES, PEOPLE, ROUNDS = 50, 500, 5
SHARES = 6  # about the 256 of 1,024 shares that compose gives
SCANNER = "tcp://127.0.0.1:1"  # nobody there: photos wait for it


def uploading(web: machine.Web) -> dict[str, Any]:
    """The p95 of the answers of a rush beside fifty uploads, and without: the median of ratios."""
    with _office(web) as base:
        _rush(_people(base))  # the first one finds everything cold
        rounds = []
        for _each in range(ROUNDS):
            alone = _rush(_people(base))
            people = _people(base)
            with _phones(base) as told:
                beside = _rush(people)
            say(f"uploads: {alone.p95} s alone, {beside.p95} s beside; photos answered {told}")
            rounds.append((alone, beside, dict(told)))
            time.sleep(5)  # what came last is drawn
    return {
        "uploading": {
            "p95_ratio": round(median(two.p95 / one.p95 for one, two, _told in rounds), 3),
            "booked": min(two.booked for _one, two, _told in rounds),
            "faults": max(two.faults for _one, two, _told in rounds),
            "_p95_alone_s": [one.p95 for one, _two, _told in rounds],
            "_p95_beside_s": [two.p95 for _one, two, _told in rounds],
            "_photos": [told for _one, _two, told in rounds],
        }
    }


@contextmanager
def _office(web: machine.Web) -> Iterator[str]:
    """The address of an office that takes applications, too."""
    keys = [x25519.Identity.generate() for _current_and_offline in "ab"]
    environment = {
        "FILE_KEYS": str(keys[0]),
        "FILE_RECOVERY_RECIPIENT": str(keys[1].to_public()),
        "SCANNER_URL": SCANNER,
    }
    settings.APPLICATIONS = replace(
        settings.APPLICATIONS,
        keys=(environment["FILE_KEYS"],),
        recovery_recipient=environment["FILE_RECOVERY_RECIPIENT"],
        scanner_url=SCANNER,
    )
    Intake.objects.update_or_create(procedure="humanitarian", defaults={"opens_at": timezone.now()})
    connection.close()
    with (
        tempfile.TemporaryDirectory(prefix="caddy-") as home,
        machine.serve(
            "config.wsgi", options=machine.PRODUCT, first="/de/", nice=SHARES, **environment
        ) as uploads,
        caddy(
            CURRENT,
            Path(home),
            web=[f"127.0.0.1:{web.port}"],
            health_port=web.port,
            UPLOADS=f"127.0.0.1:{uploads.port}",
            CADDY_TRUST="trusted_proxies 127.0.0.1/32",
        ) as proxy,
    ):
        machine.await_port(proxy.port, proxy.process)
        yield f"http://127.0.0.1:{proxy.port}"


@contextmanager
def _phones(base: str) -> Iterator[dict[str, int]]:
    """Fifty phones that are all in the middle of a photo; in the end what they were answered."""
    told: dict[str, int] = {}
    cookies = []
    for _each in range(PHONES):
        draft = make_draft(now=timezone.now())
        make_person(draft, now=timezone.now())
        cookies.append({settings.SESSION_COOKIE_NAME: cookie_of(draft)})
    connection.close()
    line = "import django, asyncio; django.setup(); from tests.bench import phones; "
    line += f"asyncio.run(phones.all_of_them({base!r}))"
    with subprocess.Popen(
        [sys.executable, "-c", line],
        cwd=machine.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(cookies) + "\n")
        process.stdin.flush()
        process.stdout.readline()
        yield told
        process.stdin.close()
        told |= json.loads(process.stdout.readline())


def _people(base: str) -> list[rush_rehearsal.Browser]:
    """An empty book, and who wants a time of it; ends every session that was."""
    refill(SLOTS_OF_A_WEEK)
    people = rush_rehearsal.visitors(PEOPLE, base=base, now=timezone.now())
    connection.close()
    return people


def _rush(people: list[rush_rehearsal.Browser]) -> rush_rehearsal.Outcome:
    told, seconds = asyncio.run(rush_rehearsal.rush(people, rush_rehearsal.book, seconds=0))
    return rush_rehearsal.judge(people, told, seconds)

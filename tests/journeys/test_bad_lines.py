"""Four photos from a phone in a train, to the running product: sent, and nothing of them lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, expect

from documents.applications.models import Application, Intake
from documents.applications.sealing import make_demo_key
from documents.applications.states import FileState, Status
from tests.config.test_run import Running
from tests.documents.applications.hostile_files import jpeg
from tests.documents.applications.making import WANTED, complete, cookie_of, make_draft, make_person
from tests.faults.conftest import ROOT
from tests.journeys.bad_line import BadLine
from tests.journeys.conftest import PHONE
from tests.journeys.photos import photo

pytestmark = [pytest.mark.journey, pytest.mark.bench]
MEGABIT = 1_000_000 / 8
LOSS, CUT_SECONDS = 0.02, 20
RESULT = ROOT / "var" / "bad_lines.json"
BEGIN = "import django; django.setup(); from tests.journeys import test_bad_lines as t; t."


def begin() -> None:
    """A draft that lacks its passport alone; prints the cookie of its browser."""
    now = timezone.now()
    make_demo_key()
    Intake.objects.update_or_create(procedure="humanitarian", defaults={"opens_at": now})
    draft = make_draft(now=now)
    make_person(draft, now=now)
    complete(draft, jpeg(), wanted=[each for each in WANTED if each != "passport"], now=now)
    sys.stdout.write(cookie_of(draft))


def end() -> None:
    """What has arrived, as JSON."""
    sent = Application.objects.exclude(status=Status.STARTED).get()
    files = sent.files.filter(paper="passport")
    sizes = list(files.values_list("size", flat=True))
    states = [*files.values_list("state", "pages_count")]
    sys.stdout.write(json.dumps({"status": sent.status, "sizes": sizes, "files": states}))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """`make run`: web server with its converter, worker and beat."""
    running = Running(tmp_path)
    running.wait()
    yield running
    running.process.terminate()
    running.process.wait(30)


def inside(running: Running, what: str) -> str:
    """What one of the functions above says, asked of the running product's database."""
    environment = os.environ | {
        "DATA_DIR": str(running.folder),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{running.port}",
        "DEBUG": "true",
    }
    line = [sys.executable, "-c", f"{BEGIN}{what}()"]
    return subprocess.run(
        line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def waits(page: Page, line: BadLine, *, carried: float) -> None:
    """Until so many bytes went up."""
    until = time.monotonic() + 300
    while line.carried < carried:
        assert time.monotonic() < until
        page.wait_for_timeout(100)


def test_four_photos_over_a_bad_line_with_two_cuts(page: Page, running: Running) -> None:
    cookie = inside(running, "begin")
    line = BadLine(running.port, rate=MEGABIT, loss=LOSS)
    site = f"http://127.0.0.1:{line.port}"
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site}])
    page.set_viewport_size(PHONE)
    posts: list[str] = []
    page.on("requestfinished", lambda one: posts.append("whole") if one.method == "POST" else None)
    page.on("requestfailed", lambda one: posts.append("cut") if one.method == "POST" else None)
    page.goto(f"{site}/de/apply/papers/1/")
    photos = [photo(grain) for grain in (6.0, 7.0, 8.0, 9.0)]
    named = [
        FilePayload(name=f"{at}.jpg", mimeType="image/jpeg", buffer=content)
        for at, content in enumerate(photos)
    ]
    page.set_input_files("#files", named)
    line.carried = 0
    begun = time.monotonic()
    page.click("#upload button")

    waits(page, line, carried=1.2e6)
    page.context.set_offline(True)  # the phone knows
    page.wait_for_timeout(1000 * CUT_SECONDS)
    page.context.set_offline(False)
    waits(page, line, carried=line.carried + 1.2e6)
    line.mode = "refuse"  # the phone does not
    line.reset_all()
    page.wait_for_timeout(1000 * CUT_SECONDS)
    line.mode = "pass"

    expect(page.locator("ol.papers > li")).to_have_count(4, timeout=400_000)
    seconds, carried = time.monotonic() - begun, line.carried
    requests = {name: posts.count(name) for name in ("whole", "cut")}
    page.goto(f"{site}/de/apply/review/")
    page.check("[name=true]")
    page.click("#step button")
    expect(page.locator("#reference")).to_be_visible(timeout=60_000)
    line.close()
    found = json.loads(inside(running, "end"))
    assert found["status"] == Status.SENT
    assert found["files"] == [[FileState.READY, 1]] * 4
    assert max(found["sizes"]) <= 2 * 2**20
    assert requests["whole"] == 4
    figures = {
        "seconds": round(seconds),
        "requests": requests,
        "photos_mb": round(sum(map(len, photos)) / 1e6, 1),
        "kept_mb": round(sum(found["sizes"]) / 1e6, 1),
        "sent_mb": round(carried / 1e6, 1),
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    print(figures)  # noqa: T201 - what a bench is for

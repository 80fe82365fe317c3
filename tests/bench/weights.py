"""What the pages of the way weigh, and what the processes need to start and to run."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.utils import timezone

from tests.bench import machine
from tests.bench.stock import SLOTS_OF_A_WEEK, refill, say

FILES = re.compile(r'<(?:link[^>]+rel="stylesheet"|script[^>]+src=|img[^>]+src="(?!data:))')
FOREIGN = re.compile(r'(?:src|href|action)="(?:https?:)?//[^"]+"')
BEFORE = ("", "check/", "check/expired/", "checklist/", "details/", "times/")


async def _way(browser: Any) -> dict[str, str]:
    """Every page a person sees, from the first to the appointment."""
    texts = {}
    for path in BEFORE:
        page = await browser.get(f"/de/{path}")
        assert page.status == 200, (path, page.status)
        texts[path] = page.body
    held = await browser.post("/de/times/", page, earliest="1")
    review = await browser.get(held.location)
    booked = await browser.post("/de/review/", review)
    shown = await browser.get(booked.location)
    managed = await browser.get("/de/manage/")
    assert (review.status, shown.status, managed.status) == (200, 200, 200)
    return texts | {"review/": review.body, "appointment/": shown.body, "manage/": managed.body}


def weights(web: machine.Web, small: machine.Web) -> Any:
    """Bytes and requests of each page, resident memory, seconds to the first answer."""
    from booking.models import Applicant
    from booking.simulation import rush_rehearsal
    from config.accounts.sessions import SessionStore
    from eligibility import situation
    from eligibility.rules import Answers

    refill(SLOTS_OF_A_WEEK)
    now = timezone.now()
    (visitor,) = rush_rehearsal.visitors(1, base=web.base, now=now)
    today = timezone.localdate(now)
    answers = Answers(title_valid_until=today - timedelta(days=3))
    case = situation.assess("expired", answers, today=today)
    data = {"applicant": Applicant.objects.get().pk, "verified": Applicant.objects.get().pk}
    situation.keep(data, case)
    Session.objects.update(session_data=SessionStore().encode(data))
    texts = asyncio.run(_way(visitor))
    foreign = [found for text in texts.values() for found in FOREIGN.findall(text)]
    kilobytes = {path: round(len(text.encode()) / 1000, 1) for path, text in texts.items()}
    say(f"kB {kilobytes}; started after {web.started:.2f} s, smallest {small.started:.2f} s")
    return {
        "memory_vs_smallest": round(web.pss_mb() / small.pss_mb(), 2),
        "startup_s": round(web.started, 2),
        "page_kb_max": max(kilobytes.values()),
        "requests_max": max(1 + len(FILES.findall(text)) for text in texts.values()),
        "third_parties": len(foreign),
        "_startup_smallest_s": round(small.started, 2),
        "_memory_mb": {"ours": round(web.pss_mb()), "smallest": round(small.pss_mb())},
        "_page_kb": kilobytes,
    }

"""How a visitor comes to the page on which a fault happens."""

from __future__ import annotations

import asyncio
import re

from booking.simulation import rush_rehearsal
from booking.simulation.rush_rehearsal import Answer, Browser

ACTIONS = ("hold", "confirm", "rebook", "cancel")
_SLOT = re.compile(r'name="slot" value="([^"]+)"')


async def way_to(browser: Browser, action: str) -> tuple[str, Answer, dict[str, str]]:
    """The address, page and fields of the form of `action`; what it needs is done before."""
    if action == "hold":
        return "/de/times/", await browser.get("/de/times/"), {"earliest": "1"}
    if action == "confirm":
        page = await browser.get("/de/times/")
        assert (await browser.post("/de/times/", page, earliest="1")).status == 303
        return "/de/review/", await browser.get("/de/review/"), {}
    assert (await rush_rehearsal.book(browser)).reference
    if action == "cancel":
        return "/de/manage/cancel/", await browser.get("/de/manage/"), {}
    await asyncio.sleep(1.1)  # the list may be a second old, and what was taken since would be 409
    page = await browser.get("/de/rebook/")
    return "/de/rebook/", page, {"slot": first_slot(page)}


def first_slot(page: Answer) -> str:
    """The value of the first time that a page offers."""
    found = _SLOT.search(page.body)
    assert found
    return found[1]


async def meet_fault(browser: Browser, action: str, fault: str) -> tuple[Answer, Answer]:
    """Runs into `fault` at `action`, then presses the same button again: both answers."""
    path, page, fields = await way_to(browser, action)
    browser.headers = {"X-Fault": fault}
    broken = await browser.post(path, page, **fields)
    browser.headers = {}
    return broken, await browser.post(path, page, **fields)

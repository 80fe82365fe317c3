"""Phones that send photos over slow lines, in a process of their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import uuid
from collections import Counter
from itertools import count
from urllib.parse import urlsplit

from booking.simulation.rush_rehearsal import Browser, hidden_fields
from tests.documents.applications.hostile_files import saved
from tests.journeys.photos import grainy

BYTES_PER_SECOND = 35_000  # the slowest line that config/Caddyfile has time for
PIECES_PER_SECOND = 5
PATH = "/en/apply/papers/1/"
BOUNDARY = "a-photo"


def form(fields: dict[str, str], content: bytes) -> bytes:
    """The form of a paper with one file, as js/upload.js sends it."""
    text = [*fields.items(), ("whole", "1")]
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{a}"\r\n\r\n{b}' for a, b in text
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="file"\r\n\r\n'
    before = "\r\n".join([*parts[:-1], head]).encode()
    return before + content + f"\r\n{parts[-1]}\r\n--{BOUNDARY}--\r\n".encode()


async def send(browser: Browser, body: bytes) -> str:
    """The status that a form gets that comes slowly."""
    reader, writer = await browser.connect(urlsplit(browser.base))
    try:
        head = (
            f"POST {PATH} HTTP/1.1",
            f"Host: {urlsplit(browser.base).netloc}",
            f"Origin: {browser.base}",
            f"X-Forwarded-For: {browser.address}",
            f"Cookie: {browser.cookie}",
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
            f"Content-Length: {len(body)}",
            "Accept: text/plain",
        )
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n")
        step = BYTES_PER_SECOND // PIECES_PER_SECOND
        for at in range(0, len(body), step):
            writer.write(body[at : at + step])
            await writer.drain()
            await asyncio.sleep(1 / PIECES_PER_SECOND)
        return (await reader.readline()).split()[1].decode()
    except (OSError, IndexError):
        return "cut"
    finally:
        writer.close()


async def phone(browser: Browser, content: bytes, *, begin_in: float, told: Counter[str]) -> None:
    """One photo after the other."""
    await asyncio.sleep(begin_in)
    page = await browser.get(PATH)
    fields = hidden_fields(page.body, PATH) | {"upload_id": str(uuid.uuid4())}
    fields.pop("whole")
    for place in count():
        told[await send(browser, form(fields | {"place": str(place)}, content))] += 1


async def all_of_them(base: str) -> None:
    """Lets all phones send, each a little later than the one before, until somebody ends them.

    Their cookies come as JSON in the first line of standard input, and its end ends them. They say
    when all are under way, and then what they were answered, how often.
    """
    cookies = json.loads(sys.stdin.readline())
    content = saved(grainy(2339, 3118, 8.0), "JPEG", quality=85)
    apart = len(content) / BYTES_PER_SECOND / len(cookies)
    told: Counter[str] = Counter()
    phones = [
        asyncio.create_task(
            phone(Browser(base, f"10.8.0.{n}", kept), content, begin_in=n * apart, told=told)
        )
        for n, kept in enumerate(cookies, start=1)
    ]
    await asyncio.sleep((len(cookies) + 1) * apart)
    sys.stdout.write("all\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for each in phones:
        each.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*phones, return_exceptions=True)
    sys.stdout.write(json.dumps(told) + "\n")

"""A rush for rehearsal: many people at one instant, over real HTTP, bounded in number and time."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlencode, urlsplit

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import Count
from django.utils.crypto import get_random_string

from booking.models import Applicant, Appointment
from booking.states import LIVE_FOR_SLOT, SETTLED
from config.foundation.persons import digest

MOST = 20_000  # visitors in one rehearsal
PATIENCE = 60  # seconds for one answer
MOST_TRIES = 40

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_RADIO = re.compile(r'name="slot" value="([^"]+)"')
_REFERENCE = re.compile(r'id="reference"[^>]*>\s*(?:<[^>]+>)*\s*([0-9A-Z]{4}-[0-9A-Z]{4})')


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer of the server, and how long it took."""

    status: int
    location: str
    body: str
    seconds: float


def hidden_fields(page: str, path: str) -> dict[str, str]:
    """The hidden fields of the form of a page that goes to `path`, or else of its first form."""
    begin = max(page.find(f'action="{path}"'), 0)
    end = page.find("</form>", begin)
    return dict(_HIDDEN.findall(page, begin, end if end >= 0 else len(page)))


@dataclass
class Browser:
    """What one visitor has: an address, cookies, and one connection for each request."""

    base: str
    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)

    @property
    def cookie(self) -> str:
        """Its cookies as it sends them."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    async def get(self, path: str) -> Answer:
        """The answer to a GET."""
        return await self._ask("GET", path, b"")

    async def post(self, path: str, page: Answer, **fields: str) -> Answer:
        """The answer to the form of `page` that goes to `path`, sent with what the page gave it."""
        data = hidden_fields(page.body, path) | fields
        return await self._ask("POST", path, urlencode(data).encode())

    async def _ask(self, method: str, path: str, body: bytes) -> Answer:
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                raw = await self._send(method, path, body)
            answer = self._read(raw, time.monotonic() - began)
        except (OSError, EOFError, TimeoutError, ValueError, IndexError, asyncio.LimitOverrunError):
            answer = Answer(status=0, location="", body="", seconds=time.monotonic() - began)
        self.answers.append(answer)
        return answer

    async def _send(self, method: str, path: str, body: bytes) -> bytes:
        parts = urlsplit(self.base)
        head = [
            f"{method} {path} HTTP/1.1",
            f"Host: {parts.netloc}",
            f"Origin: {self.base}",
            f"X-Forwarded-For: {self.address}",
        ]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.cookies:
            head.append(f"Cookie: {self.cookie}")
        if body:
            head += [
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
            ]
        reader, writer = await self.connect(parts)
        try:
            writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(answer)
            # as a proxy does: whoever has the whole answer waits for no end of the connection
            return answer + await (reader.readexactly(int(length[1])) if length else reader.read())
        finally:
            writer.close()

    async def connect(
        self, parts: SplitResult
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the server of an address."""
        secure = parts.scheme == "https"
        return await asyncio.open_connection(
            parts.hostname, parts.port or (443 if secure else 80), ssl=secure or None
        )

    def _read(self, raw: bytes, seconds: float) -> Answer:
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        location = ""
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                key, _, cookie = value.partition(";")[0].partition("=")
                self.cookies[key] = cookie
            elif name.lower() == "location":
                location = value
        status = int(lines[0].split()[1])
        return Answer(
            status=status, location=location, body=body.decode(errors="replace"), seconds=seconds
        )


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one visitor was told in the end: a reference, or that nothing is free; or a fault."""

    reference: str = ""
    fault: str = ""


Walk = Callable[[Browser], Awaitable[Told]]


async def book(browser: Browser) -> Told:
    """A verified person's way from the times to the confirmation, as a browser takes it."""
    times = "/de/times/"
    page = await browser.get(times)
    for _try in range(MOST_TRIES):
        if page.status not in {200, 409}:
            return Told(fault=f"{page.status} for times")
        free = _RADIO.findall(page.body)
        if not free:
            return Told()
        # half choose for themselves, half take the earliest
        chosen = {"slot": secrets.choice(free)} if secrets.randbelow(2) else {"earliest": "1"}
        page = await browser.post(times, page, **chosen)
        if page.status == 303:
            return await _confirm(browser, page)
    return Told(fault="no end")


async def _confirm(browser: Browser, held: Answer) -> Told:
    review = await browser.get(held.location)
    booked = await browser.post("/de/review/", review)
    if booked.status != 303:
        return Told(fault=f"{booked.status} for confirm")
    page = await browser.get(booked.location)
    found = _REFERENCE.search(page.body)
    return Told(reference=found.group(1)) if found else Told(fault=f"{page.status}, no reference")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came out of a rush."""

    booked: int
    refused: int
    doubles: int
    faults: int
    missing: int
    seconds: float
    p95: float
    slowest: list[float]
    first_fault: str = ""


def visitors(count: int, *, base: str, now: datetime) -> list[Browser]:
    """Browsers of `count` different people whose address is verified, each from its own network."""
    run = secrets.token_hex(4)
    people = [_person(f"{run}-{n}", now=now) for n in range(count)]
    people = Applicant.objects.bulk_create(people, batch_size=500)
    sessions = [
        Session(
            session_key=secrets.token_hex(16),
            session_data=SessionStore().encode({"applicant": row.pk, "verified": row.pk}),
            expire_date=now + timedelta(days=1),
        )
        for row in people
    ]
    Session.objects.bulk_create(sessions, batch_size=500)
    return [
        Browser(base, address, _cookies(row))
        for row, address in zip(sessions, _addresses(), strict=False)
    ]


def _cookies(session: Session) -> dict[str, str]:
    # who is verified has filled in forms and has the cookie of their token, too
    return {
        settings.SESSION_COOKIE_NAME: str(session.session_key),
        settings.CSRF_COOKIE_NAME: get_random_string(32),
    }


def _addresses() -> Iterator[str]:
    return (f"10.{a}.{b}.{c}" for a in range(1, 250) for b in range(250) for c in range(1, 250))


def _person(name: str, *, now: datetime) -> Applicant:
    return Applicant(
        family_name="Rehearsal",
        given_names="",
        birth_date="1990-01-01",
        email=f"rehearsal-{name}@example.org",
        language="de",
        person_key=digest("rehearsal", name),
        address_key=digest("rehearsal-address", name),
        proved_address_key=digest("rehearsal-address", name),
        situation={
            "category": "expired",
            "answers": {},
            "decided_on": now.date().isoformat(),
            "rules_version": "rehearsal",
            "need_by": None,
            "need_kind": "none",
        },
        verified_at=now,
        created_at=now,
        touched_at=now,
    )


async def rush(
    browsers: Sequence[Browser],
    walk: Walk,
    *,
    seconds: float,
    at_once: int = MOST,
    tell: Callable[[int], object] = lambda done: None,
) -> tuple[list[Told], float]:
    """Lets every browser walk, arriving evenly over `seconds`; what each was told, and how long."""
    at_most = asyncio.Semaphore(at_once)
    began = time.monotonic()
    done = 0

    async def visit(number: int, browser: Browser) -> Told:
        nonlocal done
        await asyncio.sleep(seconds * number / len(browsers))
        async with at_most:
            told = await walk(browser)
        done += 1
        tell(done)
        return told

    told = await asyncio.gather(*(visit(n, each) for n, each in enumerate(browsers)))
    return told, time.monotonic() - began


def judge(browsers: Sequence[Browser], told: Sequence[Told], seconds: float) -> Outcome:
    """Counts, and compares what people were told with what the database holds."""
    references = {each.reference for each in told if each.reference}
    kept = Appointment.objects.filter(reference__in=references, status__in=SETTLED).count()
    live = Appointment.objects.filter(status__in=LIVE_FOR_SLOT)
    doubles = live.values("slot").annotate(n=Count("pk")).filter(n__gt=1).count()
    faults = [each.fault for each in told if each.fault]
    times = sorted(answer.seconds for browser in browsers for answer in browser.answers)
    return Outcome(
        booked=sum(bool(each.reference) for each in told),
        refused=sum(not each.reference and not each.fault for each in told),
        doubles=doubles,
        faults=len(faults),
        missing=sum(bool(each.reference) for each in told) - kept,
        seconds=round(seconds, 2),
        p95=round(times[int(len(times) * 0.95)], 3) if times else 0.0,
        slowest=[round(each, 3) for each in times[-3:]],
        first_fault=faults[0] if faults else "",
    )

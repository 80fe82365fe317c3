"""What an answer may be while everything happens at once."""

from __future__ import annotations

import asyncio
import http.client
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

from booking.simulation import rush_rehearsal
from tests.races.pairs.findings import READABLE
from tests.soak.one import Soak

AN_ANSWER = 30  # seconds
SENTENCES = ("</p>", "Please try again")  # of the product, and of the proxy


def judge(
    soak: Soak, what: str, *, status: int, text: str, began: float, location: str = ""
) -> str:
    """Counts an answer by its class and notes what nobody may be told; returns the class.

    `status` 0 is no answer: that is a failure unless a web process was killed since `began`
    (monotonic) or a moment before.
    """
    cut = soak.was_cut(began)
    if not status and cut:
        return _counted(soak, "cut off by the kill of a web process")
    if status == 503 and any(sentence in text for sentence in SENTENCES):
        return _counted(soak, f"503 with a sentence{' after a kill' if cut else ''}")
    if status not in READABLE:
        soak.fail(f"{what} was answered by {status or text or 'nothing'}")
    elif status in {302, 303} and not location:
        soak.fail(f"{what} leads nowhere")
    elif status >= 400 and "<h1" not in text and 'role="alert"' not in text:
        soak.fail(f"{what} was answered by a bare {status}")
    return _counted(soak, f"{status // 100}xx")


def _counted(soak: Soak, name: str) -> str:
    soak.count(f"answers {name}")
    return name


def source(address: str) -> str:
    """The address on loopback from which somebody comes, for the proxy sees that alone."""
    return f"127.{address.partition('.')[2]}"


class Visitor(rush_rehearsal.Browser):
    """A browser with an address of its own, whatever stands before the web server."""

    async def connect(
        self, parts: SplitResult
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection from the own address."""
        here = (source(self.address), 0)
        return await asyncio.open_connection(parts.hostname, parts.port, local_addr=here)


@dataclass
class Page:
    """An answer over HTTP in the words of Django's test client."""

    status_code: int = 0
    content: bytes = b""
    location: str = ""
    request: dict[str, str] = field(default_factory=dict)


class Browser:
    """What the scenarios of `tests.races.pairs` ask of a client, over HTTP."""

    def __init__(self, base: str, address: str) -> None:
        self.base, self.address = base, address
        self.cookies: SimpleCookie = SimpleCookie()
        self.defaults: dict[str, str] = {}

    def connect(self) -> http.client.HTTPConnection:
        """An open connection from the own address."""
        parts = urlsplit(self.base)
        here = (source(self.address), 0)
        opened = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=AN_ANSWER, source_address=here
        )
        opened.connect()
        return opened

    def get(self, path: str, *, follow: bool = False) -> Page:
        """The answer to a GET; redirects are followed when told so."""
        for _hop in range(6):
            page = self.send(self.connect(), "GET", path, cookies=self.cookies)
            if not (follow and page.location):
                break
            path = urljoin(path, page.location)
        return page

    def send(
        self,
        opened: http.client.HTTPConnection,
        method: str,
        path: str,
        *,
        cookies: SimpleCookie,
        data: dict[str, str] | None = None,
    ) -> Page:
        """The answer to one request; its cookies are kept. Raises OSError or HTTPException."""
        headers = {"X-Forwarded-For": self.address, "Origin": self.base}
        headers["Cookie"] = "; ".join(f"{name}={each.value}" for name, each in cookies.items())
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            opened.request(method, path, body=urlencode(data) if data else None, headers=headers)
            answer = opened.getresponse()
            content = answer.read()
        finally:
            opened.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(line)
        location = answer.headers.get("Location", "")
        return Page(answer.status, content, location, {"PATH_INFO": path})

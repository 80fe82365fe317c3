"""PDFs without harm to everybody else: few at once, few for one visitor, the same only once.

A PDF takes a processor for a good part of a second. Without a bound, a dozen people who print keep
every thread of a web process, and the first page waits behind them.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock

from django.db import InternalError
from django.http import HttpRequest, HttpResponse

from config.foundation import limits

logger = logging.getLogger(__name__)

PER_VISITOR = 60  # an office or a school shares one address
PER = timedelta(minutes=1)
WAIT = 0.5  # seconds until somebody is told to come again

# Of four threads of a process one prints and one waits to print; the others are for pages.
_places = BoundedSemaphore(2)
_printer = Lock()


class Memory:
    """The PDFs that were asked for last, up to `size` bytes together."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> bytes | None:
        """The PDF of this key, if it is still here."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: Hashable, pdf: bytes) -> None:
        """Keeps a PDF and lets those go that were not asked for the longest."""
        with self._lock:
            self._kept[key] = pdf
            while sum(map(len, self._kept.values())) > self.size:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        """Lets all go."""
        with self._lock:
            self._kept.clear()


def pdf_answer(
    request: HttpRequest,
    make: Callable[[], bytes],
    *,
    now: datetime,
    memory: Memory | None = None,
    key: Hashable = None,
) -> HttpResponse:
    """The PDF that `make` makes, or what `memory` has under `key`, at `now` (UTC).

    429 for a visitor who asks too often, 503 while others print. About a person nothing is kept.
    """
    if memory is not None and (found := memory.get(key)) is not None:
        return HttpResponse(found, content_type="application/pdf")
    if not _within(request, now):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    if not _places.acquire(timeout=WAIT):
        logger.info("a PDF was put off: others print")
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    try:
        with _printer:
            pdf = make()
    finally:
        _places.release()
    if memory is not None:
        memory.keep(key, pdf)
    return HttpResponse(pdf, content_type="application/pdf")


def as_download(response: HttpResponse, name: str) -> HttpResponse:
    """A file that was made goes to the device under `name`; a refusal stays a page."""
    if response.status_code == 200:
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def inline_pdf(content: bytes, name: str) -> HttpResponse:
    """A PDF that the browser shows, and saves under `name` where it is asked to."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _within(request: HttpRequest, now: datetime) -> bool:
    visitor = limits.client_address(request)
    try:
        return limits.take_of_visitor("pdf", visitor, limit=PER_VISITOR, per=PER, now=now)
    except InternalError:
        return True  # the database only reads: nothing can be counted, and people may still print

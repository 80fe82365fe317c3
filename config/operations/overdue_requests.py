"""Ends a web process in which a request hangs, so that its master starts a fresh one.

Gunicorn's own timeout watches the thread that accepts, never those that answer: a request that
never ends keeps its thread for good, four of them keep the process, and nobody notices. Here each
request says when it begins and when its answer is made; one more thread looks once a second.

REQUEST_SECONDS is far above what any request takes: most take milliseconds; three tries at a lock
that is held (3 s each), a database that fails over (2 s for a connection, 10 s for a statement) and
a large export stay well below a minute.

What takes longer for a good reason, like a file over a slow line, says so beforehand: under ALLOW
the environment of a request holds a function that starts its clock anew, some seconds ahead.

What it has to say it writes to the standard error itself: whoever hangs may hold the lock of the
log.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

from config.operations.logs import formatter

ALLOW = "soforttermin.allow"
LOOK_EVERY = 1.0  # seconds
# So long the others in the process may finish; their visitors wait for pages that come.
GRACE = 5.0

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
_since: dict[int, float] = {}  # when the request of each thread began


def watched(application: Application) -> Application:
    """The application, with each of its requests on the list; sending the answer is not."""

    def answering(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        me = threading.get_ident()
        _since[me] = time.monotonic()
        environ[ALLOW] = allow
        try:
            return application(environ, start_response)
        finally:
            _since.pop(me, None)

    return answering


def allow(seconds: float) -> None:
    """Lets the request of this thread take so much longer, from now on."""
    _since[threading.get_ident()] = time.monotonic() + seconds


def start() -> None:
    """Looks after the requests of this process from now on."""
    threading.Thread(target=_watch, name="overdue", daemon=True).start()


def _watch() -> None:
    while not (overdue := hanging(after=settings.REQUEST_SECONDS)):
        time.sleep(LOOK_EVERY)
    for thread in overdue:
        _say(f"a request has run for {settings.REQUEST_SECONDS} s: {place_of(thread)}")
    _say("this process ends itself")
    os.kill(os.getpid(), signal.SIGTERM)  # takes no more requests
    end = time.monotonic() + GRACE
    while time.monotonic() < end and set(_since) - set(overdue):
        time.sleep(0.05)
    os._exit(1)  # a thread that hangs would keep an orderly exit waiting


def hanging(*, after: float) -> list[int]:
    """The threads whose request began more than `after` seconds ago."""
    now = time.monotonic()
    return [thread for thread, since in list(_since.items()) if now - since > after]


def place_of(thread: int) -> str:
    """Where a thread is at this moment: files, lines and names of functions, innermost last."""
    frame = sys._current_frames().get(thread)
    places: list[str] = []
    while frame is not None and len(places) < _MOST_PLACES:
        places.append(f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}")
        frame = frame.f_back
    return " < ".join(places)


_MOST_PLACES = 12


def _say(text: str) -> None:
    record = logging.LogRecord(__name__, logging.CRITICAL, __file__, 0, text, None, None)
    os.write(2, f"{formatter().format(record)}\n".encode())

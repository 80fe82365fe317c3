"""Ends a worker that lives and does nothing, so that its supervisor starts a fresh one.

A worker can lose the broker, or its pool, without noticing. Every task leaves word in the database
when it came to its end, and the schedule asks for one every two seconds. So when none ends for a
while, what it asks for does not arrive here, or what arrives never ends.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time as _time
from datetime import datetime

from billiard import active_children
from celery.signals import worker_ready
from celery.worker import state
from django.db import DatabaseError, close_old_connections

from config.foundation.sweeps import Sweep
from config.operations.notification_senders import FAREWELL, finish

logger = logging.getLogger(__name__)

LOOK_EVERY = 5.0  # seconds
IDLE = 40.0  # seconds while nothing runs here
PATIENCE = 120.0  # seconds while a task does, which may take a minute
TO_SAY_GOODBYE = FAREWELL + 1


@worker_ready.connect
def start(**_worker: object) -> None:
    """Watches beside every worker."""
    threading.Thread(target=watch, name="watchdog", daemon=True).start()


def watch() -> None:
    """Looks at the last sweep until it has stood still for too long; then ends the process."""
    seen: datetime | None = None
    since = _time.monotonic()
    while _time.monotonic() - since < (PATIENCE if state.active_requests else IDLE):
        _time.sleep(LOOK_EVERY)
        close_old_connections()
        try:
            newest = last_sweep()
        except DatabaseError:
            since = _time.monotonic()  # without a database nobody can work
            continue
        if newest != seen:
            seen, since = newest, _time.monotonic()
    waited = _time.monotonic() - since
    logger.critical("no task has come to its end for %d s: this worker ends itself", waited)
    _end_children()
    finish(seconds=FAREWELL)  # a letter that is cut off now leaves twice
    os._exit(1)


def _end_children() -> None:
    children = active_children()
    for child in children:
        child.terminate()
    end = _time.monotonic() + TO_SAY_GOODBYE
    for child in children:
        child.join(max(0, round(end - _time.monotonic())))
        if child.pid and child.is_alive():
            os.kill(child.pid, signal.SIGKILL)  # a frozen one hears nothing less


def last_sweep() -> datetime | None:
    """When any task last came to its end."""
    newest = Sweep.objects.order_by("-ended_at").first()
    return newest.ended_at if newest else None

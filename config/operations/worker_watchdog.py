"""Ends a worker that lives and does nothing, so that its supervisor starts a fresh one.

A worker can lose the broker, or its pool, without noticing. Every task leaves word in the database
when it came to its end; when no task does so for two minutes, nothing works here.
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
from django.db import DatabaseError, close_old_connections

from config.foundation.sweeps import Sweep

logger = logging.getLogger(__name__)

LOOK_EVERY = 10  # seconds
PATIENCE = 120


@worker_ready.connect
def start(**_worker: object) -> None:
    """Watches beside every worker."""
    threading.Thread(target=watch, name="watchdog", daemon=True).start()


def watch() -> None:
    """Looks at the last sweep until it has stood still for too long; then ends the process."""
    seen: datetime | None = None
    since = _time.monotonic()
    while _time.monotonic() - since < PATIENCE:
        _time.sleep(LOOK_EVERY)
        close_old_connections()
        try:
            newest = last_sweep()
        except DatabaseError:
            since = _time.monotonic()  # without a database nobody can work
            continue
        if newest != seen:
            seen, since = newest, _time.monotonic()
    logger.critical("no task has come to its end for %d s: this worker ends itself", PATIENCE)
    for child in active_children():
        if child.pid:
            os.kill(child.pid, signal.SIGKILL)  # a frozen one hears nothing less
    os._exit(1)


def last_sweep() -> datetime | None:
    """When any task last came to its end."""
    newest = Sweep.objects.order_by("-ended_at").first()
    return newest.ended_at if newest else None

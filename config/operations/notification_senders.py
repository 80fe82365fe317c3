"""Several notifications on their way at once: one slow answer of the relay stops no other.

A relay may take ten minutes for an answer (RFC 5321), and a task one minute. So threads send; a
task opens another one as long as all that are there are slow, and leaves the slow ones behind.
"""

from __future__ import annotations

import threading
import time as _time
from collections import defaultdict
from datetime import datetime

from billiard.exceptions import SoftTimeLimitExceeded
from celery.signals import worker_process_shutdown, worker_shutdown
from django.db import connection

from config.foundation.outbox import (
    GATEWAY_FAILED,
    RELAY_FAILED,
    RUN_SECONDS,
    Notification,
    after_elapsed,
    due,
    send_next,
)

MOST = 6  # connections at once for each queue, in one process
SLOW_AFTER = 2.0  # seconds with one notification
FAREWELL = 5.0  # seconds that a process waits for its senders when it is told to end

_closing = threading.Event()


class Sender(threading.Thread):
    """Sends those of one queue until none is due, the relay is away or its time is over."""

    def __init__(self, queue: Notification.Queue, *, now: datetime) -> None:
        super().__init__(name=f"sender of {queue}", daemon=True)
        self.queue = queue
        self.now = now
        self.busy_since = self.began = _time.monotonic()
        self.outcome: str | None = None
        self.error: Exception | None = None

    @property
    def is_slow(self) -> bool:
        """Whether it has waited with one notification for a while."""
        return _time.monotonic() - self.busy_since > SLOW_AFTER

    def run(self) -> None:
        """Sends; an error is for whoever started it."""
        end = self.began + RUN_SECONDS
        try:
            while _time.monotonic() < end and not _closing.is_set():
                self.busy_since = _time.monotonic()
                self.outcome = send_next(queue=self.queue, now=after_elapsed(self.now, self.began))
                if self.outcome in {None, RELAY_FAILED, GATEWAY_FAILED}:
                    return
        except Exception as error:
            self.error = error
        finally:
            connection.close()


_senders: defaultdict[str, list[Sender]] = defaultdict(list)


def send_queue(queue: Notification.Queue, *, now: datetime) -> None:
    """Sends what is due in `queue` at `now` (UTC), until that is done or every sender is slow.

    Raises what stopped a sender, such as a database that is away.
    """
    team = _senders[queue]
    began = _time.monotonic()
    while due(queue=queue, now=after_elapsed(now, began)).exists():
        team[:] = [sender for sender in team if sender.is_alive()]
        if len(team) >= MOST or _time.monotonic() > began + RUN_SECONDS:
            return
        sender = Sender(queue, now=after_elapsed(now, began))
        team.append(sender)
        sender.start()
        try:
            _watch(sender, end=began + RUN_SECONDS)
        except SoftTimeLimitExceeded:
            return  # the time of the task is over, and the sender's is not
        if sender.error is not None:
            raise sender.error
        if sender.outcome in {RELAY_FAILED, GATEWAY_FAILED} and not sender.is_alive():
            return


def _watch(sender: Sender, *, end: float) -> None:
    while sender.is_alive() and not sender.is_slow and _time.monotonic() < end:
        sender.join(0.1)


def finish(*, seconds: float) -> None:
    """Waits so long for the notifications that are on their way."""
    end = _time.monotonic() + seconds
    for team in _senders.values():
        for sender in team:
            sender.join(max(0.0, end - _time.monotonic()))


@worker_process_shutdown.connect
@worker_shutdown.connect
def _end(**_worker: object) -> None:
    _closing.set()
    finish(seconds=FAREWELL)

"""How the worker takes a message of the schedule."""

from __future__ import annotations

from celery.worker.request import Request


class UnacknowledgedRequest(Request):
    """A message that the queue counts as delivered when it is taken (`no_ack`).

    kombu would acknowledge it to Redis all the same: two commands for nothing, and a set of their
    tags that only grows.
    """

    def acknowledge(self) -> None:
        """Does nothing but note that it was asked."""
        self.acknowledged = True

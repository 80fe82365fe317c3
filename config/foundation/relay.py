"""What our own mail relay last did, for whoever must know whether letters can leave at all."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

# The relay is down when it could not be reached for so long, and again just now.
RELAY_DOWN_AFTER = timedelta(minutes=2)
RELAY_NEWS = timedelta(minutes=6)


class Relay(models.Model):
    """What the own mail relay last did; one row."""

    failing_since = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return "relay"


def relay_is_down(now: datetime) -> bool:
    """Whether our own relay could not be connected to for two minutes, with no letter leaving.

    A slow relay, its answers and a long queue do not count: a sender can't bring this about.
    """
    row = Relay.objects.first()
    if row is None or row.failing_since is None or row.failed_at is None:
        return False
    return row.failing_since <= now - RELAY_DOWN_AFTER and row.failed_at >= now - RELAY_NEWS


def record_unreachable(*, now: datetime) -> None:
    """Keeps that the relay could not be connected to at `now` (UTC)."""
    row = _row()
    row.filter(failing_since=None).update(failing_since=now)
    row.update(failed_at=now)


def record_reached(*, now: datetime) -> None:
    """Keeps that the relay took a letter at `now` (UTC)."""
    _row().update(failing_since=None, sent_at=now)


def _row() -> models.QuerySet[Relay]:
    Relay.objects.bulk_create([Relay(pk=1)], ignore_conflicts=True)
    return Relay.objects.filter(pk=1)

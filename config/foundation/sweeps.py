"""When each sweeper last did its work: how an idle system differs from a dead one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max


class Sweep(models.Model):
    """The last time that one task of the beat table came to its end."""

    task = models.CharField(max_length=100, unique=True)
    ended_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.task


def record_sweep(task: str, *, now: datetime) -> None:
    """Notes that `task` came to its end at `now` (UTC)."""
    rows = Sweep.objects.filter(task=task)
    if not rows.update(ended_at=now):
        Sweep.objects.bulk_create([Sweep(task=task, ended_at=now)], ignore_conflicts=True)


MESSAGES_MISSED = 3


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """When a task last came to its end, None if never, and whether that is too long ago."""

    ended_at: datetime | None
    is_late: bool


def pulses(every: Mapping[str, float], *, patience: timedelta, now: datetime) -> dict[str, Pulse]:
    """How each task of `every` (task: seconds between two messages) fares at `now` (UTC).

    Late is what has missed three messages and at least `patience`. A task that never ran is counted
    from the last migration: before that nobody could send it, so on a new installation an hourly
    task is not late, it is not due.
    """
    ends = dict(Sweep.objects.values_list("task", "ended_at"))
    migrated_at = MigrationRecorder.Migration.objects.aggregate(at=Max("applied"))["at"] or now
    found = {}
    for task, seconds in every.items():
        ended_at = ends.get(task)
        allowed = max(patience, timedelta(seconds=MESSAGES_MISSED * seconds))
        found[task] = Pulse(ended_at=ended_at, is_late=now - (ended_at or migrated_at) > allowed)
    return found

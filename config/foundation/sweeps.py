"""When each sweeper last did its work: how an idle system differs from a dead one."""

from __future__ import annotations

from datetime import datetime

from django.db import models


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

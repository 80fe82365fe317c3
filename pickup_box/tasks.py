"""What beat sends to the box: the database says what is due."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from pickup_box.actions import doors, recalls


@shared_task
def watch_doors() -> None:
    """Raises the alarm for doors that do not answer or stand open."""
    doors.watch(now=timezone.now())


@shared_task
def keep_deadlines() -> None:
    """Expires what is over and reminds of what soon will be."""
    now = timezone.now()
    recalls.expire(now=now)
    recalls.remind(now=now)


@shared_task
def tidy() -> None:
    """Deletes what only counted for a while."""
    doors.sweep(now=timezone.now())

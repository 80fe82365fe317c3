"""What beat sends to applications: the database says what is due."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from documents.applications.actions import processing, upkeep

# Nearly all files are drawn while their person waits; this is what was left over. One may take 40
# seconds, and a worker that is alone has codes to send.
AT_A_TIME = 1


@shared_task
def process_files() -> None:
    """Goes on with files that wait for the converter or the scanner."""
    processing.process_due(now=timezone.now(), limit=AT_A_TIME)


@shared_task
def sweep_store() -> None:
    """Notes blobs without a row, and deletes those of yesterday."""
    upkeep.sweep_store(now=timezone.now(), apply=True)

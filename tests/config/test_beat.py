"""Beat's memory is the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from config.celery import app
from config.foundation.sweeps import Sweep, record_sweep
from config.operations.beat_scheduler import Scheduler

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def connection_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's transaction is not closed with it."""
    monkeypatch.setattr("config.operations.beat_scheduler.connection.close", lambda: None)


def due() -> set[str]:
    """What a beat that starts now sends first."""
    entries = Scheduler(app=app).schedule
    return {name for name, entry in entries.items() if entry.is_due()[0]}


def test_restarted_beat_goes_on_where_the_last_one_was() -> None:
    assert due() == set(app.conf.beat_schedule)
    now = timezone.now()
    for entry in app.conf.beat_schedule.values():
        record_sweep(entry["task"], now=now - timedelta(minutes=59))
    record_sweep("booking.tasks.open_slots", now=now)
    hourly = {"counts of the box", "invariants", "store of papers"}
    assert due() == set(app.conf.beat_schedule) - hourly - {"slots"}


def test_beat_starts_without_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*columns: str) -> Any:
        raise DatabaseError

    monkeypatch.setattr(Sweep.objects, "values_list", fail)
    assert due() == set(app.conf.beat_schedule)

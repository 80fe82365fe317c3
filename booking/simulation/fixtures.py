"""An empty book with free times, for a database that is measured and thrown away."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.core.management.color import no_style
from django.db import connection, models

from booking.models import Applicant, Counter, Slot, Token
from config.foundation.limits import Limit
from config.foundation.outbox import Notification

# All that a booking writes; what refers to these rows goes with them.
_WRITTEN: tuple[type[models.Model], ...] = (Applicant, Slot, Token, Notification, Limit, Session)
SLOT = timedelta(minutes=10)
HORIZON = timedelta(days=5)  # what every office has opened from tomorrow on


def delete_bookings() -> None:
    """Empties the tables that booking writes, whole and without an event."""
    tables = [model._meta.db_table for model in _WRITTEN]
    statements = connection.ops.sql_flush(no_style(), tables, allow_cascade=True)
    connection.ops.execute_sql_flush(statements)


def add_public_slots(count: int, *, now: datetime) -> None:
    """Adds `count` public slots from tomorrow on, at the first counter until it is full.

    Raises ValueError when there is no counter or the counters have no room for so many.
    """
    first = (now + timedelta(days=1)).replace(second=0, microsecond=0)
    counters = list(Counter.objects.order_by("pk"))
    per_counter = -(-count // len(counters)) if counters else 0
    if not counters or per_counter * SLOT >= HORIZON:
        raise ValueError(f"{len(counters)} counters have no room for {count} slots")
    Slot.objects.bulk_create(
        Slot(
            counter=counters[n // per_counter],
            starts_at=first + n % per_counter * SLOT,
            ends_at=first + (n % per_counter + 1) * SLOT,
        )
        for n in range(count)
    )

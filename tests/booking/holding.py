"""What the tests of holds and offers ask."""

from __future__ import annotations

from datetime import datetime

from booking.models import Appointment


def end_of(row: Appointment) -> datetime:
    """When a hold or an offer gives its time back."""
    assert row.free_from
    return row.free_from

"""What a page and a verb cost when the past grows: queries, plans and time."""

from __future__ import annotations

from datetime import datetime, timedelta

from booking.models import Counter, Slot


def add_times(count: int, *, now: datetime) -> None:
    """Public times from tomorrow on, at the first counter and, where it is full, at others."""
    first = (now + timedelta(days=1)).replace(second=0, microsecond=0)
    counters = list(Counter.objects.order_by("pk"))
    per_counter = -(-count // len(counters))
    assert per_counter * 10 < 5 * 24 * 60, "more times than the horizon has room for"
    Slot.objects.bulk_create(
        Slot(
            counter=counters[n // per_counter],
            starts_at=first + timedelta(minutes=10 * (n % per_counter)),
            ends_at=first + timedelta(minutes=10 * (n % per_counter + 1)),
        )
        for n in range(count)
    )

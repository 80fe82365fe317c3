"""People who stand at the counter without an appointment, counted without a name."""

from __future__ import annotations

from datetime import date

from django.db.models import F

from booking.models import WalkIn
from config.foundation.actions import action


@action
def count_walk_in(*, category: str, way: WalkIn.Way, today: date) -> None:
    """Adds one to the day's count of this category and way; exact under concurrency."""
    rows = WalkIn.objects.filter(day=today, category=category, way=way)
    if rows.update(count=F("count") + 1):
        return
    empty = WalkIn(day=today, category=category, way=way)
    WalkIn.objects.bulk_create([empty], ignore_conflicts=True)
    rows.update(count=F("count") + 1)

"""The start page of the desk: the day of each counter, tomorrow, who waits, what is to be done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from booking import actions
from booking.admin.day_lists import day_lists
from booking.admin.invitation_tasks import invitation_tasks
from booking.admin.to_do import booking_tasks
from booking.models import WaitingEntry
from booking.windows import local_day
from config.foundation.office import current_office

WAITING_SHOWN = 8
DAYS = 2


def start_page(*, now: datetime, language: str) -> dict[str, Any]:
    """Everything the start page shows at `now` (UTC), in a number of queries that never grows."""
    today = local_day(now, zone=current_office().zone)
    (of_today, of_tomorrow), rows = day_lists(
        first=today, days=DAYS, now=now, language=language, with_offers=True
    )
    waiting = WaitingEntry.objects.active().in_order().select_related("applicant")
    return {
        "today": of_today,
        "tomorrow": of_tomorrow,
        "waiting": list(waiting[:WAITING_SHOWN]),
        "waiting_count": WaitingEntry.objects.active().count(),
        "tasks": [*booking_tasks(rows, now=now), *invitation_tasks(now=now)],
        "missed": list(actions.vacant_no_show_slots(now=now).select_related("counter")),
    }

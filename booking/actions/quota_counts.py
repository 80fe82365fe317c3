"""How many people may choose in each quota, and from how many times."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from booking.models import Invitation, Quota, Slot
from booking.models.quotas import MOST_DAYS_AHEAD
from booking.windows import day_bounds, local_day
from config.foundation.office import current_office


def with_counts(quotas: QuerySet[Quota], *, now: datetime) -> QuerySet[Any]:
    """`quotas` with their `open` invitations and `free` times at `now` (UTC), in one query."""
    zone = current_office().zone
    today = local_day(now, zone=zone)
    ends = {
        days: day_bounds(today + timedelta(days=days), zone=zone)[1]
        for days in range(1, MOST_DAYS_AHEAD + 1)
    }
    # the days ahead differ, so each quota has a horizon of its own
    horizon = Case(
        *(When(days_ahead=days, then=Value(end)) for days, end in ends.items()),
        output_field=DateTimeField(),
    )
    opened = Slot.objects.filter(starts_at__gt=now, starts_at__lt=OuterRef("horizon"))
    return quotas.annotate(
        horizon=horizon,
        open=_number(Invitation.objects.open(now=now)),
        free=_number(opened.free(now=now)),
    )


def _number(rows: QuerySet[Any]) -> Coalesce:
    mine = rows.filter(quota=OuterRef("pk")).order_by().values("quota")
    return Coalesce(Subquery(mine.annotate(n=Count("pk")).values("n")), 0)


def short_quotas(*, now: datetime) -> list[tuple[Quota, int, int]]:
    """Quotas with more open invitations than free times, as after a closure; with both counts."""
    short = with_counts(Quota.objects.all(), now=now).filter(open__gt=F("free"))
    return [(quota, quota.open, quota.free) for quota in short]

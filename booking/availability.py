"""How many times are free, for everybody who looks: counted at most once a second per process."""

from __future__ import annotations

import time as _time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from booking.models import Slot
from booking.models.slots import release_of
from booking.windows import open_before, opened_at
from config.foundation.office import current_office, service_status


@dataclass(frozen=True, kw_only=True)
class Availability:
    """What the first page and machines are told; no slot, no person."""

    free: int
    next_opening_at: datetime | None
    state: str


_kept: tuple[float, Availability] | None = None


def availability(*, now: datetime) -> Availability:
    """Free times, the moment at which the next ones open (UTC) and the state of the service."""
    global _kept
    # In a rush thousands look: one count a second is enough, and no booking is decided by it.
    if _kept is None or _kept[0] <= _time.monotonic():
        memory = min(settings.OFFICE_MEMORY_SECONDS, 1)
        _kept = (_time.monotonic() + memory, _count(now=now))
    return _kept[1]


def _count(*, now: datetime) -> Availability:
    office = current_office()
    release = release_of(office)
    unopened = Slot.objects.filter(closure=None, starts_at__gte=open_before(now, release=release))
    following = unopened.order_by("starts_at").values_list("starts_at", flat=True).first()
    return Availability(
        free=Slot.objects.public(now=now, office=office).count(),
        next_opening_at=opened_at(following, release=release) if following else None,
        state=service_status().state,
    )


def forget_memory() -> None:
    """Lets the next call count again."""
    global _kept
    _kept = None

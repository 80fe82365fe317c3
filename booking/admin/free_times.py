"""Free times at the desk: every list of them asks here, and says how each may be had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.admin.waiting_words import WaitingWords
from booking.models import Counter, Quota, Slot
from booking.models.slots import booking_horizon
from booking.windows import local_day, open_before
from config.foundation.admin_bases import wall_time
from config.foundation.office import current_office

SHOWN_AT_ONCE = 6


@dataclass(frozen=True, kw_only=True)
class FreeTime:
    """One free time, as it is chosen."""

    pk: int
    clock: str


@dataclass
class FreeTimes:
    """Free times of one counter without a gap between them, to be had in the same way."""

    counter: Counter
    quota: Quota | None
    # for whom they are, or when; "" where anybody may be booked at once
    why: str | Promise
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    times: list[FreeTime]
    # who waits for one, and why it is not offered; "" for those of a quota
    waiting: str = ""

    @property
    def count(self) -> int:
        """How many."""
        return len(self.times)

    @property
    def is_long(self) -> bool:
        """Whether they are folded, so that the people stay in sight."""
        return len(self.times) > SHOWN_AT_ONCE

    @property
    def time(self) -> str:
        """From when to when."""
        local = self.starts_at.astimezone(self.zone)
        return f"{local:%H:%M}–{self.ends_at.astimezone(self.zone):%H:%M}"

    @property
    def is_bookable(self) -> bool:
        """Whether a booking by phone offers them."""
        return not self.why

    def goes_on_with(self, slot: Slot, why: str | Promise) -> bool:
        """Whether `slot` is the next of them."""
        mine = (self.counter, self.why, self.ends_at)
        return mine == (slot.counter, why, slot.starts_at)


def free_times(
    *, since: datetime, until: datetime, now: datetime, counter: int | None = None
) -> list[FreeTimes]:
    """Everything that is open and free from `since` to `until` (UTC) at `now`, in its order.

    With `counter`, the key of one, at that counter alone. What is bookable is what a booking by
    phone offers.
    """
    office = current_office()
    opened = Q(quota=None, starts_at__lt=open_before(now, release=booking_horizon(office)))
    rows = Slot.objects.free(now=now).filter(
        opened | Q(quota__isnull=False),
        starts_at__gt=now,
        starts_at__gte=since,
        starts_at__lt=until,
    )
    if counter is not None:
        rows = rows.filter(counter=counter)
    takeable = Slot.objects.takeable(now=now, office=office, quota=None)
    spanned = takeable.filter(starts_at__gte=since, starts_at__lt=until)
    bookable = set(spanned.values_list("pk", flat=True))
    words = WaitingWords(now=now, office=office)
    found: list[FreeTimes] = []
    last: dict[Counter, FreeTimes] = {}
    for slot in rows.select_related("counter__group", "quota").order_by("starts_at", "counter"):
        why = "" if slot.pk in bookable else _reason(slot, now=now)
        span = last.get(slot.counter)
        if span is None or not span.goes_on_with(slot, why):
            span = FreeTimes(
                counter=slot.counter,
                quota=slot.quota,
                why=why,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                zone=office.zone,
                times=[],
            )
            last[slot.counter] = span
            found.append(span)
        span.ends_at = slot.ends_at
        span.waiting = "" if slot.quota else words.about(slot)
        clock = f"{slot.starts_at.astimezone(office.zone):%H:%M}"
        span.times.append(FreeTime(pk=slot.pk, clock=clock))
    return found


def _reason(slot: Slot, *, now: datetime) -> str | Promise:
    if slot.quota is not None:
        return str(slot.quota)
    if slot.bookable_from and slot.bookable_from > now:
        return _("free again in a few minutes")
    return _("first for the waiting list")


def takeable_times(*, quota: Quota | None, now: datetime) -> list[tuple[str, str]]:
    """(id, day and time) of all that may be taken at `now` (UTC): of a quota, or by anybody."""
    return [
        (str(slot.pk), f"{wall_time(slot.starts_at)} · {slot.counter}")
        for slot in _takeable(quota, now=now)
    ]


def takeable_days(*, quota: Quota, now: datetime) -> list[tuple[date, list[tuple[str, str]]]]:
    """The same of a quota, by local day: (id, time) of each."""
    zone = current_office().zone
    days = groupby(_takeable(quota, now=now), lambda slot: local_day(slot.starts_at, zone=zone))
    return [
        (
            day,
            [
                (str(slot.pk), f"{slot.starts_at.astimezone(zone):%H:%M} · {slot.counter}")
                for slot in slots
            ],
        )
        for day, slots in days
    ]


def _takeable(quota: Quota | None, *, now: datetime) -> QuerySet[Slot]:
    slots = Slot.objects.takeable(now=now, office=current_office(), quota=quota)
    return slots.select_related("counter").order_by("starts_at", "counter")

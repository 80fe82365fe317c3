"""How many people wait while a time is free, and why it is not offered to them, in one line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Count, DateField, Exists, F, OuterRef, Subquery, When
from django.utils.translation import gettext as _

from booking.deadlines import TOO_LATE_TO_OFFER
from booking.models import Appointment, Slot, WaitingEntry
from booking.states import LIVE_FOR_PERSON, NeedByKind, Status
from booking.windows import local_day
from config.foundation.office import Office, ServiceStatus, service_status

# Whom a longer list holds is told by their number alone, so that a page of the day costs the same.
TOLD_UP_TO = 500


@dataclass(frozen=True, kw_only=True)
class _Alike:
    """People in line for whom the same is true."""

    count: int
    has_offer: bool
    last_day: date | None
    own_time: datetime | None


class WaitingWords:
    """Who waits at `now` (UTC); asked once for all free times of a page."""

    def __init__(self, *, now: datetime, office: Office) -> None:
        self.now, self.office = now, office
        waiting = WaitingEntry.objects.active()
        self.count = waiting.count()
        self.alike = self._alike() if 0 < self.count <= TOLD_UP_TO else []
        asked = Appointment.objects.filter(
            entry__in=waiting.without_offer(now=now), slot__starts_at__gt=now
        )
        pairs = asked.values_list("slot", "entry").distinct() if self.alike else ()
        self.asked = Counter(slot for slot, _entry in pairs)

    def about(self, slot: Slot) -> str:
        """ "Waiting list: 4 (needed earlier: 3, to be offered next: 1)", "" if nobody waits."""
        if not self.count:
            return ""
        barred = self._barred(slot)
        told = [barred] if barred else self._reasons(slot)
        line = _("Waiting list: %s") % self.count
        return f"{line} ({', '.join(told)})" if told else line

    def _barred(self, slot: Slot) -> str:
        """Why it is offered to nobody."""
        if self.office.distribution == Office.Distribution.OPEN:
            return _("this office makes no offers")
        if service_status().state_at(self.now) == ServiceStatus.State.PAUSED:
            return _("offers are paused")
        if slot.starts_at <= self.now + TOO_LATE_TO_OFFER:
            return _("too soon for an offer")
        return ""

    def _reasons(self, slot: Slot) -> list[str]:
        """How many of them can't be offered it for which reason, in the order of the offers."""
        day = local_day(slot.starts_at, zone=self.office.zone)
        counts: Counter[str] = Counter()
        for each in self.alike:
            counts[_reason(each, slot=slot, day=day)] += each.count
        asked = min(self.asked[slot.pk], counts["next"])
        counts["asked"], counts["next"] = asked, counts["next"] - asked
        names = {
            "offer": _("with an open offer: %s"),
            "early": _("needed earlier: %s"),
            "own": _("with an earlier appointment: %s"),
            "asked": _("offered before: %s"),
            "next": _("to be offered next: %s"),
        }
        return [text % counts[key] for key, text in names.items() if counts[key]]

    def _alike(self) -> list[_Alike]:
        offers = Appointment.objects.filter(
            entry=OuterRef("pk"), status=Status.OFFERED, free_from__gt=self.now
        )
        own = Appointment.objects.of_person(OuterRef("person_key"), OuterRef("namesake_number"))
        times = own.live(now=self.now).filter(status__in=LIVE_FOR_PERSON)
        earliest = times.order_by("slot__starts_at").values("slot__starts_at")[:1]
        hard = When(need_kind=NeedByKind.HARD, then=F("need_by"))
        rows = (
            WaitingEntry.objects.active()
            .annotate(
                has_offer=Exists(offers),
                own_time=Subquery(earliest),
                last_day=Case(hard, default=None, output_field=DateField()),
            )
            .values("has_offer", "own_time", "last_day")
            .annotate(count=Count("pk"))
            .order_by()
        )
        return [_Alike(**row) for row in rows]


def _reason(each: _Alike, *, slot: Slot, day: date) -> str:
    if each.has_offer:
        return "offer"
    if each.last_day is not None and each.last_day < day:
        return "early"
    if each.own_time is not None and each.own_time <= slot.starts_at:
        return "own"
    return "next"

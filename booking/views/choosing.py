"""The list of free times as people see it, and what comes back of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.core.signing import BadSignature, Signer

from booking.models import Applicant, Appointment, Slot
from booking.states import PROVISIONAL
from booking.windows import local_day
from config.foundation.dates import show_day
from config.foundation.office import current_office


@dataclass(frozen=True)
class Time:
    """One radio button: an opaque value, and whether it lies after the day of need."""

    value: str
    text: str
    late: bool


@dataclass(frozen=True)
class Day:
    """The times of one day, under its date in full."""

    text: str
    times: list[Time]


def free_times(applicant: Applicant, *, now: datetime) -> dict[str, Any]:
    """What the pages that show times need: the days, how many, and how many are being booked."""
    office = current_office()
    rows = Slot.objects.public(now=now, office=office).order_by("starts_at", "pk")
    slots = [(pk, at.astimezone(office.zone)) for pk, at in rows.values_list("pk", "starts_at")]
    need_by = needed_by(applicant)
    sign = _signer(applicant).sign
    days = [
        Day(
            show_day(day),
            [
                Time(sign(str(pk)), f"{at:%H:%M}", need_by is not None and day > need_by)
                for pk, at in of_day
            ],
        )
        for day, of_day in groupby(slots, key=lambda slot: slot[1].date())
    ]
    return {
        "days": days,
        "free": len(slots),
        "late": sum(time.late for day in days for time in day.times),
        "need_by": need_by,
        "need_kind": applicant.situation.get("need_kind"),
        "being_booked": _being_booked(applicant, now=now),
    }


def _being_booked(applicant: Applicant, *, now: datetime) -> int:
    rows = Appointment.objects.live(now=now).filter(status__in=PROVISIONAL, slot__starts_at__gt=now)
    return rows.exclude(applicant=applicant).count()


def needed_by(applicant: Applicant) -> date | None:
    """The local day by which help is needed, if there is one."""
    need_by = applicant.situation.get("need_by")
    return date.fromisoformat(need_by) if need_by else None


def slot_of(value: str, applicant: Applicant) -> int | None:
    """The slot behind a value from this person's own list; None for anything else."""
    try:
        return int(_signer(applicant).unsign(value))
    except BadSignature:
        return None


def when(appointment: Appointment) -> dict[str, str]:
    """The day and the time of an appointment in the office's own wall time."""
    starts_at = appointment.slot.starts_at
    day = local_day(starts_at, zone=current_office().zone)
    return {"day": show_day(day), "time": clock(starts_at)}


def clock(moment: datetime | None) -> str:
    """A moment as the clock on the office's wall shows it."""
    return f"{moment.astimezone(current_office().zone):%H:%M}" if moment else ""


def _signer(applicant: Applicant) -> Signer:
    # A value that was copied from somebody else's page is of no use.
    return Signer(salt=f"slot of applicant {applicant.pk}")

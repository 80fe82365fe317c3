"""The list of free times as people see it, and what comes back of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.core.signing import BadSignature, Signer
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from booking.availability import FreeTime, listed
from booking.models import Applicant, Appointment
from booking.states import NeedKind
from booking.windows import local_day
from config.foundation.dates import show_day
from config.foundation.office import current_office


@dataclass(frozen=True)
class Day:
    """The times of one day as radio buttons, under its date in full."""

    text: str
    times: SafeString


def free_times(
    applicant: Applicant, *, now: datetime, holds: bool = False, fresh: bool = False
) -> dict[str, Any]:
    """What the pages that show times need: the days, how many, and how many are being booked.

    `holds` says that one of those is this person's own; after a refusal the list is asked `fresh`.
    """
    found = listed(now=now, fresh=fresh)
    need_by = needed_by(applicant)
    need_kind = applicant.situation.get("need_kind")
    sign = _signer(applicant).sign
    late_days = {time.day for time in found.times if need_by is not None and time.day > need_by}
    days = [
        Day(show_day(day), _radios(list(times), sign, _mark(need_kind) if day in late_days else ""))
        for day, times in groupby(found.times, key=attrgetter("day"))
    ]
    return {
        "days": days,
        "free": len(found.times),
        "late": sum(time.day in late_days for time in found.times),
        "need_by": need_by,
        "need_kind": need_kind,
        "being_booked": max(0, found.being_booked - holds),
    }


def _radios(
    times: list[FreeTime], sign: Callable[[str], str], mark: SafeString | str
) -> SafeString:
    # Dozens of rows on the page that all reload: a template loop costs several times as much.
    return format_html_join(
        "\n",
        '<li><label><input type="radio" name="slot" value="{}" required>'
        "<bdi>{}</bdi>{}</label></li>",
        ((sign(str(time.pk)), time.clock, mark) for time in times),
    )


def _mark(need_kind: str | None) -> str:
    text = _("after your departure") if need_kind == NeedKind.HARD else _("after the expiry")
    return format_html('<span class="late">{}</span>', text)


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

"""The start page of the admin and the list of a day as a PDF: appointments and the pickup box."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.admin.day_list_pdf import print_day
from booking.admin.start_page import Alarm, start_page
from booking.statistics import Table
from booking.windows import day_bounds, local_day
from config.celery import intervals
from config.foundation.audit import AccessRecord, record_access
from config.foundation.office import current_office
from config.foundation.staff import staff_of
from config.foundation.sweeps import pulses
from config.foundation.texts import page_language
from pickup_box.models import Alarm as BoxAlarm
from pickup_box.models import Box, Compartment

# A list that refreshes itself is one look, not hundreds.
ONE_LOOK = timedelta(minutes=15)
QUIET_SWEEPER = timedelta(minutes=15)


def context(request: HttpRequest) -> dict[str, Any]:
    """What the start page shows whoever is signed in: the day, or the alarms alone."""
    now = timezone.now()
    gaps = legal_gaps() if request.user.has_perm("foundation.view_office") else []
    if request.user.has_perm("booking.view_appointment"):
        found = start_page(now=now, language=page_language())
        found["alarms"] += system_alarms(now) + gaps
        found["day_view"] = True
        _record_look(request, now)
        return found
    return {"alarms": system_alarms(now) + gaps} if request.user.is_active else {}


def day_pdf(request: HttpRequest) -> HttpResponse:
    """The list of one day (?day=2026-11-24), today's by default."""
    if not request.user.has_perm("booking.view_appointment"):
        raise PermissionDenied
    now = timezone.now()
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
        day_bounds(day, zone=current_office().zone)
    except (ValueError, OverflowError):  # no day, or none that a clock knows
        day = local_day(now, zone=current_office().zone)
    _record(request, f"appointments {day}", now, kind=AccessRecord.Kind.EXPORT)
    content = print_day(day, now=now, language=page_language())
    headers = {"Content-Disposition": f'inline; filename="{day}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _record(request: HttpRequest, subject: str, now: datetime, *, kind: AccessRecord.Kind) -> None:
    record_access(by=staff_of(request), kind=kind, subject=subject, now=now)


def _record_look(request: HttpRequest, now: datetime) -> None:
    subject = "appointments of the day"
    mine = AccessRecord.objects.filter(by=staff_of(request), subject=subject)
    if not mine.filter(at__gt=now - ONE_LOOK).exists():
        _record(request, subject, now, kind=AccessRecord.Kind.LIST)


def system_alarms(now: datetime) -> list[Alarm]:
    """What stands still: sweepers without a sign of life, and faults of the pickup box."""
    found_pulses = pulses(intervals(), patience=QUIET_SWEEPER, now=now)
    still = [task for task, pulse in found_pulses.items() if pulse.is_late]
    found = []
    if still:
        text = _("Jobs that have not run for a while: %s") % ", ".join(sorted(still))
        found.append(Alarm(text=text))
    faults = BoxAlarm.objects.filter(handled_at=None).count()
    if faults:
        text = _("The pickup box needs a look: %s") % faults
        found.append(Alarm(text=text, url=reverse("admin:pickup_box_alarm_changelist")))
    return found


def legal_gaps() -> list[Alarm]:
    """What the law asks for on public pages and the office has not entered."""
    office = current_office()
    missing = office.missing_legal()
    if not missing:
        return []
    text = _("Missing on imprint, privacy and accessibility: %s") % ", ".join(missing)
    return [Alarm(text=text, url=reverse("admin:foundation_office_change", args=[office.pk]))]


def box_tables() -> list[Table]:
    """How full the pickup boxes are."""
    rows = []
    for box in Box.objects.order_by("pk"):
        doors = Compartment.objects.filter(box=box)
        taken = doors.occupied().distinct().count()
        rows.append([str(box), taken, doors.free().count(), doors.count()])
    head = (_("pickup box"), _("occupied"), _("free"), _("compartments"))
    return [Table(key="box", title=_("Pickup boxes"), head=head, rows=rows)]

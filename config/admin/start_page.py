"""The start page of the admin and the list of a day as a PDF: appointments and the pickup box."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.admin.day_list_pdf import print_day
from booking.admin.start_page import start_page
from booking.admin.to_do import CASEWORKERS, OPERATIONS, TEAM_LEAD, Task
from booking.windows import day_bounds, local_day
from config.celery import intervals
from config.foundation.audit import AccessRecord, record_access, record_repeated
from config.foundation.office import current_office, service_status
from config.foundation.printing import inline_pdf
from config.foundation.staff import staff_of
from config.foundation.sweeps import pulses
from config.foundation.texts import page_language
from documents.applications.admin.waiting import waiting_for_office
from documents.catalogue import NoCatalogue, catalogue_on, version_on
from documents.models import CatalogueVersion
from documents.validation import untranslated
from pickup_box.models import Alarm as BoxAlarm

QUIET_SWEEPER = timedelta(minutes=15)
OLD_DRAFT = timedelta(days=7)
FEW = 50


def context(request: HttpRequest) -> dict[str, Any]:
    """What the start page shows whoever is signed in: the day, or what is to be done alone."""
    now = timezone.now()
    found: dict[str, Any] = {"tasks": []}
    if request.user.has_perm("booking.view_appointment"):
        found = start_page(now=now, language=page_language())
        found["day_view"] = True
        subject = "appointments of the day"
        record_repeated(by=staff_of(request), subject=subject, now=now)
    if request.user.is_active:
        found["tasks"] += system_alarms(now)
    if request.user.has_perm("foundation.view_office"):
        found["tasks"] += legal_gaps()
    if request.user.has_perm("foundation.change_servicestatus"):
        found["tasks"] += notice_gaps(now)
    if request.user.has_perm("applications.view_application"):
        found["tasks"] += application_tasks(now)
    if request.user.has_perm("documents.publish_catalogueversion"):
        found["tasks"] += catalogue_tasks(now)
    found["tasks"] = [_as_allowed(task, request) for task in found["tasks"]]
    found["task_count"] = sum(task.count for task in found["tasks"])
    return found


def _as_allowed(task: Task, request: HttpRequest) -> Task:
    """Without the link that would answer 403."""
    allowed = not task.permission or request.user.has_perm(task.permission)
    serves = request.user.has_perm("booking.serve_appointment")
    people = task.people if serves else [replace(each, url="") for each in task.people]
    return replace(task, url=task.url if allowed else "", people=people)


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
    subject, kind = f"appointments {day}", AccessRecord.Kind.EXPORT
    record_access(by=staff_of(request), kind=kind, subject=subject, now=now)
    content = print_day(day, now=now, language=page_language())
    return inline_pdf(content, str(day))


def system_alarms(now: datetime) -> list[Task]:
    """What stands still: sweepers without a sign of life, and faults of the pickup box."""
    found_pulses = pulses(intervals(), patience=QUIET_SWEEPER, now=now)
    still = [task for task, pulse in found_pulses.items() if pulse.is_late]
    found = []
    if still:
        text = _("Jobs that have not run for a while: %s") % ", ".join(sorted(still))
        found.append(Task(text=text, count=len(still), who=OPERATIONS, until=_("now")))
    faults = BoxAlarm.objects.filter(handled_at=None).count()
    if faults:
        found.append(
            Task(
                text=_("Alarms of the pickup box."),
                count=faults,
                who=CASEWORKERS,
                until=_("now"),
                url=reverse("admin:pickup_box_alarm_changelist"),
                permission="pickup_box.view_alarm",
            )
        )
    return found


def legal_gaps() -> list[Task]:
    """What the law asks for on public pages and the office has not entered."""
    office = current_office()
    missing = office.missing_legal()
    if not missing:
        return []
    return [
        Task(
            text=_("Missing on imprint, privacy and accessibility: %s") % ", ".join(missing),
            count=len(missing),
            who=TEAM_LEAD,
            until=_("before the service opens"),
            url=reverse("admin:foundation_office_change", args=[office.pk]),
            permission="foundation.view_office",
        )
    ]


def notice_gaps(now: datetime) -> list[Task]:
    """The languages that the public notice of the moment lacks."""
    status = service_status()
    if not status.notice_at(now):
        return []
    lacking = [str(name) for code, name in settings.LANGUAGES if not status.notice.get(code)]
    if not lacking:
        return []
    return [
        Task(
            text=_("The public notice is not translated: %s") % ", ".join(lacking),
            count=len(lacking),
            who=TEAM_LEAD,
            until=_("today"),
            url=reverse("admin:foundation_servicestatus_changelist"),
            permission="foundation.change_servicestatus",
        )
    ]


def catalogue_tasks(now: datetime) -> list[Task]:
    """Drafts that nobody has published for a week, and texts that the catalogue lacks."""
    drafts = CatalogueVersion.objects.drafts().filter(created_at__lt=now - OLD_DRAFT)
    found = []
    if old := list(drafts.order_by("created_at")[:FEW]):
        found.append(
            Task(
                text=_("Drafts of the catalogue older than 7 days: publish or delete them."),
                count=len(old),
                who=TEAM_LEAD,
                until=_("this week"),
                url=reverse("admin:documents_catalogueversion_change", args=[old[0].pk]),
                permission="documents.view_catalogueversion",
            )
        )
    if lacking := _untranslated(local_day(now, zone=current_office().zone)):
        version, count = lacking
        found.append(
            Task(
                text=_("Texts of the catalogue in force that a language lacks."),
                count=count,
                who=TEAM_LEAD,
                until=_("this week"),
                url=reverse("admin:documents_missing", args=[version]),
                permission="documents.view_catalogueversion",
            )
        )
    return found


def application_tasks(now: datetime) -> list[Task]:
    """Online applications that wait for the office, as the header counts them."""
    waiting = {name: rows.count() for name, rows in waiting_for_office(now).items()}
    rows = [
        (
            waiting["late"],
            _("Online applications that were sent more than 30 days ago and are not closed."),
            _("now"),
            True,
        ),
        (
            waiting["new"],
            _("Online applications that nobody reviews yet."),
            _("this week"),
            False,
        ),
        (
            waiting["overdue"],
            _("Online applications whose requested papers have not come in time."),
            _("this week"),
            False,
        ),
        (
            waiting["erased_soon"],
            _("Closed online applications that are erased within three days: hand them over."),
            _("now"),
            True,
        ),
    ]
    return [
        Task(
            text=text,
            count=count,
            who=CASEWORKERS,
            until=until,
            url=reverse("admin:applications_application_changelist"),
            permission="applications.view_application",
            is_late=is_late,
        )
        for count, text, until, is_late in rows
        if count
    ]


def _untranslated(day: date) -> tuple[int, int] | None:
    try:
        version, digest = version_on(day)
    except NoCatalogue:
        return None
    count = _count_untranslated(version, digest, day)
    return (version, count) if count else None


@lru_cache(maxsize=4)
def _count_untranslated(version: int, digest: str, day: date) -> int:
    # what was published never changes, so it is counted once a day
    return len(untranslated(catalogue_on(day), [code for code, _name in settings.LANGUAGES]))

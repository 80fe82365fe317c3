"""The caseworkers' door: the admin site, German first, with the day as its start page.

The top floor: it alone may ask both the appointments and the pickup box.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from booking.desk.printing import print_day
from booking.desk.today import Alarm, start_page
from booking.statistics import Table
from booking.views import statistics
from booking.windows import day_bounds, local_day
from config.celery import ring_table
from config.foundation.audit import AccessRecord, record_access
from config.foundation.office import current_office
from config.foundation.staff import staff_of
from config.foundation.sweeps import pulses
from pickup_box.models import Alarm as BoxAlarm
from pickup_box.models import Box, Compartment

# A list that refreshes itself is one look, not hundreds.
ONE_LOOK = timedelta(minutes=15)
QUIET_SWEEPER = timedelta(minutes=15)


class DeskSite(AdminSite):
    """The Django admin under the product's own name."""

    site_header = gettext_lazy("Soforttermin")
    site_title = gettext_lazy("Soforttermin")
    index_title = gettext_lazy("Today")
    index_template = "admin/today.html"

    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Sends to the one sign-in, which asks for the second factor."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Sends to the one place where a password is changed."""
        return redirect("account_change_password")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """With the list of a day on paper and the statistics."""
        figures = partial(statistics.desk, more=box_tables)
        figures_file = partial(statistics.export, more=box_tables)
        return [
            path("day.pdf", self.admin_view(self.day_pdf), name="day-pdf"),
            path("statistics/", self.admin_view(figures), name="statistics"),
            path("statistics/export/", self.admin_view(figures_file), name="statistics-export"),
            *super().get_urls(),
        ]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The day, for those who may see appointments; the list of tables for everybody."""
        context = dict(extra_context or {})
        now = timezone.now()
        if request.user.has_perm("booking.view_appointment"):
            context |= start_page(now=now, language=get_language() or "de")
            context["alarms"] += system_alarms(now)
            context["day_view"] = True
            _record_look(request, now)
        elif request.user.is_active:
            context["alarms"] = system_alarms(now)
        return super().index(request, context)

    def day_pdf(self, request: HttpRequest) -> HttpResponse:
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
        content = print_day(day, now=now, language=get_language() or "de")
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
    found_pulses = pulses(ring_table(), patience=QUIET_SWEEPER, now=now)
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


def box_tables() -> list[Table]:
    """How full the pickup boxes are."""
    rows = []
    for box in Box.objects.order_by("pk"):
        doors = Compartment.objects.filter(box=box)
        taken = doors.occupied().distinct().count()
        rows.append([str(box), taken, doors.free().count(), doors.count()])
    head = (_("pickup box"), _("occupied"), _("free"), _("compartments"))
    return [Table(key="box", title=_("Pickup boxes"), head=head, rows=rows)]

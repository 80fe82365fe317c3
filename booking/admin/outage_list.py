"""The list of the next day on paper or in a file, for a day on which nothing else works."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.admin.applicants import require_serving
from booking.admin.day_list_pdf import print_day
from booking.admin.day_lists import ON_THE_LIST, expected
from booking.models import Appointment
from booking.windows import day_bounds, local_day
from config.foundation.audit import AccessRecord, record_access
from config.foundation.office import current_office
from config.foundation.printing import inline_pdf
from config.foundation.staff import staff_of
from config.foundation.texts import page_language

if TYPE_CHECKING:
    from booking.admin.appointments import AppointmentAdmin


def next_day(*, now: datetime) -> date:
    """The next local day after today on which somebody is expected; tomorrow when nobody is."""
    zone = current_office().zone
    today = local_day(now, zone=zone)
    ahead = Appointment.objects.filter(
        status__in=ON_THE_LIST, slot__starts_at__gte=day_bounds(today, zone=zone)[1]
    )
    first = ahead.order_by("slot__starts_at").values_list("slot__starts_at", flat=True).first()
    return local_day(first, zone=zone) if first else today + timedelta(days=1)


def last_saved(day: date) -> AccessRecord | None:
    """Who took the list of `day` last, and when."""
    taken = AccessRecord.objects.filter(subject=_subject(day), kind=AccessRecord.Kind.EXPORT)
    return taken.select_related("by").order_by("-at").first()


def _subject(day: date) -> str:
    return f"outage list {day}"


def page(desk: AppointmentAdmin, request: HttpRequest) -> HttpResponseBase:
    """Which day it is about, how many people, and who has taken the list already."""
    require_serving(request)
    day = next_day(now=timezone.now())
    people = expected(first=day, days=1, office=current_office())
    return desk.page(
        request,
        "admin/booking/appointment/outage_list.html",
        title=_("Outage list"),
        day=day,
        count=people.count(),
        saved=last_saved(day),
    )


def save(desk: AppointmentAdmin, request: HttpRequest) -> HttpResponseBase:
    """The list as a PDF to print or to save; who takes it is in the access log."""
    require_serving(request)
    now = timezone.now()
    day = next_day(now=now)
    kind = AccessRecord.Kind.EXPORT
    record_access(by=staff_of(request), kind=kind, subject=_subject(day), now=now)
    content = print_day(day, now=now, language=page_language(), by_hand=True)
    return inline_pdf(content, f"Ausfallliste-{day}")

"""Search at the desk: by POST, so that no name gets into an address or a log."""

from __future__ import annotations

import re
from datetime import datetime

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from booking.admin import at_counter
from booking.admin.action_forms import SearchForm
from booking.admin.applicants import SERVE
from booking.admin.appointment_actions import actions_for
from booking.admin.appointment_summary import TONES
from booking.admin.desk_action import DeskAction
from booking.models import Appointment
from booking.states import PROVISIONAL, SETTLED, Status
from booking.windows import local_day
from config.foundation.audit import AccessRecord, record_access
from config.foundation.dates import parse_birth_date, show_birth_date
from config.foundation.office import current_office
from config.foundation.staff import staff_of
from config.foundation.typed_text import fold_typed

FOUND_AT_MOST = 50
# as printed, as typed without the hyphen, or somewhere in what a scanner reads
REFERENCE = re.compile(r"(?<![A-Z0-9])([A-Z0-9]{4})[- ]?([A-Z0-9]{4})(?![A-Z0-9])")
NOT_SHOWN = {*PROVISIONAL, Status.EXPIRED, Status.DECLINED}


def find(text: str) -> tuple[str, QuerySet[Appointment]]:
    """How `text` was understood, and the appointments it means, the newest first."""
    rows = (
        Appointment.objects.exclude(status__in=NOT_SHOWN)
        .select_related("slot__counter", "applicant")
        .order_by("-slot__starts_at")
    )
    known = rows.filter(applicant__forgotten_at=None)
    by_reference = rows.filter(reference__in=references_in(text))
    if by_reference.exists():
        return "reference", by_reference
    how, person = person_meant(text)
    return how, known.filter(person)


def references_in(text: str) -> set[str]:
    """Every reference that was typed or read by a scanner."""
    return {"-".join(parts) for parts in REFERENCE.findall(fold_typed(text).upper())}


def person_meant(text: str) -> tuple[str, Q]:
    """How `text` names a person, and the rows that are of whoever that is."""
    if "@" in text:
        return "e-mail", Q(applicant__email__iexact=text.strip())
    try:
        return "birth date", Q(applicant__birth_date=parse_birth_date(text))
    except ValidationError:
        pass
    named = Q()
    for word in text.split()[:6]:
        named &= Q(applicant__family_name__icontains=word) | Q(
            applicant__given_names__icontains=word
        )
    return "name", named


def search(desk: ModelAdmin[Appointment], request: HttpRequest) -> HttpResponseBase:
    """The page of what was found; one single find leads straight to its page."""
    if not desk.has_view_permission(request):
        raise PermissionDenied
    now = timezone.now()
    form = SearchForm(request.POST or None)
    found: list[Appointment] = []
    if form.is_valid():
        how, rows = find(form.cleaned_data["q"])
        found = list(rows[:FOUND_AT_MOST])
        record_access(
            by=staff_of(request),
            kind=AccessRecord.Kind.SEARCH,
            subject=f"appointment/{found[0].pk}" if len(found) == 1 else "appointments",
            reason=f"by {how}, {len(found)} found",
            now=now,
        )
        if len(found) == 1:
            return redirect(_page_of(request, found[0], now=now))
    context = {
        **desk.admin_site.each_context(request),
        "title": SearchForm.title,
        "opts": desk.opts,
        "form": form,
        "found": [
            (row, _born(row), TONES.get(Status(row.status), ""), _presses(row, now=now))
            for row in found
        ],
        "asked": form.is_valid(),
    }
    return TemplateResponse(request, "admin/booking/appointment/search.html", context)


def _born(row: Appointment) -> str:
    stored = row.applicant.birth_date
    return show_birth_date(stored) if stored else "–"


def _page_of(request: HttpRequest, row: Appointment, *, now: datetime) -> str:
    """Who is expected today is served on the page of the counter; all others have their own."""
    zone = current_office().zone
    today = local_day(row.slot.starts_at, zone=zone) == local_day(now, zone=zone)
    if today and row.status in SETTLED and request.user.has_perm(SERVE):
        return f"{reverse(at_counter.PAGE, args=[row.slot.counter_id])}?visit={row.pk}"
    return reverse("admin:booking_appointment_change", args=[row.pk])


def _presses(row: Appointment, *, now: datetime) -> list[DeskAction]:
    """What is done to a person by one press in the list of what was found."""
    fitting = actions_for(row, now=now, office=current_office())
    return [action for action in fitting if action.at_once]

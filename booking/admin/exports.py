"""Lists as CSV and XLSX, streamed, safe against formulas: figures and codes, no names."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from booking.models import Appointment
from booking.spreadsheets import as_csv, as_xlsx
from config.foundation.audit import AccessRecord, record_access
from config.foundation.office import current_office
from config.foundation.staff import staff_of

HEAD = (
    *("reference", "day", "time", "counter", "category", "language", "status", "outcome"),
    *("cancel_reason", "need_by", "booked_at", "checked_in_at", "ended_at", "revision"),
)


def rows() -> Iterator[list[object]]:
    """One line per appointment, read from the database as it is written."""
    zone = current_office().zone
    found = Appointment.objects.order_by("pk").values_list(
        *("reference", "slot__starts_at", "slot__counter__slug", "category"),
        *("applicant__language", "status", "outcome", "cancel_reason", "need_by"),
        *("booked_at", "checked_in_at", "ended_at", "revision"),
    )
    for reference, starts_at, *rest in found.iterator(chunk_size=2000):
        local = starts_at.astimezone(zone)
        moments = [at.isoformat(timespec="seconds") if at else "" for at in rest[7:10]]
        need_by = rest[6].isoformat() if rest[6] else ""
        yield [
            *(reference, f"{local:%Y-%m-%d}", f"{local:%H:%M}", *rest[:6]),
            *(need_by, *moments, rest[10]),
        ]


def appointments(desk: ModelAdmin[Appointment], request: HttpRequest) -> HttpResponseBase:
    """The export; who took it is in the access log."""
    if not request.user.has_perm("booking.export_appointment"):
        raise PermissionDenied
    record_access(
        by=staff_of(request),
        kind=AccessRecord.Kind.EXPORT,
        subject="appointments",
        now=timezone.now(),
    )
    write = as_xlsx if request.GET.get("format") == "xlsx" else as_csv
    return write("appointments", HEAD, rows())

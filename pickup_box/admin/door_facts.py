"""What the pages of a compartment and of an alarm show: what is in it, and what happened there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from config.foundation.audit import AccessRecord, record_access
from config.foundation.dates import show_birth_date
from config.foundation.staff import staff_of
from pickup_box.admin.deposit_facts import steps_in_words
from pickup_box.models import Alarm, Compartment, Deposit, DepositEvent, Opening
from pickup_box.states import OCCUPYING

SHOWN = 20
AROUND = timedelta(days=1)


def of_compartment(request: HttpRequest, row: Compartment) -> dict[str, Any]:
    """What is in a compartment, and its last openings, steps and alarms."""
    inside = Deposit.objects.filter(compartment=row, status__in=OCCUPYING).first()
    steps = DepositEvent.objects.filter(compartment=row).order_by("-pk")[:SHOWN]
    return {
        **_document(request, inside),
        "openings": _openings(Q(compartment=row)),
        "steps": steps_in_words(steps, named=True),
        "alarms": _alarms(Q(compartment=row)),
    }


def of_alarm(request: HttpRequest, row: Alarm) -> dict[str, Any]:
    """The document of an alarm, and what happened at its door a day before and after."""
    here = Q(compartment=row.compartment) if row.compartment else Q(box=row.box)
    day = (row.at - AROUND, row.at + AROUND)
    steps = DepositEvent.objects.filter(deposit__in=[row.deposit_id], at__range=day).order_by("-pk")
    return {
        **_document(request, row.deposit),
        "openings": _openings(here & Q(requested_at__range=day)),
        "steps": steps_in_words(steps[:SHOWN]),
        "show_close": False,
        "alarms": _alarms(here & Q(at__range=day) & ~Q(pk=row.pk)),
    }


def _document(request: HttpRequest, found: Deposit | None) -> dict[str, Any]:
    """Facts of a document for whoever may see it; that is a look at its person."""
    if found is None or not request.user.has_perm("pickup_box.view_deposit"):
        return {"deposit": None, "is_occupied": found is not None}
    kind = AccessRecord.Kind.VIEW
    record_access(by=staff_of(request), kind=kind, subject=found.subject, now=timezone.now())
    born = show_birth_date(found.holder_birth_date) if found.holder_birth_date else ""
    return {"deposit": found, "born": born, "is_occupied": True}


def _alarms(which: Q) -> Any:
    return Alarm.objects.filter(which).select_related("handled_by").order_by("-at")[:SHOWN]


def _openings(which: Q) -> Any:
    rows = Opening.objects.filter(which).select_related("compartment", "by", "deposit")
    return rows[:SHOWN]

"""Which applications wait for the office: the same for the header and for what is to be done."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from config.foundation.office import office_day
from documents.applications.models import Application
from documents.applications.models.application import ApplicationQuerySet
from documents.applications.states import Status

LATE = timedelta(days=30)
ERASED_SOON = timedelta(days=3)


def waiting_for_office(now: datetime) -> dict[str, ApplicationQuerySet]:
    """By what there is to do at `now` (UTC), each application once; raises NoOffice."""
    known = Application.objects.filter(forgotten_at=None)
    ours = known.filter(status__in=[Status.SENT, Status.IN_REVIEW])
    kept = settings.RETENTION["CLOSED_APPLICATION"]
    return {
        "late": ours.filter(sent_at__lte=now - LATE),
        "new": ours.filter(status=Status.SENT, sent_at__gt=now - LATE),
        "overdue": known.to_do(on=office_day(now)).filter(status=Status.PAPERS_MISSING),
        "erased_soon": known.filter(status=Status.CLOSED, ended_at__lte=now - kept + ERASED_SOON),
    }


def all_waiting(now: datetime) -> ApplicationQuerySet:
    """Everything that `waiting_for_office` counts."""
    found = Q()
    for rows in waiting_for_office(now).values():
        found |= Q(pk__in=rows.values("pk"))
    return Application.objects.filter(found)

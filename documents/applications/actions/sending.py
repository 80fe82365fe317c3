"""The one step from a draft to an application that the office has."""

from __future__ import annotations

import secrets
from datetime import date, datetime

from config.foundation.actions import action
from documents.applications import notifications
from documents.applications.actions.drafts import (
    answers_of,
    claim_draft,
    needed_by,
    procedure_of,
    require_open,
)
from documents.applications.actions.refusals import Incomplete, NotEligible, NotVerified
from documents.applications.completeness import stop_of
from documents.applications.models import Application
from documents.applications.states import SENT, WHOLE, Status
from documents.applications.transitions import transition

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@action
def send(*, application: Application, version: int, arrived_at: datetime, on: date) -> Application:
    """Sends a complete draft once; sending it again is a quiet success.

    `arrived_at` (UTC) is when the request came in: it counts, whatever was waited for since.
    Raises ApplicationChanged, NotOpen, NotVerified, NotEligible and Incomplete.
    """
    now_there = Application.objects.filter(pk=application.pk, forgotten_at=None).first()
    if now_there is not None and now_there.status in SENT:
        return now_there
    claim_draft(application, version=version, now=arrived_at)
    require_open(application.procedure, now=arrived_at)
    if not application.is_verified:
        raise NotVerified
    require_complete(application, on=on)
    transition(
        application,
        Status.SENT,
        action="send",
        now=arrived_at,
        sent_at=arrived_at,
        reference=_new_reference(),
    )
    notifications.enqueue_receipt(application, now=arrived_at)
    return application


def require_complete(application: Application, *, on: date) -> None:
    """Raises NotEligible and Incomplete; what waits for a fault of ours to pass counts as there."""
    answers = answers_of(application)
    _catalogue, procedure = procedure_of(application)
    stop = stop_of(procedure, answers.facts, answers.days)
    if stop is not None:
        raise NotEligible(stop)
    there = application.files.filter(state__in=sorted(WHOLE)).values_list("paper", flat=True)
    absent = application.absences.values_list("paper", flat=True)
    missing = needed_by(application, on=on).missing(there=set(there), absent=set(absent))
    if missing:
        raise Incomplete(missing)


def _new_reference() -> str:
    """Like "A-7K3F-92QX": nobody takes it for the number of an appointment."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"A-{text[:4]}-{text[4:]}"

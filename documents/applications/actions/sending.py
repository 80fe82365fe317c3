"""The one step from a draft to an application that the office has."""

from __future__ import annotations

import secrets
from datetime import date, datetime

from config.foundation.actions import action
from documents.applications import notifications
from documents.applications.actions.blobs import delete_blobs
from documents.applications.actions.drafts import (
    claim_draft,
    needed_by,
    require_open,
    stop_for,
)
from documents.applications.actions.refusals import Incomplete, NotEligible, NotVerified
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
    _drop_what_nobody_asks_for(application, on=on)
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
    stop = stop_for(application)
    if stop is not None:
        raise NotEligible(stop)
    there = application.files.filter(state__in=sorted(WHOLE)).values_list("paper", flat=True)
    absent = application.absences.values_list("paper", flat=True)
    missing = needed_by(application, on=on).missing(there=set(there), absent=set(absent))
    if missing:
        raise Incomplete(missing)


def _drop_what_nobody_asks_for(application: Application, *, on: date) -> None:
    # papers that other answers asked for: the office has no right to them (Art. 5 (1) c GDPR)
    asked = [item.id for item in needed_by(application, on=on).papers]
    for file in application.files.exclude(paper__in=asked):
        delete_blobs([application.pk], file=file.pk)
        file.delete()
    application.absences.exclude(paper__in=asked).delete()


def _new_reference() -> str:
    """Like "A-7K3F-92QX": nobody takes it for the number of an appointment."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"A-{text[:4]}-{text[4:]}"

"""A document that has arrived, with the signed consent that came along."""

from __future__ import annotations

from datetime import date, datetime

from config.foundation.actions import action
from config.foundation.staff import Staff
from pickup_box.actions.consents import record_consent
from pickup_box.actions.deposits import draft
from pickup_box.models import Box, Deposit


@action
def record(
    *,
    box: Box,
    case_reference: str,
    language: str,
    by: Staff,
    now: datetime,
    consent_received_on: date | None = None,
    **facts: object,
) -> Deposit:
    """Records both, or neither; without a day for the paper the consent on record holds.

    Raises ConsentAlreadyRecorded or DocumentAlreadyInBox.
    """
    if consent_received_on:
        record_consent(
            box=box,
            case_reference=case_reference,
            received_on=consent_received_on,
            language=language,
            by=by,
        )
    facts |= {"case_reference": case_reference, "language": language}
    return draft(box=box, by=by, now=now, **facts)

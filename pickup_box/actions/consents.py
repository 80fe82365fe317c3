"""The signed paper without which nothing goes into a box."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused, action
from config.foundation.staff import Staff
from pickup_box.actions.deposits import withdraw_in_transaction
from pickup_box.models import Box, Consent, Deposit
from pickup_box.states import Status

# What a revocation withdraws.
WAITING = (Status.DRAFTED, Status.ASSIGNED, Status.LOADED, Status.NOTIFIED)


class ConsentAlreadyRecorded(Refused):
    """The case has a valid consent."""

    sentence = _("A valid consent for this case is already recorded. Please use it.")


@action
def record_consent(
    *,
    box: Box,
    case_reference: str,
    received_on: date,
    language: str,
    by: Staff,
    form_version: str = "",
) -> Consent:
    """Records that the signed paper arrived; raises ConsentAlreadyRecorded."""
    consent = Consent.objects.create(
        box=box,
        case_reference=case_reference,
        received_on=received_on,
        language=language,
        recorded_by=by,
        form_version=form_version or box.consent_version or "1",
    )
    waiting = Deposit.objects.filter(box=box, case_reference=case_reference)
    waiting.filter(status=Status.DRAFTED).update(consent=consent)
    return consent


@action
def revoke_consent(*, consent: Consent, by: Staff, now: datetime) -> list[Deposit]:
    """Records a revocation and withdraws what still waits for the person; returns those deposits.

    What the person is just taking out at the door stays as it is.
    """
    today = consent.box.local_day(now)
    valid = Consent.objects.filter(pk=consent.pk, revoked_on=None)
    if not valid.update(revoked_on=today, revoked_by=by):
        return []
    return [
        withdraw_in_transaction(each, by=by, reason="consent revoked", now=now)
        for each in consent.deposits.filter(status__in=WAITING).order_by("pk")
    ]

"""How long an invitation is valid, and that the office keeps its word."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Greatest

from booking import notifications
from booking.models import Appointment, Invitation, Quota
from booking.windows import day_bounds, local_day
from config.foundation.office import current_office


def end_of_choice(quota: Quota, *, now: datetime) -> datetime:
    """The UTC instant at which an invitation of today ends: with the last of its days."""
    zone = current_office().zone
    last = local_day(now, zone=zone) + timedelta(days=quota.valid_days)
    return day_bounds(last, zone=zone)[1]


def reopen_invitation(appointment: Appointment, *, now: datetime) -> None:
    """Gives somebody invited whose time the office takes away the full time to choose again.

    Changes nothing for an emergency. Called in the transaction that ends the appointment, after it.
    """
    if appointment.invitation_id is None:
        return
    rows = Invitation.objects.filter(pk=appointment.invitation_id)
    invitation = rows.select_related("quota", "applicant").get()
    until = max(invitation.valid_until, end_of_choice(invitation.quota, now=now))
    # at this moment it may be extended further
    rows.update(valid_until=Greatest("valid_until", until), revision=F("revision") + 1)
    invitation.refresh_from_db(fields=["valid_until", "revision"])
    notifications.enqueue_invitation_reminders(invitation, now=now)

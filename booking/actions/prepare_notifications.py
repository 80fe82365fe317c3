"""What is minted before a notification leaves: codes and links; the database has hashes."""

from __future__ import annotations

from datetime import datetime

from booking.deadlines import offer_deadline
from booking.models import Applicant, Token
from booking.models.applicants import CODE_LIFETIME, mint_code, mint_token
from booking.notifications.causes import (
    appointment_of,
    live_appointment_of,
    waiting_entry_of,
)
from booking.states import Status, WaitingStatus
from config.foundation.actions import action
from config.foundation.notification_kinds import Attempt, prepares
from config.foundation.office import current_office
from config.foundation.outbox import Notification


@prepares("booking.code")
@action
def prepare_code(notification: Notification, now: datetime) -> Attempt | None:
    """Mints a code and a link for an address that is not proved yet."""
    # The link proves whatever address the row has when somebody presses it: a change of the
    # address waits until the link is there, and ends it.
    unproved = Applicant.objects.filter(pk=notification.about, verified_at=None)
    applicant = unproved.select_for_update(no_key=True).first()
    if applicant is None:
        return None
    until = now + CODE_LIFETIME
    return Attempt(
        now=now,
        code=mint_code(applicant, now=now),
        secret=mint_token(
            purpose=Token.Purpose.VERIFY, subject=applicant.subject, now=now, expires_at=until
        ),
        until=until,
    )


@prepares("booking.confirmation", "booking.link")
@action
def prepare_manage_link(notification: Notification, now: datetime) -> Attempt | None:
    """Mints the link to an appointment that still stands."""
    if live_appointment_of(notification) is None:
        return None
    secret = mint_token(purpose=Token.Purpose.MANAGE, subject=notification.subject, now=now)
    return Attempt(now=now, secret=secret)


@prepares("booking.offer")
@action
def prepare_offer(notification: Notification, now: datetime) -> Attempt | None:
    """Mints the link to an open offer, good for as long as it can be answered when told now.

    The deadline itself is set by `start_offer_clock` when the notification has left.
    """
    appointment = appointment_of(notification, Status.OFFERED)
    if appointment is None:
        return None
    zone = current_office().zone
    until = offer_deadline(appointment.slot.starts_at, told_at=now, zone=zone)
    if until <= now:
        return None
    secret = mint_token(
        purpose=Token.Purpose.OFFER, subject=appointment.subject, now=now, expires_at=until
    )
    return Attempt(now=now, secret=secret, until=until)


@prepares("booking.waiting_joined")
@action
def prepare_waiting_link(notification: Notification, now: datetime) -> Attempt | None:
    """Mints the link to a place on the waiting list."""
    if waiting_entry_of(notification, WaitingStatus.WAITING) is None:
        return None
    secret = mint_token(purpose=Token.Purpose.WAITING, subject=notification.subject, now=now)
    return Attempt(now=now, secret=secret)

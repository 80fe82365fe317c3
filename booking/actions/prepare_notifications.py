"""What is minted before a notification leaves: codes and links; the database has hashes."""

from __future__ import annotations

from datetime import datetime

from booking.actions.texts import count_text, count_text_about
from booking.deadlines import offer_deadline
from booking.models import Applicant, Appointment, Token
from booking.models.applicants import mint_code, mint_phone_code, mint_token
from booking.notifications.causes import (
    appointment_of,
    appointment_to_remind_of,
    appointment_to_text_about,
    invitation_to_choose_again,
    live_appointment_of,
    open_invitation,
    waiting_entry_of,
)
from booking.states import Status, WaitingStatus
from config.foundation import sms
from config.foundation.actions import action
from config.foundation.codes import CODE_LIFETIME
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


@prepares("booking.reminder")
@action
def prepare_reminder(notification: Notification, now: datetime) -> Attempt | None:
    """Mints the link to give back an appointment that stands as it was when this was promised."""
    if appointment_to_remind_of(notification) is None:
        return None
    secret = mint_token(purpose=Token.Purpose.MANAGE, subject=notification.subject, now=now)
    return Attempt(now=now, secret=secret)


@prepares("booking.text_reminder", "booking.text_called_off")
@action
def prepare_text(notification: Notification, now: datetime) -> Attempt | None:
    """Counts a short message about an appointment; none leaves beyond the day's and its own two."""
    # whoever prepares another one about it at this moment waits, and counts this one
    Appointment.objects.select_for_update(no_key=True).filter(pk=notification.about).first()
    appointment = appointment_to_text_about(notification)
    if appointment is None or not sms.is_configured():
        return None
    return Attempt(now=now) if count_text_about(appointment, notification, now=now) else None


@prepares("booking.text_invitation")
@action
def prepare_text_invitation(notification: Notification, now: datetime) -> Attempt | None:
    """Counts a short message to somebody who may choose; none leaves beyond the day's."""
    row = open_invitation(notification, now=now)
    if row is None or not row.applicant.takes_texts or not sms.is_configured():
        return None
    return Attempt(now=now) if count_text(notification, row.applicant.phone, now=now) else None


@prepares("booking.text_code")
@action
def prepare_text_code(notification: Notification, now: datetime) -> Attempt | None:
    """Mints a code for a number that is not confirmed yet."""
    unproved = Applicant.objects.filter(
        pk=notification.about, phone_proved_at=None, text_me=True
    ).exclude(phone="")
    applicant = unproved.select_for_update(no_key=True).first()
    if applicant is None or not sms.is_configured():
        return None
    if not count_text(notification, applicant.phone, now=now):
        return None
    return Attempt(now=now, code=mint_phone_code(applicant, now=now))


@prepares("booking.offer")
@action
def prepare_offer(notification: Notification, now: datetime) -> Attempt | None:
    """Mints the link to an open offer, good for as long as it can be answered when told now.

    The deadline itself is set by `start_offer_clock` when the notification has left, unless its
    person saw the offer before and exchanged it.
    """
    appointment = appointment_of(notification, Status.OFFERED)
    if appointment is None:
        return None
    zone = current_office().zone
    until = appointment.held_until or offer_deadline(
        appointment.slot.starts_at, told_at=now, zone=zone
    )
    if until <= now:
        return None
    secret = mint_token(
        purpose=Token.Purpose.OFFER, subject=appointment.subject, now=now, expires_at=until
    )
    return Attempt(now=now, secret=secret, until=until)


@prepares("booking.invitation", "booking.invitation_reminder", "booking.invitation_last_call")
@action
def prepare_invitation_link(notification: Notification, now: datetime) -> Attempt | None:
    """Mints the link to an invitation that is open and unchanged."""
    if open_invitation(notification, now=now) is None:
        return None
    return Attempt(now=now, secret=_invitation_secret(notification.subject, now=now))


@prepares("booking.cancellation", "booking.displacement")
@action
def prepare_way_on(notification: Notification, now: datetime) -> Attempt:
    """Mints the link to choose again for whoever may; others book like everybody."""
    invited = invitation_to_choose_again(notification, now=now)
    if invited is None:
        return Attempt(now=now)
    return Attempt(now=now, secret=_invitation_secret(invited.subject, now=now))


def _invitation_secret(subject: str, *, now: datetime) -> str:
    # whether it is still valid is asked of the invitation: it may be extended
    return mint_token(purpose=Token.Purpose.INVITATION, subject=subject, now=now)


@prepares("booking.waiting_joined")
@action
def prepare_waiting_link(notification: Notification, now: datetime) -> Attempt | None:
    """Mints the link to a place on the waiting list."""
    if waiting_entry_of(notification, WaitingStatus.WAITING) is None:
        return None
    secret = mint_token(purpose=Token.Purpose.WAITING, subject=notification.subject, now=now)
    return Attempt(now=now, secret=secret)

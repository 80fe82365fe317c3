"""The row a notification is about, while the cause for telling its person of it lasts."""

from __future__ import annotations

from datetime import datetime

from booking.models import Appointment, Invitation, WaitingEntry
from booking.models.invitations import InvitationQuerySet
from booking.states import LIVE_FOR_PERSON, Status, is_to_be_reminded
from booking.text_rules import is_still_called_off
from config.foundation.outbox import Notification


def appointment_of(notification: Notification, *statuses: Status) -> Appointment | None:
    """The appointment in one of `statuses`; None for a confirmation of a time that has changed."""
    rows = Appointment.objects.select_related("applicant", "slot__counter")
    if notification.kind == "booking.confirmation":
        rows = rows.filter(revision=notification.revision)  # a newer one tells the newer time
    return rows.filter(pk=notification.about, status__in=statuses).first()


def live_appointment_of(notification: Notification) -> Appointment | None:
    """The appointment that its person can keep."""
    return appointment_of(notification, *LIVE_FOR_PERSON)


def appointment_to_remind_of(notification: Notification) -> Appointment | None:
    """The appointment, if it stands as it stood when the reminder was promised."""
    row = appointment_of(notification, *Status)
    if row is None:
        return None
    promised = notification.revision
    return row if is_to_be_reminded(Status(row.status), row.revision, promised=promised) else None


def appointment_to_text_about(notification: Notification) -> Appointment | None:
    """The appointment, if its person takes short messages and it stands as this was promised."""
    if notification.kind == "booking.text_reminder":
        row = appointment_to_remind_of(notification)
    else:
        row = appointment_of(notification, Status.CANCELLED, Status.DISPLACED)
        promised = notification.sequence
        if row and not is_still_called_off(Status(row.status), row.version, promised=promised):
            row = None
    return row if row is not None and row.applicant.takes_texts else None


def open_invitation(notification: Notification, *, now: datetime) -> Invitation | None:
    """The invitation, if its person may choose and it is as it was when this was promised."""
    return _unchanged(Invitation.objects.open(now=now), notification)


def invitation_over(notification: Notification, *, now: datetime) -> Invitation | None:
    """The invitation, if no time was chosen and it is as it was when this was promised."""
    return _unchanged(Invitation.objects.over(now=now), notification)


def invitation_to_choose_again(notification: Notification, *, now: datetime) -> Invitation | None:
    """The invitation of an appointment that is off, while its person may choose another one."""
    return Invitation.objects.open(now=now).filter(appointments=notification.about).first()


def _unchanged(rows: InvitationQuerySet, notification: Notification) -> Invitation | None:
    rows = rows.filter(pk=notification.about, revision=notification.revision)
    return rows.filter(applicant__forgotten_at=None).select_related("applicant", "quota").first()


def waiting_entry_of(notification: Notification, status: str) -> WaitingEntry | None:
    """The place on the waiting list, if it has `status`."""
    rows = WaitingEntry.objects.select_related("applicant")
    return rows.filter(pk=notification.about, status=status).first()

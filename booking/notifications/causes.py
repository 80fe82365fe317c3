"""The row a notification is about, while the cause for telling its person of it lasts."""

from __future__ import annotations

from booking.models import Appointment, WaitingEntry
from booking.states import LIVE_FOR_PERSON, Status
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


def waiting_entry_of(notification: Notification, status: str) -> WaitingEntry | None:
    """The place on the waiting list, if it has `status`."""
    rows = WaitingEntry.objects.select_related("applicant")
    return rows.filter(pk=notification.about, status=status).first()

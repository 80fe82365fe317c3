"""What is promised when, under which kind and about which row."""

from __future__ import annotations

from datetime import datetime

from booking.models import Applicant, Appointment, WaitingEntry
from booking.models.applicants import CODE_LIFETIME
from config.foundation.outbox import Notification, enqueue


def _about(appointment: Appointment, kind: str, *, now: datetime, sequence: int = 0) -> None:
    enqueue(
        kind=f"booking.{kind}",
        subject=appointment.subject,
        revision=appointment.revision,
        sequence=sequence,
        language=appointment.applicant.language,
        now=now,
    )


def enqueue_confirmation(appointment: Appointment, *, now: datetime) -> None:
    """The booking or rebooking is confirmed, with calendar file and checklist."""
    _about(appointment, "confirmation", now=now)


def enqueue_cancellation(appointment: Appointment, *, now: datetime) -> None:
    """The appointment was cancelled, by whom and what to do next."""
    _about(appointment, "cancellation", now=now, sequence=appointment.version)


def enqueue_link(appointment: Appointment, *, now: datetime) -> None:
    """The way to the appointment once more; the caller limits how often."""
    _about(appointment, "link", now=now, sequence=int(now.timestamp()))


def enqueue_second_attempt(appointment: Appointment, *, now: datetime) -> None:
    """Somebody tried to book for the same person from another address; once a day at most."""
    _about(appointment, "second", now=now, sequence=int(now.timestamp()) // 86400)


def enqueue_displacement(appointment: Appointment, *, now: datetime) -> None:
    """The counter is closed; the next time is offered before anybody else gets it."""
    _about(appointment, "displacement", now=now, sequence=appointment.version)


def enqueue_offer(appointment: Appointment, *, now: datetime) -> None:
    """A time is kept for somebody who waits; the clock starts when this notification leaves."""
    _about(appointment, "offer", now=now)


def enqueue_code(applicant: Applicant, *, now: datetime) -> None:
    """A code for the address; six notifications an hour at most are promised by the caller."""
    enqueue(
        kind="booking.code",
        subject=applicant.subject,
        sequence=int(now.timestamp()),
        language=applicant.language,
        queue=Notification.Queue.CODE,
        now=now,
        give_up_at=now + CODE_LIFETIME,
    )


def enqueue_waiting(entry: WaitingEntry, kind: str, *, now: datetime) -> None:
    """A notification about a place on the waiting list: joined, or ended with the other ways."""
    enqueue(
        kind=f"booking.waiting_{kind}",
        subject=entry.subject,
        language=entry.applicant.language,
        now=now,
    )


def last_code_promised_at(applicant: Applicant) -> datetime | None:
    """When a code was last promised to this applicant (UTC)."""
    rows = Notification.objects.filter(kind="booking.code", subject=applicant.subject)
    return rows.order_by("-promised_at").values_list("promised_at", flat=True).first()

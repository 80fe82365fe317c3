"""What is promised when, under which kind and about which row."""

from __future__ import annotations

from datetime import datetime

from booking.deadlines import reminders_of_invitation
from booking.models import Applicant, Appointment, Invitation, WaitingEntry
from booking.windows import reminder_at
from config.foundation import sms
from config.foundation.codes import CODE_LIFETIME
from config.foundation.office import current_office
from config.foundation.outbox import (
    Notification,
    enqueue,
    enqueue_all,
    new_notification,
)


def _row(
    row: Appointment | Invitation,
    kind: str,
    *,
    now: datetime,
    sequence: int = 0,
    due_at: datetime | None = None,
    give_up_at: datetime | None = None,
    queue: Notification.Queue = Notification.Queue.ORDINARY,
) -> Notification:
    return new_notification(
        kind=f"booking.{kind}",
        subject=row.subject,
        revision=row.revision,
        sequence=sequence,
        language=row.applicant.language,
        now=now,
        due_at=due_at,
        give_up_at=give_up_at,
        queue=queue,
    )


def _about(row: Appointment | Invitation, kind: str, *, now: datetime, sequence: int = 0) -> None:
    enqueue_all([_row(row, kind, now=now, sequence=sequence)])


def enqueue_confirmation(appointment: Appointment, *, now: datetime) -> None:
    """The booking or rebooking is confirmed, with calendar and papers; reminders that can leave."""
    rows = [_row(appointment, "confirmation", now=now)]
    starts_at = appointment.slot.starts_at
    due_at = reminder_at(starts_at, booked_at=now, zone=current_office().zone)
    if due_at is not None:
        if appointment.applicant.email:
            rows.append(_row(appointment, "reminder", now=now, due_at=due_at, give_up_at=starts_at))
        rows += _texts(appointment, "text_reminder", now=now, due_at=due_at)
    enqueue_all(rows)


def _texts(
    appointment: Appointment,
    kind: str,
    *,
    now: datetime,
    sequence: int = 0,
    due_at: datetime | None = None,
) -> list[Notification]:
    """The short message of `kind`, for whoever asked for such; useless once the time has begun."""
    if not (sms.is_configured() and appointment.applicant.text_me):
        return []
    starts_at = appointment.slot.starts_at
    if starts_at <= now:
        return []
    return [
        _row(
            appointment,
            kind,
            now=now,
            sequence=sequence,
            due_at=due_at,
            give_up_at=starts_at,
            queue=Notification.Queue.SHORT,
        )
    ]


def _about_called_off(appointment: Appointment, kind: str, *, now: datetime) -> None:
    version = appointment.version
    rows = [_row(appointment, kind, now=now, sequence=version)]
    if appointment.cancel_reason != Appointment.CancelReason.BY_APPLICANT:
        rows += _texts(appointment, "text_called_off", now=now, sequence=version)
    enqueue_all(rows)


def enqueue_cancellation(appointment: Appointment, *, now: datetime) -> None:
    """The appointment was cancelled, by whom and what to do next."""
    _about_called_off(appointment, "cancellation", now=now)


def enqueue_link(appointment: Appointment, *, now: datetime) -> None:
    """The way to the appointment once more; the caller limits how often."""
    _about(appointment, "link", now=now, sequence=int(now.timestamp()))


def enqueue_second_attempt(appointment: Appointment, *, now: datetime) -> None:
    """Somebody tried to book for the same person from another address; once a day at most."""
    _about(appointment, "second", now=now, sequence=int(now.timestamp()) // 86400)


def enqueue_displacement(appointment: Appointment, *, now: datetime) -> None:
    """The counter is closed; the next time is offered before anybody else gets it."""
    _about_called_off(appointment, "displacement", now=now)


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


def enqueue_text_code(applicant: Applicant, *, now: datetime) -> None:
    """A code for the number, by short message; the caller limits how often."""
    enqueue(
        kind="booking.text_code",
        subject=applicant.subject,
        sequence=int(now.timestamp()),
        language=applicant.language,
        queue=Notification.Queue.SHORT,
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


def enqueue_invitation(invitation: Invitation, *, now: datetime) -> None:
    """Somebody may choose a time of a quota; once more if it is asked for again."""
    sequence = int(now.timestamp())
    rows = [_row(invitation, "invitation", now=now, sequence=sequence)]
    enqueue_all([*rows, *_texts_of_invitation(invitation, now=now, sequence=sequence)])


def _texts_of_invitation(
    invitation: Invitation, *, now: datetime, sequence: int
) -> list[Notification]:
    """The short message for whoever has a confirmed number and no address."""
    applicant = invitation.applicant
    if applicant.email or not (sms.is_configured() and applicant.takes_texts):
        return []
    return [
        _row(
            invitation,
            "text_invitation",
            now=now,
            sequence=sequence,
            give_up_at=invitation.valid_until,
            queue=Notification.Queue.SHORT,
        )
    ]


def enqueue_invitation_reminders(invitation: Invitation, *, now: datetime) -> None:
    """The reminder, the last call and the end, each of which leaves only if it is still true."""
    until = invitation.valid_until
    reminder, last_call = reminders_of_invitation(now, until)
    rows = [_row(invitation, "invitation_over", now=now, due_at=until)]
    for kind, due_at in (("invitation_reminder", reminder), ("invitation_last_call", last_call)):
        if due_at is not None and invitation.applicant.email:
            rows.append(_row(invitation, kind, now=now, due_at=due_at, give_up_at=until))
    enqueue_all(rows)


def last_code_promised_at(applicant: Applicant) -> datetime | None:
    """When a code was last promised to this applicant (UTC)."""
    rows = Notification.objects.filter(kind="booking.code", subject=applicant.subject)
    return rows.order_by("-promised_at").values_list("promised_at", flat=True).first()

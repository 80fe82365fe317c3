"""Booking's notifications: promised by the actions, rendered when they leave."""

from booking.notifications.enqueue import (
    enqueue_cancellation,
    enqueue_code,
    enqueue_confirmation,
    enqueue_displacement,
    enqueue_invitation,
    enqueue_invitation_reminders,
    enqueue_link,
    enqueue_offer,
    enqueue_second_attempt,
    enqueue_text_code,
    enqueue_waiting,
    last_code_promised_at,
)

__all__ = [
    "enqueue_cancellation",
    "enqueue_code",
    "enqueue_confirmation",
    "enqueue_displacement",
    "enqueue_invitation",
    "enqueue_invitation_reminders",
    "enqueue_link",
    "enqueue_offer",
    "enqueue_second_attempt",
    "enqueue_text_code",
    "enqueue_waiting",
    "last_code_promised_at",
]

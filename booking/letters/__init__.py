"""Booking's letters: promised by the actions, rendered when they leave."""

from booking.letters.enqueue import (
    last_code_promised_at,
    promise_cancellation,
    promise_code,
    promise_confirmation,
    promise_displacement,
    promise_link,
    promise_offer,
    promise_second_attempt,
    promise_waiting,
)

__all__ = [
    "last_code_promised_at",
    "promise_cancellation",
    "promise_code",
    "promise_confirmation",
    "promise_displacement",
    "promise_link",
    "promise_offer",
    "promise_second_attempt",
    "promise_waiting",
]

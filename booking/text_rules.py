"""Which short message about an appointment may leave: plain Python."""

from __future__ import annotations

from booking.states import Status

MOST_PER_APPOINTMENT = 2
MOST_PER_NUMBER = 3  # a day


def is_still_called_off(status: Status, version: int, *, promised: int) -> bool:
    """Whether an appointment stands as it stood when it was called off, with version `promised`."""
    return status in {Status.CANCELLED, Status.DISPLACED} and version == promised


def with_text(sent: str, message: int) -> str | None:
    """`sent`, the messages about an appointment that were handed over, and `message`.

    The same message twice counts once; None when there were enough before.
    """
    ids = sent.split()
    if str(message) in ids:
        return sent
    return " ".join([*ids, str(message)]) if len(ids) < MOST_PER_APPOINTMENT else None

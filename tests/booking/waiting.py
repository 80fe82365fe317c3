"""What the tests of the waiting list ask."""

from __future__ import annotations

from booking.models import Appointment, Slot, WaitingEntry
from booking.states import Status


def offered_to(slot: Slot) -> WaitingEntry | None:
    """The place on the list that `slot` is offered to at present."""
    made = Appointment.objects.filter(slot=slot, status=Status.OFFERED).first()
    return made.entry if made else None

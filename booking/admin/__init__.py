"""The desk: appointments with their verbs, counters and closures, the waiting list."""

from booking.admin import appointments, counters, people, waiting

__all__ = ["appointments", "counters", "people", "waiting"]

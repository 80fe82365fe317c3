"""The desk: appointments with their actions, counters and closures, the waiting list."""

from booking.admin import applicants, appointments, counters, waiting_list

__all__ = ["applicants", "appointments", "counters", "waiting_list"]

"""The desk: appointments with their actions, counters and closures, the waiting list."""

from booking.admin import (
    applicants,
    appointments,
    closures,
    counters,
    invitations,
    quotas,
    subjects,
    waiting_list,
)

__all__ = [
    "applicants",
    "appointments",
    "closures",
    "counters",
    "invitations",
    "quotas",
    "subjects",
    "waiting_list",
]

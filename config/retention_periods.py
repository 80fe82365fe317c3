"""How long each class of data stays; docs/privacy.md gives the reasons."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment

HOURS = {
    "DRAFT_IDLE": 2,  # P1, since the last entry
    "DRAFT": 24,  # P1, since the first
    "APPOINTMENT": 48,  # P2, since the end of the time
    "CANCELLED": 24,  # P3, since the end of appointment or waiting
    "WAITING": 90 * 24,  # P3, a place on the list
    "WITHDRAWN_APPLICATION": 24,  # P4c, since it was withdrawn
    "CLOSED_APPLICATION": 14 * 24,  # P4c, since it was closed
    "OPEN_APPLICATION": 365 * 24,  # P4e, since it was sent and nobody closed it
    "DEPOSIT": 7 * 24,  # P5, since the box is empty
    "UNSETTLED_DEPOSIT": 90 * 24,  # P5, since staff last moved it
    "LETTER": 7 * 24,  # P6, rows without text or address
    "FAILED_LETTER": 14 * 24,  # P6
    "LIMIT": 24,  # P8
    "BOT_SIGNAL": 30 * 24,  # P8
    "KNOWN_SOURCE": 30 * 24,  # P8, where staff signed in from
    "ACCESS_RECORD": 365 * 24,  # P10
    "ADMIN_LOG": 90 * 24,  # P11
}


def retention_periods(env: Environment) -> dict[str, timedelta]:
    """The period of each class by its name, from KEEP_…_HOURS.

    Raises ImproperlyConfigured for a period of nothing, and for one of more than ten times what
    there are reasons for: a slip of the keyboard, or storage without limit (Art. 5 (1) e GDPR).
    """
    periods = {}
    for name, default in HOURS.items():
        hours = env.int(f"KEEP_{name}_HOURS", default=default)
        if not 0 < hours <= 10 * default:
            raise ImproperlyConfigured(
                f"KEEP_{name}_HOURS must be from 1 to {10 * default}: nothing stays without a limit"
            )
        periods[name] = timedelta(hours=hours)
    if periods["LIMIT"] < timedelta(hours=24):
        raise ImproperlyConfigured(
            "KEEP_LIMIT_HOURS must be 24 or more: some limits count for a day"
        )
    return periods

"""One host whose clock is wrong: CLOCK_OFFSET seconds. Only processes of tests load this."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from django.utils import timezone

OFFSET = timedelta(seconds=float(os.environ.get("CLOCK_OFFSET", "0")))
true_now = timezone.now


def wrong_now() -> datetime:
    """What this host takes for now."""
    return true_now() + OFFSET


if OFFSET:
    timezone.now = wrong_now

"""How long a place on the waiting list lasts, in a sentence."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from config.foundation.dates import say_period


def how_long_a_place_lasts() -> str:
    """Until when somebody stays on the list who gets no appointment."""
    return _(
        "You stay on the list until you have an appointment or leave the list, "
        "for up to %(period)s. If you have to travel, your place ends after the "
        "day of your departure."
    ) % {"period": say_period(settings.RETENTION["WAITING"])}

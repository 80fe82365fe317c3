"""What the desk answers to a press: who, when, and the button that takes it back."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from booking.admin.appointment_actions import at_length, way_back
from booking.admin.desk_action import DeskAction
from booking.models import Appointment
from booking.states import Status
from config.foundation.office import current_office
from config.foundation.staff import Staff

STEPS_BACK = {"check-in", "complete", "no-show", "cancel"}


def said(action: DeskAction, row: Appointment, *, now: datetime, by: Staff, at: str = "") -> str:
    """The message after `action` was done to `row`; its button belongs to the form `press`.

    `at` is the query that leads back to the page of a counter.
    """
    sentence = action.done % {
        "reference": row.reference,
        "name": row.applicant.desk_name or row.reference,
        "time": f"{localtime(now):%H:%M}",
        "by": by,
    }
    back = way_back(row, now=now, office=current_office())
    if back is None or action.name not in STEPS_BACK:
        return sentence
    return format_html(
        '{} <button class="button" type="submit" form="press" name="version" value="{}" '
        'formaction="{}">{}</button>',
        sentence,
        row.version,
        reverse(f"admin:booking_appointment_{back.name}", args=[row.pk]) + at,
        _("Has come after all") if row.status == Status.NO_SHOW else at_length(back, row).label,
    )

"""The answer to somebody whose title expires and who has a visit by invitation already."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from booking.actions.refusals import KeepAppointment
from booking.models import Applicant
from eligibility.labels import HINTS, REASONS, referral_at


def page(
    request: HttpRequest,
    applicant: Applicant,
    *,
    now: datetime,
    refusal: KeepAppointment | None = None,
) -> HttpResponse:
    """What the check says to whoever answers that there is an appointment; nothing of the visit.

    409 where `refusal` answers an act.
    """
    context = {
        "applicant": applicant,
        "refusal": refusal,
        "reason": REASONS["has_appointment"],
        "way": referral_at("keep_appointment", now=now),
        "hint": HINTS["apply_in_time"],
    }
    status = 409 if refusal else 200
    return render(request, "booking/keep_appointment.html", context, status=status)

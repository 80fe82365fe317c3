"""The time is held: look at everything once more, confirm, take more time or another one."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from booking.actions.bookings import book
from booking.actions.holds import cancel_hold, extend
from booking.models import Applicant, Appointment
from booking.states import SETTLED, Status
from booking.views import applicant_session, form_subjects, manage
from booking.views.booking_flow import is_held, times_page
from booking.views.slot_picker import clock, when
from config.foundation import sms
from config.foundation.actions import Refused
from config.foundation.dates import say_birth_date
from config.foundation.redirects import see_other
from eligibility import situation
from eligibility.labels import CATEGORIES


@applicant_session.applicant_required("GET", "HEAD", "POST")
def review(request: HttpRequest, applicant: Applicant, now: datetime) -> HttpResponse:
    """The time is held: look at everything once more, and confirm."""
    if request.method == "POST":
        return _book(request, applicant, now=now)
    appointment = applicant_session.latest_appointment(applicant)
    if appointment is None:
        return see_other("booking:start", visit="over")
    if appointment.status in SETTLED:
        return see_other("booking:appointment")
    if not is_held(appointment, now=now):
        return see_other("booking:times")
    return render(request, "booking/review.html", _review(appointment, now=now))


def _book(request: HttpRequest, applicant: Applicant, *, now: datetime) -> HttpResponse:
    appointment = form_subjects.appointment(request, now=now, applicant=applicant)
    try:
        form_subjects.check(request, appointment)
        _check_answers(request, appointment, applicant)
        book(appointment=appointment, now=now)
    except Refused as refusal:
        appointment.refresh_from_db()
        made = form_subjects.already(request, appointment, "book")
        same = made is not None and made.slot_id == appointment.slot_id
        if not same or appointment.status not in SETTLED:
            return _review_refused(request, appointment, refusal, now=now)
    applicant_session.set_shown(
        request, applicant_session.MANAGED, appointment, now=now, applicant=applicant
    )
    return see_other("booking:appointment")


def _check_answers(request: HttpRequest, held: Appointment, applicant: Applicant) -> None:
    # what this visit answered last is about whom it books for now, not about who came before
    if held.status == Status.HELD and held.applicant_id == applicant.pk:
        applicant_session.check_answers(request, applicant)


def _review(appointment: Appointment, *, now: datetime) -> dict[str, object]:
    applicant = appointment.applicant
    found = situation.read(applicant.situation)
    return {
        "appointment": appointment,
        "applicant": applicant,
        "category": CATEGORIES[found.decision.category].title if found else "",
        "answers": found.answers if found else None,
        "entered": _entered(applicant, invited=appointment.quota is not None),
        "quota": appointment.quota,
        "now": now,
        "held_until": clock(appointment.held_until),
        **when(appointment),
    }


def _entered(applicant: Applicant, *, invited: bool) -> list[tuple[str, str]]:
    """What was entered about a person, as it was asked for."""
    rows = [
        (_("Name"), applicant.full_name),
        (_("Date of birth"), say_birth_date(applicant.birth_date)),
        (_("E-mail address"), applicant.email or _("No answer")),
        (_("Phone number"), applicant.phone or _("No answer")),
    ]
    if applicant.phone and sms.is_configured():
        rows.append((_("Reminder by SMS"), _("Yes") if applicant.text_me else _("No")))
    if not invited:
        need = capfirst(applicant.get_access_need_display()) if applicant.access_need else _("No")
        rows.append((_("Do you need help at the office?"), need))
    return rows


def _review_refused(
    request: HttpRequest, appointment: Appointment, refusal: Refused, *, now: datetime
) -> HttpResponse:
    if is_held(appointment, now=now):
        return applicant_session.refused(
            request, "booking/review.html", refusal, _review(appointment, now=now)
        )
    if appointment.booked_at is not None:
        return manage.page_of(request, appointment, refusal)
    return times_page(request, appointment.applicant, appointment, now=now, refusal=refusal)


@applicant_session.applicant_required("POST")
def extend_hold(request: HttpRequest, applicant: Applicant, now: datetime) -> HttpResponse:
    """Ten more minutes."""
    appointment = form_subjects.appointment(request, now=now, applicant=applicant)
    try:
        form_subjects.check(request, appointment)
        _check_answers(request, appointment, applicant)
        extend(appointment=appointment, now=now)
    except Refused as refusal:
        appointment.refresh_from_db()
        held = is_held(appointment, now=now)
        if not (held and form_subjects.already(request, appointment, "extend")):
            return _review_refused(request, appointment, refusal, now=now)
    return see_other("booking:review")


@applicant_session.applicant_required("POST")
def cancel_hold_view(request: HttpRequest, applicant: Applicant, now: datetime) -> HttpResponse:
    """Back to the list; the time is free for others."""
    appointment = form_subjects.appointment(request, now=now, applicant=applicant)
    try:
        form_subjects.check(request, appointment)
        cancel_hold(appointment=appointment, now=now)
    except Refused as refusal:
        appointment.refresh_from_db()
        ended = appointment.status == Status.CANCELLED
        if not (ended and form_subjects.already(request, appointment, "give_up")):
            return _review_refused(request, appointment, refusal, now=now)
    return see_other("booking:times")

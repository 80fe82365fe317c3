"""An appointment after it was booked: see, rebook, cancel, send again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.actions.bookings import (
    cancel,
    change_language,
    check_changes,
    rebook,
    request_correction,
    resend,
)
from booking.actions.details import find_appointment
from booking.actions.refusals import TooManyChanges, TransitionNotAllowed
from booking.actions.texts import (
    has_requested_phone_code,
    prove_phone,
    request_phone_code,
    stop_texts,
)
from booking.models import Appointment
from booking.states import SETTLED, Status
from booking.views import applicant_session, form_subjects
from booking.views.slot_picker import check_choice_again, free_times, slot_of, standing, when
from config.foundation import limits
from config.foundation.actions import Refused
from config.foundation.clock import check_clock
from config.foundation.dates import show_birth_date
from config.foundation.language_switch import refill
from config.foundation.office import current_office
from config.foundation.person_forms import LookupForm
from config.foundation.redirects import see_other


@applicant_session.applicant_view("GET", "HEAD", "POST")
def manage(request: HttpRequest) -> HttpResponse:
    """The appointment, or the question for its reference and the date of birth."""
    now = timezone.now()
    appointment = applicant_session.own_appointment(request, now=now)
    if appointment is not None and request.method != "POST":
        return page_of(request, appointment)
    form = LookupForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _lookup(request, form)
    try:
        found = find_appointment(
            **form.cleaned_data, visitor=limits.client_address(request), now=now
        )
    except Refused as refusal:
        return applicant_session.refused(request, "booking/lookup.html", refusal, {"form": form})
    applicant_session.open_for_a_while(request, applicant_session.MANAGED, found, now=now)
    return see_other("booking:manage")


def _lookup(request: HttpRequest, form: LookupForm) -> HttpResponse:
    refill(request, form)
    context = {"form": form, "visit": request.GET.get("visit")}
    status = 422 if form.is_bound else 200
    return render(request, "booking/lookup.html", context, status=status)


def page_of(
    request: HttpRequest, appointment: Appointment, refusal: Refused | None = None
) -> HttpResponse:
    """The page of an appointment as it is now, with why something was refused."""
    now = timezone.now()
    applicant = appointment.applicant
    context = {
        "appointment": appointment,
        "applicant": applicant,
        "phone_code_requested": applicant.text_me and has_requested_phone_code(applicant),
        "birth_date": show_birth_date(applicant.birth_date),
        "letter_languages": settings.LANGUAGES,
        "closed_because": appointment.slot.closed_because(),
        "be_there": current_office().be_there(appointment.slot.starts_at),
        **standing(appointment, now=now),
        **when(appointment),
    }
    if refusal is not None:
        return applicant_session.refused(request, "booking/manage.html", refusal, context)
    return render(request, "booking/manage.html", context)


def _do(
    request: HttpRequest,
    act: Callable[[Appointment, datetime], object],
    *,
    said: str | Promise = "",
    ends: bool = False,
) -> HttpResponse:
    now = timezone.now()
    appointment = form_subjects.appointment(request, now=now)
    try:
        form_subjects.check(request, appointment)
        if appointment.status not in SETTLED and not ends:
            raise TransitionNotAllowed
        act(appointment, now)
    except Refused as refusal:
        appointment.refresh_from_db()
        over = ends and appointment.status == Status.CANCELLED
        if not (over and form_subjects.already(request, appointment, "cancel")):
            return page_of(request, appointment, refusal)
    applicant_session.set_shown(request, applicant_session.MANAGED, appointment, now=now)
    if said:
        applicant_session.say(request, said)
    return see_other("booking:manage")


@applicant_session.applicant_view("GET", "HEAD")
def give_back(request: HttpRequest) -> HttpResponse:
    """The appointment with the one button that gives it back, for whoever comes from a reminder."""
    now = timezone.now()
    appointment = applicant_session.own_appointment(request, now=now)
    if appointment is None:
        return see_other("booking:manage", visit="over")
    if appointment.status != Status.BOOKED or not standing(appointment, now=now)["takes_place"]:
        return see_other("booking:manage")
    return render(
        request,
        "booking/give_back.html",
        {"appointment": appointment, "applicant": appointment.applicant, **when(appointment)},
    )


@applicant_session.applicant_view("POST")
def cancel_appointment(request: HttpRequest) -> HttpResponse:
    """Cancels; a second press shows the same page."""

    def act(appointment: Appointment, now: datetime) -> None:
        reason = Appointment.CancelReason.BY_APPLICANT
        cancel(appointment=appointment, reason=reason, now=now)

    return _do(request, act, ends=True)  # the heading says what was done


@applicant_session.applicant_view("POST")
def resend_letter(request: HttpRequest) -> HttpResponse:
    """The letter once more."""

    def act(appointment: Appointment, now: datetime) -> None:
        resend(appointment=appointment, now=now)

    return _do(request, act, said=_("The e-mail is on its way to you."))


@applicant_session.applicant_view("POST")
def letter_language(request: HttpRequest) -> HttpResponse:
    """The language of letters from now on."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return see_other("booking:manage")

    def act(appointment: Appointment, now: datetime) -> None:
        change_language(applicant=appointment.applicant, language=language, now=now)

    said = _("From now on our e-mails come in this language, and in German.")
    return _do(request, act, said=said)


@applicant_session.applicant_view("POST")
def mistake(request: HttpRequest) -> HttpResponse:
    """Tells the desk that name or date of birth are wrong."""

    def act(appointment: Appointment, now: datetime) -> None:
        request_correction(appointment=appointment, now=now)

    said = _("Thank you. The office will look at it. You keep your appointment.")
    return _do(request, act, said=said)


@applicant_session.applicant_view("POST")
def send_phone_code(request: HttpRequest) -> HttpResponse:
    """A code for the number to which reminders are to go."""

    def act(appointment: Appointment, now: datetime) -> None:
        request_phone_code(applicant=appointment.applicant, now=now)

    return _do(request, act, said=_("The SMS is on its way to you."))


@applicant_session.applicant_view("POST")
def confirm_phone(request: HttpRequest) -> HttpResponse:
    """The code from the short message."""

    def act(appointment: Appointment, now: datetime) -> None:
        code = request.POST.get("code", "")
        prove_phone(applicant=appointment.applicant, code=code, now=now)

    return _do(request, act, said=_("Your mobile number is confirmed."))


@applicant_session.applicant_view("POST")
def stop_text_messages(request: HttpRequest) -> HttpResponse:
    """No short message from now on."""

    def act(appointment: Appointment, now: datetime) -> None:
        stop_texts(applicant=appointment.applicant)

    return _do(request, act, said=_("We send you no more SMS."))


@applicant_session.applicant_view("GET", "HEAD", "POST")
def rebook_appointment(request: HttpRequest) -> HttpResponse:
    """Other free times, and the button that takes one instead."""
    now = timezone.now()
    if request.method == "POST":
        return _rebook(request, form_subjects.appointment(request, now=now), now=now)
    appointment = applicant_session.own_appointment(request, now=now)
    if appointment is None:
        return see_other("booking:manage", visit="over")
    if appointment.status != Status.BOOKED or not standing(appointment, now=now)["takes_place"]:
        return see_other("booking:manage")
    try:
        check_changes(appointment)
    except TooManyChanges as refusal:
        return _other_times(request, appointment, now=now, status=409, refusal=refusal)
    return _other_times(request, appointment, now=now)


def _rebook(request: HttpRequest, appointment: Appointment, *, now: datetime) -> HttpResponse:
    check_clock(now=now)
    slot_id = slot_of(request.POST.get("slot", ""), appointment.applicant)
    try:
        form_subjects.check(request, appointment)
        if slot_id is None:
            return _other_times(request, appointment, now=now, status=422, unchosen=True)
        revision = appointment.revision
        rebook(appointment=appointment, slot_id=slot_id, revision=revision, now=now)
    except Refused as refusal:
        appointment = Appointment.objects.select_related("slot", "applicant").get(pk=appointment.pk)
        if not _is_moved(request, appointment, slot_id):
            return _refused(request, appointment, refusal, now=now)
    applicant_session.set_shown(request, applicant_session.MANAGED, appointment, now=now)
    applicant_session.say(request, _("Your appointment is moved."))
    return see_other("booking:manage")


def _is_moved(request: HttpRequest, appointment: Appointment, slot_id: int | None) -> bool:
    there = appointment.status in SETTLED and appointment.slot_id == slot_id
    return there and form_subjects.already(request, appointment, "rebook") is not None


def _refused(
    request: HttpRequest, appointment: Appointment, refusal: Refused, *, now: datetime
) -> HttpResponse:
    if appointment.status != Status.BOOKED:
        return page_of(request, appointment, refusal)
    return _other_times(request, appointment, now=now, status=409, refusal=refusal)


def _other_times(
    request: HttpRequest,
    appointment: Appointment,
    *,
    now: datetime,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    context |= {
        "acts_on": appointment,
        **free_times(appointment.applicant, now=now, fresh=status == 409),
        **when(appointment),
    }
    text = render_to_string("booking/rebook.html", context, request)
    return HttpResponse(check_choice_again(text, request, appointment.applicant), status=status)

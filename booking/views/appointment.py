"""The booked appointment, on one page that is worth a screenshot; and what to bring."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from booking.appointment_pdf import print_appointment
from booking.models import Appointment
from booking.notifications.calendar import calendar_file
from booking.papers import papers_for
from booking.views import applicant_session
from booking.views.slot_picker import standing, when
from booking.windows import local_day
from config.foundation.dates import show_birth_date
from config.foundation.office import current_office
from config.foundation.printing import as_download, pdf_answer
from config.foundation.redirects import see_other
from config.foundation.sheets import qr_svg
from config.foundation.texts import page_language
from documents.catalogue import emergency_checklist
from eligibility import situation


@applicant_session.applicant_view("GET", "HEAD")
def bring(request: HttpRequest) -> HttpResponse:
    """What to bring for this case and why, with the expected fee."""
    found = situation.eligible_situation(request.session)
    if found is None:
        return see_other("booking:start", visit="over")
    now = timezone.now()
    today = local_day(now, zone=current_office().zone)
    entered = situation.has_details(request.session)
    applicant = applicant_session.applicant_of(request, now=now) if entered else None
    born = applicant.birth_date if applicant else ""
    papers = emergency_checklist(category=found.decision.category, on=today, born=born)
    return render(request, "booking/checklist.html", {"list": papers, "today": today, "have": ()})


@applicant_session.applicant_view("GET", "HEAD")
def show(request: HttpRequest) -> HttpResponse:
    """Reference, day, time, place and papers; the letter is only a copy of it."""
    now = timezone.now()
    appointment = applicant_session.own_appointment(request, now=now)
    if appointment is None:
        return see_other("booking:start", visit="over")
    day = local_day(appointment.slot.starts_at, zone=current_office().zone)
    stands = standing(appointment, now=now)
    context = {
        "appointment": appointment,
        "applicant": appointment.applicant,
        "birth_date": show_birth_date(appointment.applicant.birth_date),
        **stands,
        "closed_because": appointment.slot.closed_because(),
        "qr": qr_svg(appointment.reference, title=appointment.reference),
        "be_there": current_office().be_there(appointment.slot.starts_at),
        "minutes": (appointment.slot.ends_at - appointment.slot.starts_at) // timedelta(minutes=1),
        "may_wait": _may_wait(request, appointment, day=day, now=now),
        "list": papers_for(appointment) if stands["takes_place"] else None,
        **when(appointment),
    }
    return render(request, "booking/appointment.html", context)


def _may_wait(request: HttpRequest, appointment: Appointment, *, day: date, now: datetime) -> bool:
    """Whether this browser books for somebody whose appointment comes after the day of need."""
    if appointment.need_by is None or day <= appointment.need_by:
        return False
    applicant = applicant_session.applicant_of(request, now=now)
    return applicant is not None and applicant.pk == appointment.applicant_id


def _settled_appointment(request: HttpRequest, *, now: datetime) -> Appointment | HttpResponse:
    """The appointment that there are files of, or the way to the page that says why not."""
    appointment = applicant_session.own_appointment(request, now=now)
    if appointment is None:
        return see_other("booking:start", visit="over")
    if not standing(appointment, now=now)["takes_place"]:
        return see_other("booking:appointment")
    return appointment


@applicant_session.applicant_view("GET", "HEAD")
def calendar(request: HttpRequest) -> HttpResponse:
    """The appointment for a calendar."""
    now = timezone.now()
    appointment = _settled_appointment(request, now=now)
    if isinstance(appointment, HttpResponse):
        return appointment
    file = calendar_file(appointment, office=current_office(), now=now)
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    return as_download(response, f"{appointment.reference}.ics")


@applicant_session.applicant_view("GET", "HEAD")
def pdf(request: HttpRequest) -> HttpResponse:
    """The appointment and its papers to print."""
    now = timezone.now()
    appointment = _settled_appointment(request, now=now)
    if isinstance(appointment, HttpResponse):
        return appointment
    language = page_language()
    response = pdf_answer(
        request,
        lambda: print_appointment(appointment, office=current_office(), language=language, now=now),
        now=now,
    )
    return as_download(response, f"{appointment.reference}.pdf")

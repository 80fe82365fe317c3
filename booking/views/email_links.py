"""Links from letters: GET shows or opens a short session, and a link that is over says so."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from booking.models import Appointment, Invitation, Token, WaitingEntry
from booking.models.applicants import subject_of_token, was_token
from booking.views import applicant_session, invitations
from config.foundation import limits
from config.foundation.outbox import row_id
from config.foundation.redirects import see_other

WRONG_LINKS, WRONG_LINKS_PER = 20, timedelta(minutes=10)


@applicant_session.applicant_view("GET", "HEAD")
def manage(request: HttpRequest, secret: str) -> HttpResponse:
    """The link to an appointment."""
    return _to_appointment(request, secret, "booking:manage")


@applicant_session.applicant_view("GET", "HEAD")
def give_back(request: HttpRequest, secret: str) -> HttpResponse:
    """The link to the page on which one press gives an appointment back."""
    return _to_appointment(request, secret, "booking:give_back")


def _to_appointment(request: HttpRequest, secret: str, page: str) -> HttpResponse:
    now = timezone.now()
    pk = _pk(secret, Token.Purpose.MANAGE, now=now)
    rows = Appointment.objects.filter(applicant__forgotten_at=None)
    appointment = rows.filter(pk=pk).first() if pk else None
    if appointment is None:
        return dead(request, secret, Token.Purpose.MANAGE, now=now)
    if request.method == "GET":
        applicant_session.open_for_a_while(request, applicant_session.MANAGED, appointment, now=now)
    return _away(page)


@applicant_session.applicant_view("GET", "HEAD")
def waiting(request: HttpRequest, secret: str) -> HttpResponse:
    """The link to a place on the waiting list, or to the offer that has to be answered there."""
    now = timezone.now()
    entry = None
    for purpose, by in ((Token.Purpose.WAITING, "pk"), (Token.Purpose.OFFER, "offers")):
        if pk := _pk(secret, purpose, now=now):
            rows = WaitingEntry.objects.filter(applicant__forgotten_at=None)
            entry = rows.filter(**{by: pk}).first()
    if entry is None:
        return dead(request, secret, Token.Purpose.WAITING, Token.Purpose.OFFER, now=now)
    if request.method == "GET":
        applicant_session.open_for_a_while(request, applicant_session.WAITING, entry, now=now)
    return _away("booking:waiting")


@applicant_session.applicant_view("GET", "HEAD")
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """The link to an invitation: to its times, to the appointment, or to why neither is there."""
    now = timezone.now()
    pk = _pk(secret, Token.Purpose.INVITATION, now=now)
    rows = Invitation.objects.filter(applicant__forgotten_at=None)
    row = rows.select_related("applicant", "quota").filter(pk=pk).first() if pk else None
    if row is None:
        return dead(request, secret, Token.Purpose.INVITATION, now=now)
    response = invitations.lead_on(request, row, now=now)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _away(name: str) -> HttpResponse:
    response = see_other(name)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _pk(secret: str, purpose: Token.Purpose, *, now: datetime) -> int | None:
    subject = subject_of_token(secret, purpose=purpose, now=now)
    return row_id(subject) if subject else None


def dead(
    request: HttpRequest, secret: str, *purposes: Token.Purpose, now: datetime
) -> HttpResponse:
    """410 for a link that is over, 404 for one that never was, 429 to somebody who guesses."""
    if any(was_token(secret, purpose=purpose) for purpose in purposes):
        # the session is not read: that would forget who presses again after a lost answer
        context = {"of_code": Token.Purpose.VERIFY in purposes}
        return render(request, "booking/link_over.html", context, status=410)
    visitor = limits.client_address(request)
    within = limits.take("wrong-link", visitor, limit=WRONG_LINKS, per=WRONG_LINKS_PER, now=now)
    return render(request, "booking/link_over.html", status=404 if within else 429)

"""Whoever was invited comes in here: by reference and date of birth, or by the link of a letter."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from booking.actions.details import find_invitation
from booking.actions.refusals import InvitationOver, InvitationUsed
from booking.forms import InvitationForm
from booking.models import Appointment, Invitation
from booking.states import SETTLED, InvitationState
from booking.views import applicant_session
from config.foundation import limits
from config.foundation.actions import Refused
from config.foundation.language_switch import refill
from config.foundation.redirects import see_other

_ENDS = {
    InvitationState.WITHDRAWN: InvitationOver,
    InvitationState.OVER: InvitationOver,
    InvitationState.USED: InvitationUsed,
}


@applicant_session.applicant_view("GET", "HEAD", "POST")
def invitation(request: HttpRequest) -> HttpResponse:
    """The question for reference and date of birth, unless this browser has answered it."""
    now = timezone.now()
    opened = _opened(request, now=now)
    if opened is not None and request.method != "POST":
        return lead_on(request, opened, now=now)
    form = InvitationForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        refill(request, form)
        return _page(request, form, status=422 if form.is_bound else 200)
    try:
        found = find_invitation(
            **form.cleaned_data, visitor=limits.client_address(request), now=now
        )
    except Refused as refusal:
        return applicant_session.refused(
            request, "booking/invitation.html", refusal, {"form": form}
        )
    return lead_on(request, found, now=now)


def _opened(request: HttpRequest, *, now: datetime) -> Invitation | None:
    """The invitation of whom this browser acts for."""
    person = applicant_session.applicant_of(request, now=now)
    if person is None or person.invitation_id is None:
        appointment = applicant_session.own_appointment(request, now=now)
        person = appointment.applicant if appointment else None
    return person.invitation if person else None


def lead_on(request: HttpRequest, row: Invitation, *, now: datetime) -> HttpResponse:
    """To the times, to the appointment that was chosen, or the page that says why not."""
    refusal = _ENDS.get(row.state_at(now))
    if refusal is not None:
        return applicant_session.refused(
            request, "booking/invitation.html", refusal(), {"form": None, "invitation": row}
        )
    chosen = Appointment.objects.filter(invitation=row, status__in=SETTLED).first()
    if request.method != "HEAD":
        if chosen is None:
            applicant_session.remember_invited(request, row.applicant, now=now)
        else:
            applicant_session.open_for_a_while(request, applicant_session.MANAGED, chosen, now=now)
    return see_other("booking:times" if chosen is None else "booking:manage")


def _page(request: HttpRequest, form: InvitationForm, *, status: int) -> HttpResponse:
    return render(request, "booking/invitation.html", {"form": form}, status=status)

"""The waiting list: join, see the place, answer an offer, leave."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from booking.actions.applicants import follow_language
from booking.actions.offers import accept, decline, may_swap_to, open_offer, swap
from booking.actions.refusals import BookingRefused, OfferGone
from booking.actions.waiting import join, leave, position
from booking.models import Applicant, Appointment, WaitingEntry
from booking.states import Waiting
from booking.views import visit
from booking.views.choosing import free_times, slot_of, when
from config.foundation.clock import check_clock
from config.foundation.dates import show_moment
from config.foundation.office import current_office
from config.foundation.redirects import see_other

# A range, not a number: who stands just before somebody is nobody's business.
_STEP = 10


@visit.page("GET", "HEAD", "POST")
def waiting(request: HttpRequest) -> HttpResponse:
    """The place on the list and an offer to answer, or the button to join."""
    now = timezone.now()
    entry = visit.own_entry(request, now=now)
    if request.method != "POST" and entry is not None and entry.status == Waiting.WAITING:
        return _place(request, entry, now=now)
    applicant = visit.applicant_of(request, now=now)
    if applicant is None or not applicant.is_verified:
        return _ended(request, entry)
    if request.method != "POST":
        return _invitation(request, applicant, entry)
    follow_language(applicant=applicant, language=get_language() or "de")
    try:
        visit.check_answers(request, applicant)
        join(applicant=applicant, now=now)
    except BookingRefused as refusal:
        return _invitation(request, applicant, entry, refusal)
    return see_other("booking:waiting")


def _place(
    request: HttpRequest,
    entry: WaitingEntry,
    *,
    now: datetime,
    refusal: BookingRefused | None = None,
) -> HttpResponse:
    offer = open_offer(entry, now=now)
    before = position(entry) // _STEP * _STEP
    until = offer.held_until if offer else None
    context = {
        "entry": entry,
        "offer": offer,
        "offer_when": when(offer) if offer else None,
        "from": before + 1,
        "to": before + _STEP,
        "offer_until": show_moment(until, current_office().zone) if until else "",
        "others": _exchangeable(entry, now=now)["free"] if offer else 0,
    }
    if refusal is not None:
        return visit.refused(request, "booking/waiting.html", refusal, context)
    return render(request, "booking/waiting.html", context)


def _invitation(
    request: HttpRequest,
    applicant: Applicant,
    entry: WaitingEntry | None,
    refusal: BookingRefused | None = None,
) -> HttpResponse:
    context = {"applicant": applicant, "ended": entry}
    if refusal is not None:
        return visit.refused(request, "booking/waiting_join.html", refusal, context)
    return render(request, "booking/waiting_join.html", context)


def _ended(request: HttpRequest, entry: WaitingEntry | None) -> HttpResponse:
    if entry is None:
        return see_other("booking:start")
    return render(request, "booking/waiting_join.html", {"ended": entry})


@visit.page("POST")
def accept_offer(request: HttpRequest) -> HttpResponse:
    """Takes the offered time."""
    return _answer(request, accepting=True)


@visit.page("POST")
def decline_offer(request: HttpRequest) -> HttpResponse:
    """Passes the offered time on and keeps the place."""
    return _answer(request, accepting=False)


def _answer(request: HttpRequest, *, accepting: bool) -> HttpResponse:
    now = timezone.now()
    entry = visit.own_entry(request, now=now)
    if entry is None:
        return see_other("booking:start")
    offer = entry.offers.select_related("slot", "applicant").order_by("-pk").first()
    if offer is None:
        return see_other("booking:waiting")
    try:
        if not accepting:
            decline(appointment=offer, now=now)
            return see_other("booking:waiting")
        check_clock(now=now)
        booked = accept(appointment=offer, now=now)
    except BookingRefused as refusal:
        return _place(request, entry, now=now, refusal=refusal)
    visit.open_for_a_while(request, visit.MANAGED, booked, now=now)
    return see_other("booking:appointment")


@visit.page("GET", "HEAD", "POST")
def swap_offer(request: HttpRequest) -> HttpResponse:
    """Other free times, and the button that exchanges the offered one."""
    now = timezone.now()
    entry = visit.own_entry(request, now=now)
    offer = open_offer(entry, now=now) if entry else None
    if entry is None or (offer is None and request.method != "POST"):
        return see_other("booking:waiting")
    if offer is None:
        return _place(request, entry, now=now, refusal=OfferGone())
    if request.method != "POST":
        return _other_times(request, entry, offer, now=now)
    slot_id = slot_of(request.POST.get("slot", ""), entry.applicant)
    if slot_id is None:
        return _other_times(request, entry, offer, now=now, status=422, unchosen=True)
    try:
        swap(appointment=offer, slot_id=slot_id, now=now)
    except OfferGone as refusal:
        return _place(request, entry, now=now, refusal=refusal)
    except BookingRefused as refusal:
        return _other_times(request, entry, offer, now=now, status=409, refusal=refusal)
    return see_other("booking:waiting")


def _other_times(
    request: HttpRequest,
    entry: WaitingEntry,
    offer: Appointment,
    *,
    now: datetime,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    context |= {**_exchangeable(entry, now=now, fresh=status == 409), **when(offer)}
    return render(request, "booking/swap.html", context, status=status)


def _exchangeable(entry: WaitingEntry, *, now: datetime, fresh: bool = False) -> dict[str, Any]:
    suits = partial(may_swap_to, entry=entry, now=now)
    return free_times(entry.applicant, now=now, fresh=fresh, suits=suits)


@visit.page("POST")
def leave_list(request: HttpRequest) -> HttpResponse:
    """Gives the place up."""
    now = timezone.now()
    entry = visit.own_entry(request, now=now)
    if entry is not None:
        leave(entry=entry, now=now)
    return see_other("booking:waiting")

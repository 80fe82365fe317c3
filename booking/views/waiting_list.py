"""The waiting list: join, see the place, answer an offer, leave."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.actions.applicants import follow_language
from booking.actions.offers import accept, decline, may_swap_to, open_offer, swap
from booking.actions.preconditions import has_visit_to_keep
from booking.actions.refusals import KeepAppointment, NotYours, OfferGone, PageOutdated
from booking.actions.undelivered_offers import certain_until
from booking.actions.waiting_list import join, leave, position
from booking.deadlines import AWAKE, OFFER_TIMES
from booking.models import Applicant, Appointment, WaitingEntry
from booking.states import SETTLED, Status, WaitingStatus
from booking.views import applicant_session, form_subjects, kept_visit
from booking.views.slot_picker import check_choice_again, free_times, slot_of, when
from booking.waiting_list_pdf import print_waiting
from booking.waiting_time import how_long_a_place_lasts
from config.foundation.actions import Refused
from config.foundation.clock import check_clock
from config.foundation.dates import say_moment, say_period, show_day
from config.foundation.office import current_office
from config.foundation.printing import as_download, pdf_answer
from config.foundation.redirects import see_other
from config.foundation.texts import page_language

# A range, not a number: who stands just before somebody is nobody's business.
_STEP = 10
_MOST, _MIDDLE, _LEAST = (lasting for _ahead, lasting in OFFER_TIMES)


@applicant_session.applicant_view("GET", "HEAD", "POST")
def waiting(request: HttpRequest) -> HttpResponse:
    """The place on the list and an offer to answer, or the button to join."""
    now = timezone.now()
    entry = applicant_session.own_entry(request, now=now)
    if request.method != "POST" and entry is not None and entry.status == WaitingStatus.WAITING:
        return _place(request, entry, now=now)
    applicant = applicant_session.applicant_of(request, now=now)
    if applicant is not None and applicant.invitation_id is not None:
        return see_other("booking:times")  # the list is about emergencies
    if applicant is None or (entry is not None and not applicant.is_verified):
        return _ended(request, entry)
    if not applicant.is_verified:
        return see_other("booking:verify")
    if request.method != "POST":
        if has_visit_to_keep(applicant, now=now):
            return kept_visit.page(request, applicant, now=now)
        return _invitation(request, applicant, entry)
    follow_language(applicant=applicant, language=page_language())
    try:
        form_subjects.check_applicant(request, applicant, now=now)
        applicant_session.check_answers(request, applicant)
        joined = join(applicant=applicant, now=now)
    except NotYours:
        raise
    except KeepAppointment as refusal:
        return kept_visit.page(request, applicant, now=now, refusal=refusal)
    except Refused as refusal:
        return _invitation(request, applicant, entry, refusal)
    applicant_session.set_shown(request, applicant_session.WAITING, joined, now=now)
    applicant_session.say(
        request, _("You are on the waiting list. A confirmation e-mail is on its way.")
    )
    return see_other("booking:waiting")


@applicant_session.applicant_view("GET", "HEAD")
def pdf(request: HttpRequest) -> HttpResponse:
    """Since when somebody waits, on paper for an employer."""
    now = timezone.now()
    entry = applicant_session.own_entry(request, now=now)
    if entry is None or entry.status != WaitingStatus.WAITING:
        return see_other("booking:waiting")
    language = page_language()
    response = pdf_answer(
        request,
        lambda: print_waiting(entry, office=current_office(), language=language, now=now),
        now=now,
    )
    return as_download(response, "warteliste.pdf")


def _place(
    request: HttpRequest,
    entry: WaitingEntry,
    *,
    now: datetime,
    refusal: Refused | None = None,
) -> HttpResponse:
    offer = open_offer(entry, now=now)
    before = position(entry) // _STEP * _STEP
    office = current_office()
    zone = office.zone
    context = {
        "entry": entry,
        "offer": offer,
        "offer_when": when(offer) if offer else None,
        "from": before + 1,
        "to": before + _STEP,
        "offer_until": _said_until(offer) if offer else "",
        "others": _exchangeable(entry, now=now)["free"] if offer else 0,
        "as_of": say_moment(now, zone),
        "joined": say_moment(entry.joined_at, zone),
        "needed_by": show_day(entry.need_by) if entry.need_by else "",
        "answer": {
            "most": say_period(_MOST),
            "middle": say_period(_MIDDLE),
            "least": _LEAST // timedelta(minutes=1),
        },
        "lasts": how_long_a_place_lasts(),
        "wakes": f"{AWAKE[0]:%H:%M}",
        "sleeps": f"{AWAKE[1]:%H:%M}",
    }
    if refusal is not None:
        return applicant_session.refused(request, "booking/waiting.html", refusal, context)
    return render(request, "booking/waiting.html", context)


def _invitation(
    request: HttpRequest,
    applicant: Applicant,
    entry: WaitingEntry | None,
    refusal: Refused | None = None,
) -> HttpResponse:
    context = {"applicant": applicant, "ended": entry, "lasts": how_long_a_place_lasts()}
    if refusal is not None:
        return applicant_session.refused(request, "booking/waiting_join.html", refusal, context)
    return render(request, "booking/waiting_join.html", context)


def _ended(
    request: HttpRequest, entry: WaitingEntry | None, refusal: Refused | None = None
) -> HttpResponse:
    if entry is None:
        return see_other("booking:start", visit="over")
    if refusal is not None:
        return applicant_session.refused(
            request, "booking/waiting_join.html", refusal, {"ended": entry}
        )
    return render(request, "booking/waiting_join.html", {"ended": entry})


def _present(
    request: HttpRequest, entry: WaitingEntry, *, now: datetime, refusal: Refused
) -> HttpResponse:
    """The place as it is now, with why something was refused."""
    entry.refresh_from_db()
    if entry.status != WaitingStatus.WAITING:
        return _ended(request, entry, refusal)
    return _place(request, entry, now=now, refusal=refusal)


@applicant_session.applicant_view("POST")
def accept_offer(request: HttpRequest) -> HttpResponse:
    """Takes the offered time."""
    return _answer(request, accepting=True)


@applicant_session.applicant_view("POST")
def decline_offer(request: HttpRequest) -> HttpResponse:
    """Passes the offered time on and keeps the place."""
    return _answer(request, accepting=False)


def _answer(request: HttpRequest, *, accepting: bool) -> HttpResponse:
    now = timezone.now()
    offer = form_subjects.offer(request, now=now)
    try:
        form_subjects.check_offer(request, offer)
        if accepting:
            check_clock(now=now)
            return _to_appointment(request, accept(appointment=offer, now=now), now=now)
        decline(appointment=offer, now=now)
    except Refused as refusal:
        offer.refresh_from_db()
        if accepting and (booked := _accepted(request, offer)):
            return _to_appointment(request, booked, now=now)
        passed_on = offer.status == Status.DECLINED and form_subjects.already(
            request, offer, "decline"
        )
        if accepting or not passed_on:
            return _present(request, _place_of(offer), now=now, refusal=refusal)
    applicant_session.set_shown(request, applicant_session.WAITING, _place_of(offer), now=now)
    applicant_session.say(
        request, _("You have declined the appointment. You keep your place on the list.")
    )
    return see_other("booking:waiting")


def _place_of(offer: Appointment) -> WaitingEntry:
    """Whose offer it is: every offer has a place, by `appointment_offer_has_entry`."""
    assert offer.entry is not None  # noqa: S101
    return offer.entry


def _accepted(request: HttpRequest, offer: Appointment) -> Appointment | None:
    """What the same press has booked already: the offer itself, or what was moved to its time."""
    made = form_subjects.already(request, offer, "accept", "hand_over")
    if made is None:
        return None
    of_person = Appointment.objects.of_person(offer.person_key, offer.namesake_number)
    return of_person.filter(status__in=SETTLED, slot=made.slot_id).first()


def _to_appointment(request: HttpRequest, booked: Appointment, *, now: datetime) -> HttpResponse:
    applicant_session.open_for_a_while(request, applicant_session.MANAGED, booked, now=now)
    applicant_session.say(request, _("You have booked the appointment that was reserved for you."))
    return see_other("booking:appointment")


@applicant_session.applicant_view("GET", "HEAD", "POST")
def swap_offer(request: HttpRequest) -> HttpResponse:
    """Other free times, and the button that exchanges the offered one."""
    now = timezone.now()
    if request.method == "POST":
        return _swap(request, form_subjects.offer(request, now=now), now=now)
    entry = applicant_session.own_entry(request, now=now)
    offer = open_offer(entry, now=now) if entry else None
    if entry is None or offer is None:
        return see_other("booking:waiting")
    return _other_times(request, entry, offer, now=now)


def _swap(request: HttpRequest, offer: Appointment, *, now: datetime) -> HttpResponse:
    entry = _place_of(offer)
    slot_id = slot_of(request.POST.get("slot", ""), entry.applicant)
    try:
        form_subjects.check_offer(request, offer)
        if open_offer(entry, now=now) is None:
            raise OfferGone
        if slot_id is None:
            return _other_times(request, entry, offer, now=now, status=422, unchosen=True)
        swap(appointment=offer, slot_id=slot_id, now=now)
    except Refused as refusal:
        offer.refresh_from_db()
        kept = offer.status == Status.OFFERED and offer.slot_id == slot_id
        if not (kept and form_subjects.already(request, offer, "swap")):
            return _swap_refused(request, offer, entry, refusal, now=now)
    applicant_session.set_shown(request, applicant_session.WAITING, entry, now=now)
    applicant_session.say(request, _("The other appointment is reserved for you now."))
    return see_other("booking:waiting")


def _swap_refused(
    request: HttpRequest,
    offer: Appointment,
    entry: WaitingEntry,
    refusal: Refused,
    *,
    now: datetime,
) -> HttpResponse:
    if isinstance(refusal, OfferGone | PageOutdated):
        return _present(request, entry, now=now, refusal=refusal)
    return _other_times(request, entry, offer, now=now, status=409, refusal=refusal)


def _other_times(
    request: HttpRequest,
    entry: WaitingEntry,
    offer: Appointment,
    *,
    now: datetime,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    context |= {
        "acts_on": offer,
        **_exchangeable(entry, now=now, fresh=status == 409),
        **when(offer),
        "offer_until": _said_until(offer),
    }
    text = render_to_string("booking/swap.html", context, request)
    return HttpResponse(check_choice_again(text, request, entry.applicant), status=status)


def _said_until(offer: Appointment) -> str:
    office = current_office()
    until = certain_until(offer, office=office)
    return say_moment(until, office.zone) if until else ""


def _exchangeable(entry: WaitingEntry, *, now: datetime, fresh: bool = False) -> dict[str, Any]:
    only = partial(may_swap_to, entry=entry, now=now)
    return free_times(entry.applicant, now=now, fresh=fresh, only=only)


@applicant_session.applicant_view("POST")
def leave_list(request: HttpRequest) -> HttpResponse:
    """Gives the place up."""
    now = timezone.now()
    entry = form_subjects.entry(request, now=now)
    try:
        if entry.status != WaitingStatus.LEFT:
            form_subjects.check(request, entry)
        leave(entry=entry, now=now)
    except Refused as refusal:
        return _present(request, entry, now=now, refusal=refusal)
    applicant_session.set_shown(request, applicant_session.WAITING, entry, now=now)
    applicant_session.say(request, _("You have left the waiting list."))
    return see_other("booking:waiting")

"""From the first page to the confirmed appointment, one thing per page."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from booking.actions.applicants import (
    applicant_of_link,
    discard_draft,
    request_code,
    verify_code,
)
from booking.actions.applicants import verify_link as verify_by_link
from booking.actions.bookings import book
from booking.actions.entering import enter
from booking.actions.holding import extend, give_up, hold, hold_earliest, require_open
from booking.actions.refusals import BookingRefused
from booking.availability import Availability, availability, listed
from booking.forms import CodeForm, DetailsForm
from booking.models import Applicant, Appointment, Token
from booking.states import SETTLED, Status
from booking.views import choosing, links, visit
from booking.views.choosing import clock, slot_of, when
from booking.views.proving import puzzle_for
from booking.views.written import Written
from booking.windows import local_day
from config.foundation import limits
from config.foundation.bots import is_trapped
from config.foundation.dates import show_birth_date, show_day
from config.foundation.office import CounterGroup, current_office
from config.foundation.redirects import see_other
from eligibility import situation


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What this is; reads no session and sets no cookie, for it is what thousands reload."""
    found = availability(now=timezone.now())
    key = request.get_full_path()
    response = HttpResponse(_written.text(key, found, lambda: _start(request, found)))
    # no older than our own memory, while a cache fetches the next one
    patch_cache_control(response, public=True, max_age=1, stale_while_revalidate=5)
    return response


_written = Written()


def _start(request: HttpRequest, found: Availability) -> str:
    context: dict[str, object] = {"availability": found}
    if found.next_opening_at is not None:
        opening = found.next_opening_at.astimezone(current_office().zone)
        context |= {"opening_day": show_day(opening.date()), "opening_time": f"{opening:%H:%M}"}
    return render_to_string("booking/start.html", context, request)


@visit.page("GET", "HEAD", "POST")
def details(request: HttpRequest) -> HttpResponse:
    """Who comes, and the address that the code goes to."""
    now = timezone.now()
    found = situation.current(request.session)
    if found is None:
        return see_other("booking:start")
    draft = visit.applicant_of(request, now=now)
    form = DetailsForm(
        request.POST if request.method == "POST" else None,
        initial=_entered(draft, now=now),
        today=local_day(now, zone=current_office().zone),
    )
    if not form.is_valid() or is_trapped(form, now=now):
        return _form(request, "booking/details.html", form)
    if puzzle := puzzle_for(request, now=now):
        context = {"form": form, "puzzle": puzzle, "open_at": clock(puzzle.open_at)}
        return render(request, "booking/details.html", context, status=422)
    try:
        applicant = enter(
            applicant=draft,
            **form.cleaned_data,
            situation=found.snapshot,
            language=get_language() or "de",
            verified=visit.verified_in(request),
            may_waive=visit.may_waive(request),
            visitor=limits.client_address(request),
            now=now,
        )
    except BookingRefused as refusal:
        return visit.refused(request, "booking/details.html", refusal, {"form": form})
    visit.remember(request, applicant)
    return see_other("booking:times" if applicant.is_verified else "booking:verify")


def _entered(draft: Applicant | None, *, now: datetime) -> dict[str, str]:
    if draft is None:
        return {}
    latest = visit.latest_appointment(draft)
    if latest is not None and latest.status in SETTLED:
        # the next member of the family: another person, often at the same address
        return {"email": draft.email, "phone": draft.phone}
    names = ("family_name", "given_names", "email", "phone", "access_need")
    entered = {name: getattr(draft, name) for name in names}
    return entered | {"birth_date": show_birth_date(draft.birth_date)}


@visit.step("GET", "HEAD", "POST", verified=False)
def verify(request: HttpRequest, applicant: Applicant, now: datetime) -> HttpResponse:
    """The code from the e-mail."""
    if applicant.is_verified:
        return see_other("booking:times")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form(request, "booking/verify.html", form, applicant=applicant)
    try:
        require_open(now=now)
        verify_code(applicant=applicant, code=form.cleaned_data["code"], now=now)
    except BookingRefused as refusal:
        context = {"form": form, "applicant": applicant}
        return visit.refused(request, "booking/verify.html", refusal, context)
    visit.remember(request, Applicant.objects.get(pk=applicant.pk))
    return see_other("booking:times")


@visit.step("POST", verified=False)
def resend_code(request: HttpRequest, applicant: Applicant, now: datetime) -> HttpResponse:
    """Another code, after a minute."""
    try:
        request_code(applicant=applicant, now=now)
    except BookingRefused as refusal:
        context = {"form": CodeForm(), "applicant": applicant}
        return visit.refused(request, "booking/verify.html", refusal, context)
    return see_other("booking:verify")


@visit.page("GET", "HEAD", "POST")
def verify_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The link in the code letter: showing it changes nothing, pressing the button does."""
    now = timezone.now()
    if applicant_of_link(secret=secret, now=now) is None:
        return links.dead(request, secret, Token.Purpose.VERIFY, now=now)
    if request.method != "POST":
        return render(request, "booking/verify_link.html")
    try:
        applicant = verify_by_link(secret=secret, now=now)
    except BookingRefused:
        return links.dead(request, secret, Token.Purpose.VERIFY, now=now)
    situation.resume(request.session, applicant.situation)
    visit.remember(request, applicant)
    return see_other("booking:times")


@visit.step("GET", "HEAD", "POST")
def times(request: HttpRequest, applicant: Applicant, now: datetime) -> HttpResponse:
    """The free times; choosing one holds it."""
    latest = visit.latest_appointment(applicant)
    if latest is not None and latest.status in SETTLED:
        return see_other("booking:appointment")
    if request.method != "POST":
        return _times(request, applicant, latest, now=now)
    try:
        if "earliest" in request.POST:
            hold_earliest(applicant=applicant, now=now)
        else:
            slot_id = slot_of(request.POST.get("slot", ""), applicant)
            if slot_id is None:
                return _times(request, applicant, latest, now=now, unchosen=True)
            hold(applicant=applicant, slot_id=slot_id, now=now)
    except BookingRefused as refusal:
        return _times(request, applicant, latest, now=now, refusal=refusal)
    return see_other("booking:review")


def _times(
    request: HttpRequest,
    applicant: Applicant,
    latest: Appointment | None,
    *,
    now: datetime,
    refusal: BookingRefused | None = None,
    unchosen: bool = False,
) -> HttpResponse:
    found = listed(now=now, fresh=refusal is not None)
    need = choosing.needs(applicant, found)
    held = latest if latest is not None and _is_held(latest, now=now) else None
    facts = {
        "held": when(held) if held else None,
        "lapsed": latest is not None and held is None and _has_lapsed(latest),
        "refusal": refusal
        and {"sentence": str(refusal.sentence), "needs_office": refusal.needs_office},
        "unchosen": unchosen,
    }

    def write() -> str:
        context = choosing.shown(found, need, value_for=choosing.open_value, holds=held is not None)
        context |= {
            "csrf_token": choosing.OPEN_TOKEN,
            "groups": CounterGroup.objects.exclude(mailbox=""),
        }
        return render_to_string("booking/times.html", context | facts, request)

    # thousands reload this: one text for all who see the same, with the personal places open
    text = _written.text((request.get_full_path(), need, repr(facts)), found, write)
    status = 409 if refusal else 422 if unchosen else 200
    return HttpResponse(choosing.fill(text, request, applicant), status=status)


@visit.step("GET", "HEAD", "POST")
def review(request: HttpRequest, applicant: Applicant, now: datetime) -> HttpResponse:
    """The time is held: look at everything once more, and confirm."""
    appointment = visit.latest_appointment(applicant)
    if appointment is None:
        return see_other("booking:start")
    if request.method == "POST":
        try:
            book(appointment=appointment, now=now)
        except BookingRefused as refusal:
            return _review_refused(request, appointment, refusal, now=now)
    if appointment.status in SETTLED:
        return see_other("booking:appointment")
    if not _is_held(appointment, now=now):
        return see_other("booking:times")
    return render(request, "booking/review.html", _review(appointment, now=now))


def _review(appointment: Appointment, *, now: datetime) -> dict[str, object]:
    return {
        "appointment": appointment,
        "applicant": appointment.applicant,
        "birth_date": show_birth_date(appointment.applicant.birth_date),
        "now": now,
        "held_until": clock(appointment.held_until),
        **when(appointment),
    }


def _review_refused(
    request: HttpRequest, appointment: Appointment, refusal: BookingRefused, *, now: datetime
) -> HttpResponse:
    if _is_held(appointment, now=now):
        return visit.refused(request, "booking/review.html", refusal, _review(appointment, now=now))
    return _times(request, appointment.applicant, appointment, now=now, refusal=refusal)


@visit.step("POST")
def extend_hold(request: HttpRequest, applicant: Applicant, now: datetime) -> HttpResponse:
    """Ten more minutes."""
    appointment = visit.latest_appointment(applicant)
    if appointment is None:
        return see_other("booking:start")
    try:
        extend(appointment=appointment, now=now)
    except BookingRefused as refusal:
        return _review_refused(request, appointment, refusal, now=now)
    return see_other("booking:review")


@visit.step("POST")
def give_up_hold(request: HttpRequest, applicant: Applicant, now: datetime) -> HttpResponse:
    """Back to the list; the time is free for others."""
    appointment = visit.latest_appointment(applicant)
    if appointment is None:
        return see_other("booking:start")
    try:
        give_up(appointment=appointment, now=now)
    except BookingRefused as refusal:
        return _review_refused(request, appointment, refusal, now=now)
    return see_other("booking:times")


@visit.page("POST")
def end(request: HttpRequest) -> HttpResponse:
    """Ends everything here and deletes what was entered; an appointment stays."""
    now = timezone.now()
    applicant = visit.applicant_of(request, now=now)
    if applicant is not None:
        discard_draft(applicant=applicant, now=now)
    request.session.flush()
    return see_other("booking:start")


def _is_held(appointment: Appointment, *, now: datetime) -> bool:
    until = appointment.free_from
    return appointment.status == Status.HELD and until is not None and until > now


def _has_lapsed(appointment: Appointment) -> bool:
    return appointment.status in {Status.HELD, Status.EXPIRED}


def _form(request: HttpRequest, template: str, form: object, **context: object) -> HttpResponse:
    bound = getattr(form, "is_bound", False)
    return render(request, template, {"form": form, **context}, status=422 if bound else 200)

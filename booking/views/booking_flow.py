"""From the first page to the confirmed appointment, one thing per page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from booking.actions.applicants import (
    applicant_of_link,
    request_code,
    verify_code,
)
from booking.actions.applicants import verify_link as verify_by_link
from booking.actions.details import submit_details
from booking.actions.holds import hold, hold_earliest
from booking.actions.preconditions import has_visit_to_keep, require_open
from booking.actions.refusals import (
    EntriesChanged,
    KeepAppointment,
    NotYours,
    PageOutdated,
    WrongCode,
)
from booking.actions.verification_codes import code_status
from booking.availability import Availability, availability
from booking.forms import DetailsForm
from booking.models import Applicant, Appointment, Token
from booking.states import SETTLED, Status
from booking.views import (
    applicant_session,
    email_links,
    form_subjects,
    kept_visit,
    repeated_requests,
    slot_picker,
)
from booking.views.page_cache import PageCache
from booking.views.proof_of_work import puzzle_for
from booking.views.slot_picker import clock, slot_of, when
from booking.windows import local_day
from config.foundation import limits
from config.foundation.actions import Refused
from config.foundation.bots import is_trapped
from config.foundation.clock import check_clock
from config.foundation.dates import show_birth_date, show_day
from config.foundation.language_switch import refill
from config.foundation.office import current_office
from config.foundation.person_forms import CodeForm
from config.foundation.redirects import see_other
from config.foundation.texts import page_language
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


_written = PageCache()


def _start(request: HttpRequest, found: Availability) -> str:
    context: dict[str, object] = {"availability": found, "visit": request.GET.get("visit")}
    if found.next_opening_at is not None:
        opening = found.next_opening_at.astimezone(current_office().zone)
        context |= {"opening_day": show_day(opening.date()), "opening_time": f"{opening:%H:%M}"}
    return render_to_string("booking/start.html", context, request)


@applicant_session.applicant_view("GET", "HEAD", "POST")
def details(request: HttpRequest) -> HttpResponse:
    """Who comes, and the address that the code goes to."""
    now = timezone.now()
    found = situation.eligible_situation(request.session)
    if found is None:
        return see_other("booking:start", visit="over")
    draft = applicant_session.applicant_of(request, now=now)
    if draft is not None and draft.invitation_id is not None:
        draft = None  # the office entered that person; this is about an emergency
    form = _details_form(request.POST if request.method == "POST" else None, draft, now=now)
    refill(request, form)
    acts_on: dict[str, Any] = {"acts_on": draft or form_subjects.NOBODY}
    if request.method == "POST":
        try:
            form_subjects.check_draft(request, draft, now=now)
        except PageOutdated as refusal:
            return _changed_meanwhile(request, draft, form, found.snapshot, refusal, now=now)
    if not form.is_valid() or is_trapped(form, now=now):
        return _form(request, "booking/details.html", form, **acts_on)
    if puzzle := puzzle_for(request, now=now):
        context = {"form": form, "puzzle": puzzle, "open_at": clock(puzzle.open_at), **acts_on}
        return render(request, "booking/details.html", context, status=422)
    try:
        applicant = submit_details(
            applicant=draft,
            **form.cleaned_data,
            situation=found.snapshot,
            language=page_language(),
            verified=applicant_session.verified_applicant_of(request),
            may_waive=applicant_session.may_waive(request),
            visitor=limits.client_address(request),
            now=now,
        )
    except Refused as refusal:
        return applicant_session.refused(
            request, "booking/details.html", refusal, {"form": form, **acts_on}
        )
    applicant_session.remember(request, applicant, now=now)
    return _go_on(applicant, draft, now=now)


def _details_form(data: Any, draft: Applicant | None, *, now: datetime) -> DetailsForm:
    today = local_day(now, zone=current_office().zone)
    return DetailsForm(data, initial=_entered(draft, now=now), today=today)


def _changed_meanwhile(
    request: HttpRequest,
    draft: Applicant | None,
    form: DetailsForm,
    situation: dict[str, Any],
    refusal: PageOutdated,
    *,
    now: datetime,
) -> HttpResponse:
    # the same entries once more have been taken; others are somebody else's or newer ones
    if draft is not None and form.is_valid() and draft.situation == situation:
        entered = form.cleaned_data
        if all(getattr(draft, name) == value for name, value in entered.items()):
            return _go_on(draft, draft, now=now)
    present = {
        "form": _details_form(None, draft, now=now),
        "acts_on": draft or form_subjects.NOBODY,
    }
    return applicant_session.refused(request, "booking/details.html", refusal, present)


def _go_on(applicant: Applicant, draft: Applicant | None, *, now: datetime) -> HttpResponse:
    """To the code, to the times, or back to the review whence somebody changed their entries."""
    if not applicant.is_verified:
        return see_other("booking:verify")
    latest = applicant_session.latest_appointment(draft) if draft else None
    held = latest is not None and is_held(latest, now=now)
    return see_other("booking:review" if held else "booking:times")


def _entered(draft: Applicant | None, *, now: datetime) -> dict[str, str | bool]:
    if draft is None:
        return {}
    latest = applicant_session.latest_appointment(draft)
    if latest is not None and latest.status in SETTLED:
        # the next member of the family: another person, often at the same address
        return {"email": draft.email, "phone": draft.phone, "text_me": draft.text_me}
    names = ("family_name", "given_names", "email", "phone", "text_me", "access_need")
    entered = {name: getattr(draft, name) for name in names}
    return entered | {"birth_date": show_birth_date(draft.birth_date)}


@applicant_session.applicant_view("GET", "HEAD", "POST")
def verify(request: HttpRequest) -> HttpResponse:
    """The code from the e-mail; pressed again after a lost answer, it leads on once more."""
    if request.method == "POST" and repeated_requests.is_lost(request) and _typed_again(request):
        return see_other("booking:times")
    return _verify(request)


@applicant_session.applicant_required("GET", "HEAD", "POST", verified=False)
def _verify(request: HttpRequest, applicant: Applicant, now: datetime) -> HttpResponse:
    if applicant.is_verified:
        return see_other("booking:times")
    form = CodeForm(request.POST if request.method == "POST" else None)
    refill(request, form)
    if request.method == "POST" and (changed := _other_person(request, applicant, now=now)):
        return changed
    if not form.is_valid():
        return _form(request, "booking/verify.html", form, **_verifying(applicant, now=now))
    code = form.cleaned_data["code"]
    try:
        require_open(now=now)
        verify_code(applicant=applicant, code=code, now=now)
    except Refused as refusal:
        # pressed twice: the other request has used the code up
        if isinstance(refusal, WrongCode | EntriesChanged) and _typed_again(request):
            return see_other("booking:times")
        context = {"form": form, **_verifying(applicant, now=now)}
        return applicant_session.refused(request, "booking/verify.html", refusal, context)
    repeated_requests.keep_proof(request, applicant, proof=code, now=now)
    applicant_session.remember(request, applicant, now=now)
    return see_other("booking:times")


def _other_person(
    request: HttpRequest, applicant: Applicant, *, now: datetime
) -> HttpResponse | None:
    """The page of the code as it is now, when the entries are not those that the form showed."""
    try:
        form_subjects.check_applicant(request, applicant, now=now)
    except PageOutdated as refusal:
        context = {"form": CodeForm(), **_verifying(applicant, now=now)}
        return applicant_session.refused(request, "booking/verify.html", refusal, context)
    return None


def _typed_again(request: HttpRequest) -> bool:
    form, now = CodeForm(request.POST), timezone.now()
    check_clock(now=now)
    return form.is_valid() and _proved_again(request, form.cleaned_data["code"], now=now)


def _proved_again(request: HttpRequest, proof: str, *, now: datetime) -> bool:
    applicant = repeated_requests.recently_verified_applicant(request, proof=proof, now=now)
    if applicant is not None:
        situation.resume(request.session, applicant.situation)
        applicant_session.remember(request, applicant, now=now)
    return applicant is not None


def _verifying(applicant: Applicant, *, now: datetime) -> dict[str, object]:
    code = code_status(applicant=applicant, now=now)
    return {"applicant": applicant, "code": code, "keeps": reverse("booking:verify")}


@applicant_session.applicant_required("POST", verified=False)
def resend_code(request: HttpRequest, applicant: Applicant, now: datetime) -> HttpResponse:
    """Another code, after a minute."""
    if changed := _other_person(request, applicant, now=now):
        return changed
    try:
        request_code(applicant=applicant, now=now)
    except Refused as refusal:
        context = {"form": CodeForm(), **_verifying(applicant, now=now)}
        return applicant_session.refused(request, "booking/verify.html", refusal, context)
    return see_other("booking:verify")


@applicant_session.applicant_view("GET", "HEAD", "POST")
def verify_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The link in the code letter: showing it changes nothing, pressing the button does."""
    now = timezone.now()
    applicant = applicant_of_link(secret=secret, now=now)
    if applicant is None:
        if request.method == "POST" and _proved_again(request, secret, now=now):
            return see_other("booking:times")
        return email_links.dead(request, secret, Token.Purpose.VERIFY, now=now)
    context = {"applicant": applicant}
    if request.method != "POST":
        return render(request, "booking/verify_link.html", context)
    try:
        form_subjects.check_applicant(request, applicant, now=now)
        applicant = verify_by_link(secret=secret, now=now)
    except NotYours:
        raise
    except PageOutdated as refusal:
        return applicant_session.refused(request, "booking/verify_link.html", refusal, context)
    except Refused:
        return email_links.dead(request, secret, Token.Purpose.VERIFY, now=now)
    situation.resume(request.session, applicant.situation)
    repeated_requests.keep_proof(request, applicant, proof=secret, now=now)
    applicant_session.remember(request, applicant, now=now)
    return see_other("booking:times")


@applicant_session.applicant_required("GET", "HEAD", "POST")
def times(request: HttpRequest, applicant: Applicant, now: datetime) -> HttpResponse:
    """The free times; choosing one holds it."""
    latest = applicant_session.latest_appointment(applicant)
    if latest is not None and latest.status in SETTLED:
        return see_other("booking:appointment")
    if request.method != "POST":
        if has_visit_to_keep(applicant, now=now):
            return kept_visit.page(request, applicant, now=now)
        return times_page(request, applicant, latest, now=now)
    held = latest if latest is not None and is_held(latest, now=now) else None
    slot_id = None
    try:
        if "earliest" not in request.POST:
            slot_id = slot_of(request.POST.get("slot", ""), applicant)
        form_subjects.check_choice(request, applicant, held, now=now)
        applicant_session.check_answers(request, applicant)
        if "earliest" in request.POST:
            hold_earliest(applicant=applicant, now=now)
        elif slot_id is None:
            return times_page(request, applicant, latest, now=now, unchosen=True)
        else:
            hold(applicant=applicant, slot_id=slot_id, now=now)
    except NotYours:
        raise
    except PageOutdated as refusal:
        if held is None or not _is_chosen(request, held, slot_id):
            return times_page(request, applicant, latest, now=now, refusal=refusal)
    except KeepAppointment as refusal:
        return kept_visit.page(request, applicant, now=now, refusal=refusal)
    except Refused as refusal:
        return times_page(request, applicant, latest, now=now, refusal=refusal)
    return see_other("booking:review")


def _is_chosen(request: HttpRequest, held: Appointment, slot_id: int | None) -> bool:
    """Whether the same press has held a time before: this one, or the earliest of then."""
    if "earliest" not in request.POST:
        return held.slot_id == slot_id
    first = held.version == 1 and not form_subjects.names(request, held)
    return first or form_subjects.already(request, held, "hold") is not None


def times_page(
    request: HttpRequest,
    applicant: Applicant,
    latest: Appointment | None,
    *,
    now: datetime,
    refusal: Refused | None = None,
    unchosen: bool = False,
) -> HttpResponse:
    """The list of times, with why something was refused."""
    quota = applicant.quota
    found = slot_picker.listing_for(applicant, now=now, fresh=refusal is not None)
    need = slot_picker.needs(applicant, found)
    held = latest if latest is not None and is_held(latest, now=now) else None
    facts = {
        "held": when(held) if held else None,
        "lapsed": latest is not None and held is None and _has_lapsed(latest),
        "given_up": latest is not None and _is_given_up(latest),
        "refusal": refusal
        and {
            "code": refusal.code,
            "sentence": str(refusal.sentence),
            "needs_office": refusal.needs_office,
        },
        "unchosen": unchosen,
        "quota": quota,
    }

    def write() -> str:
        context = slot_picker.shown(
            found, need, value_for=slot_picker.slot_placeholder, holds=held is not None
        )
        context |= {
            "csrf_token": slot_picker.OPEN_TOKEN,
            "acts_on": slot_picker.OPEN_ROW,
            "keeps": reverse("booking:times"),
            "applicant": slot_picker.OPEN_APPLICANT,
        }
        return render_to_string("booking/times.html", context | facts, request)

    # thousands reload this: one text for all who see the same, with the personal places open
    asked = (request.META["REQUEST_METHOD"], request.get_full_path())
    text = _written.text((*asked, need, repr(facts)), found, write)
    status = 409 if refusal else 422 if unchosen else 200
    text = slot_picker.fill(text, request, applicant, held or applicant)
    return HttpResponse(slot_picker.check_choice_again(text, request, applicant), status=status)


def is_held(appointment: Appointment, *, now: datetime) -> bool:
    """Whether the time is kept for its person at `now` (UTC), tidied up or not."""
    until = appointment.free_from
    return appointment.status == Status.HELD and until is not None and until > now


def _has_lapsed(appointment: Appointment) -> bool:
    return appointment.status in {Status.HELD, Status.EXPIRED}


def _is_given_up(appointment: Appointment) -> bool:
    return appointment.cancel_reason == Appointment.CancelReason.HOLD_GIVEN_UP


def _form(request: HttpRequest, template: str, form: object, **context: object) -> HttpResponse:
    bound = getattr(form, "is_bound", False)
    return render(request, template, {"form": form, **context}, status=422 if bound else 200)

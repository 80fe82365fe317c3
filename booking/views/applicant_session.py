"""Who is visiting: the person this browser books for, and the appointment it may change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib import messages
from django.contrib.messages.storage.base import BaseStorage
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from booking.actions.applicants import follow_language
from booking.actions.refusals import NotEligible, NotYours, WrongCode, WrongReference
from booking.models import Applicant, Appointment, WaitingEntry
from booking.states import Status
from booking.views import repeated_requests
from config.foundation.actions import Refused
from config.foundation.clock import check_clock
from config.foundation.language_switch import is_switched
from config.foundation.outbox import row_id
from config.foundation.person_forms import LookupForm, say_at_first_field
from config.foundation.redirects import see_other
from config.foundation.texts import page_language
from eligibility import situation

_APPLICANT, _VERIFIED, _WAIVED = "applicant", "verified", "waived"
# what this browser may change for a while, and which of that its pages show
_AUTHORIZED, MANAGED, WAITING = "authorized", "shown_appointment", "shown_entry"
MOST_AUTHORIZED = 4
_INVITED_UNTIL = "invited_until"
IDLE, AT_MOST = timedelta(hours=2), timedelta(hours=24)
MANAGING = timedelta(minutes=15)
NO_APPOINTMENT = (Status.OFFERED, Status.DECLINED)
BAD_INPUT = (WrongCode, WrongReference)

P = ParamSpec("P")
Row = TypeVar("Row", Appointment, WaitingEntry)
Page = Callable[Concatenate[HttpRequest, P], HttpResponse]
PersonalPage = Callable[Concatenate[HttpRequest, Applicant, datetime, P], HttpResponse]


def applicant_view(*methods: str) -> Callable[[Page[P]], Page[P]]:
    """A page that no cache keeps and that answers these methods, and 405 to all others.

    A form that names nothing of this visit leads to the page where one comes in: 403.
    """

    def decorate(view: Page[P]) -> Page[P]:
        def answering(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except NotYours as refusal:
                context = {"form": LookupForm(), "refusal": refusal}
                context["keeps"] = reverse("booking:manage")
                return render(request, "booking/lookup.html", context, status=403)

        return never_cache(require_http_methods(methods)(answering))

    return decorate


def applicant_required(
    *methods: str, verified: bool = True
) -> Callable[[PersonalPage[P]], Page[P]]:
    """A page of somebody who has entered their details; anybody else starts at the beginning.

    Whose address is not proved yet is led to the code. Nobody acts by a wrong clock: 503.
    """

    def decorate(view: PersonalPage[P]) -> Page[P]:
        def visiting(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            now = timezone.now()
            if request.method == "POST":
                check_clock(now=now)
            applicant = applicant_of(request, now=now)
            if applicant is None:
                return see_other("booking:start", visit="over")
            if verified and not applicant.is_verified:
                return see_other("booking:verify")
            if request.method == "POST" or is_switched(request):
                follow_language(applicant=applicant, language=page_language())
            return view(request, applicant, now, *args, **kwargs)

        return applicant_view(*methods)(visiting)

    return decorate


def refused(
    request: HttpRequest, template: str, refusal: Refused, context: dict[str, Any]
) -> HttpResponse:
    """The page again, with what was typed and the sentence of the refusal."""
    form = context.get("form")
    if isinstance(refusal, BAD_INPUT) and form is not None:
        say_at_first_field(form, refusal)
        return render(request, template, context, status=422)
    status = 422 if isinstance(refusal, BAD_INPUT) else 409
    return render(request, template, {**context, "refusal": refusal}, status=status)


def say(request: HttpRequest, sentence: str | Promise) -> None:
    """Has the next page say what was done; the same press once more says it once."""
    told = messages.get_messages(request)
    if str(sentence) not in {one.message for one in told}:
        messages.success(request, str(sentence))
    if isinstance(told, BaseStorage):
        told.used = False  # this look at them shows them to nobody


def follow_language_switch(request: HttpRequest, language: str) -> None:
    """Has letters to the person this browser books for follow the language they have chosen."""
    applicant = applicant_of(request, now=timezone.now())
    if applicant is not None:
        follow_language(applicant=applicant, language=language)


def applicant_of(request: HttpRequest, *, now: datetime) -> Applicant | None:
    """The person this browser books for, unless two idle hours or a day have passed."""
    row = _row(request, _APPLICANT)
    if row is not None and row.invitation_id is not None:
        # entered by the office, perhaps weeks ago: what counts is when it was opened here
        until = request.session.get(_INVITED_UNTIL, "")
        return row if until and datetime.fromisoformat(until) > now else None
    if row is None or now - row.touched_at >= IDLE or now - row.created_at >= AT_MOST:
        return None
    return row


def remember(request: HttpRequest, applicant: Applicant, *, now: datetime) -> None:
    """From now on this browser books for `applicant`; open pages of the one before still act."""
    _book_for(request, applicant, now=now)
    situation.mark_details_entered(request.session)
    if applicant.verified_at is not None:
        if request.session.get(_VERIFIED) != applicant.pk:
            request.session.cycle_key()  # whoever knew the session before has nothing of it
        request.session[_VERIFIED] = applicant.pk
    elif applicant.waived_at is not None:
        request.session[_WAIVED] = True  # one hold without proof is what a session gets


def _book_for(request: HttpRequest, applicant: Applicant, *, now: datetime) -> None:
    if request.session.get(_APPLICANT) not in {None, applicant.pk}:
        before = applicant_of(request, now=now)
        if before is not None:
            _authorize(request, before, now=now)
    request.session[_APPLICANT] = applicant.pk
    for key in (MANAGED, WAITING):
        request.session.pop(key, None)


def remember_invited(request: HttpRequest, applicant: Applicant, *, now: datetime) -> None:
    """From now on, for two hours at most, this browser chooses a time for somebody invited."""
    proof = f"{_INVITED_UNTIL} {applicant.pk}"
    repeated_requests.cycle_session_key(request, proof=proof, now=now)
    _book_for(request, applicant, now=now)
    request.session[_INVITED_UNTIL] = (now + IDLE).isoformat()


def check_answers(request: HttpRequest, applicant: Applicant) -> None:
    """Raises NotEligible once this session has answered anew and those are not the kept answers.

    Somebody may answer "no" to the check, or something else, in another window: what was entered
    and held for the former answers is not for these.
    """
    found = situation.latest(request.session)
    if found is None or applicant.invitation_id is not None:
        return
    kept = applicant.situation
    now_said = (found.decision.category, found.answers.as_json())
    same = now_said == (kept.get("category"), kept.get("answers"))
    if not (found.decision.eligible and same):
        raise NotEligible


def verified_applicant_of(request: HttpRequest) -> Applicant | None:
    """Somebody whose address was proved in this session: the family needs no second code."""
    return _row(request, _VERIFIED)


# Every personal page asks this. In SQL it takes less than half of the ORM's time (decision 0008),
# and it spares most pages the question for an appointment that is not there.
_PERSON = """
    SELECT *, (SELECT max(id) FROM booking_appointment WHERE applicant_id = booking_applicant.id
        AND status NOT IN (%s, %s)) AS latest_id
    FROM booking_applicant WHERE id = %s AND forgotten_at IS NULL
"""


def _row(request: HttpRequest, key: str) -> Applicant | None:
    pk = request.session.get(key)
    if not pk:
        return None
    return next(iter(Applicant.objects.raw(_PERSON, [*NO_APPOINTMENT, pk])), None)


def may_waive(request: HttpRequest) -> bool:
    """Whether this session has not yet gone on without proof of an address."""
    return _WAIVED not in request.session


def latest_appointment(applicant: Applicant) -> Appointment | None:
    """The newest appointment, hold or former hold of `applicant`; no offer."""
    if vars(applicant).get("latest_id", applicant.pk) is None:  # `_PERSON` has asked
        return None
    rows = applicant.appointments.select_related("slot", "applicant")
    return rows.exclude(status__in=NO_APPOINTMENT).order_by("-pk").first()


def open_for_a_while(
    request: HttpRequest, key: str, row: Appointment | WaitingEntry, *, now: datetime
) -> None:
    """For fifteen minutes this browser may change `row`, and shows it as `MANAGED` or `WAITING`."""
    repeated_requests.cycle_session_key(request, proof=f"{key} {row.pk}", now=now)
    _authorize(request, row, now=now)
    request.session[key] = row.subject


def _authorize(
    request: HttpRequest, row: Appointment | WaitingEntry | Applicant, *, now: datetime
) -> None:
    kept = _authorized_until(request, now=now)
    kept.pop(row.subject, None)  # the newest is last
    kept[row.subject] = (now + MANAGING).isoformat()
    request.session[_AUTHORIZED] = dict(list(kept.items())[-MOST_AUTHORIZED:])


def _authorized_until(request: HttpRequest, *, now: datetime) -> dict[str, str]:
    proved: dict[str, str] = request.session.get(_AUTHORIZED, {})
    return {name: end for name, end in proved.items() if datetime.fromisoformat(end) > now}


def is_authorized(request: HttpRequest, subject: str, *, now: datetime) -> bool:
    """Whether this browser opened `subject` by link or reference less than 15 minutes ago."""
    return subject in _authorized_until(request, now=now)


def applicants_of(
    request: HttpRequest, *, now: datetime, applicant: Applicant | None = None
) -> set[int]:
    """The applicants whose rows this browser may change; `applicant` if their page asks."""
    present = applicant or applicant_of(request, now=now)
    names = _authorized_until(request, now=now)
    before = {row_id(name) for name in names if name.startswith("applicant/")}
    return before | {present.pk} if present else before


def authorized_entries(request: HttpRequest, *, now: datetime) -> set[int]:
    """The places on the waiting list that this browser opened by a link a moment ago."""
    names = _authorized_until(request, now=now)
    return {row_id(name) for name in names if name.startswith("waitingentry/")}


def has_booked_for(request: HttpRequest, subject: str, *, now: datetime) -> bool:
    """Whether this browser books or booked for the applicant of that name, idle or not."""
    own = f"applicant/{request.session.get(_APPLICANT)}"
    return subject == own or is_authorized(request, subject, now=now)


def set_shown(
    request: HttpRequest,
    key: str,
    row: Appointment | WaitingEntry,
    *,
    now: datetime,
    applicant: Applicant | None = None,
) -> None:
    """After an act the pages show what was acted on, whatever was opened since.

    `applicant` is who this browser books for, where that is known: it spares two questions.
    """
    if key not in request.session and applicant and vars(applicant).get("latest_id") == row.pk:
        return
    own = own_appointment if key == MANAGED else own_entry
    shown = own(request, now=now)
    if shown is None or shown.pk != row.pk:
        request.session[key] = row.subject


def own_appointment(request: HttpRequest, *, now: datetime) -> Appointment | None:
    """The appointment to show: opened by link or reference, acted on last, or just booked here."""
    rows = Appointment.objects.select_related("slot", "applicant")
    shown = request.session.get(MANAGED)
    if shown and (row := authorized_rows(request, rows, shown, now=now).first()):
        return row
    applicant = applicant_of(request, now=now)
    latest = latest_appointment(applicant) if applicant else None
    return latest if latest and latest.booked_at else None


def own_entry(request: HttpRequest, *, now: datetime) -> WaitingEntry | None:
    """The place on the waiting list to show."""
    rows = WaitingEntry.objects.select_related("applicant").order_by("-pk")
    shown = request.session.get(WAITING)
    if shown and (row := authorized_rows(request, rows, shown, now=now).first()):
        return row
    applicant = applicant_of(request, now=now)
    return rows.filter(applicant=applicant).first() if applicant else None


def authorized_rows(
    request: HttpRequest,
    rows: QuerySet[Row],
    subject: str,
    *,
    now: datetime,
    applicant: Applicant | None = None,
) -> QuerySet[Row]:
    """The row of that name, if this browser may change it; `applicant` if their page asks."""
    found = rows.filter(pk=row_id(subject), applicant__forgotten_at=None)
    if is_authorized(request, subject, now=now):
        return found
    return found.filter(applicant__in=applicants_of(request, now=now, applicant=applicant))

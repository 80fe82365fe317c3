"""Somebody stands at the counter without an appointment: the check, and the way on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from booking import actions
from booking.admin.applicants import require_serving
from booking.admin.phone_forms import DeskQuestionsForm
from booking.admin.walk_in_forms import CONCERNS, SheetForm, WaiterForm, WalkInForm
from booking.models import WalkIn
from booking.walk_in_pdf import print_referral
from booking.windows import local_day
from config.foundation.actions import Refused
from config.foundation.audit import AccessRecord, record_access
from config.foundation.numbers import whole_number
from config.foundation.office import current_office
from config.foundation.printing import inline_pdf
from config.foundation.staff import staff_of
from eligibility.forms import QUESTIONS
from eligibility.rules import OTHER, Answers
from eligibility.situation import Situation, assess
from eligibility.staff_labels import REASONS, staff_referral_at
from eligibility.supply import supply_until

if TYPE_CHECKING:
    from booking.admin.appointments import AppointmentAdmin

_COUNTED = "walk_in_counted"


def _page(
    desk: AppointmentAdmin, request: HttpRequest, *, status: int = 200, **context: Any
) -> HttpResponseBase:
    template = "admin/booking/appointment/walk_in.html"
    return desk.page(request, template, title=_("Without an appointment"), status=status, **context)


def choose(desk: AppointmentAdmin, request: HttpRequest) -> HttpResponseBase:
    """Step one: what happened."""
    require_serving(request)
    return _page(desk, request, choose=WalkInForm(), slot=_slot(request))


def _slot(request: HttpRequest) -> str:
    """The key of the time that was pressed in a list, if any; whether it is free is seen later."""
    typed = (request.POST if request.method == "POST" else request.GET).get("slot", "")
    return typed if whole_number(typed, digits=18) is not None else ""


class _Case:
    """The category and the answers that a form carries from page to page."""

    def __init__(self, request: HttpRequest, *, now: datetime) -> None:
        given = request.POST if request.method == "POST" else None
        self.category = request.POST.get("category") or request.GET.get("category", "")
        self.today = local_day(now, zone=current_office().zone)
        self.slot = _slot(request)
        self.form: DeskQuestionsForm | None = None
        if self.category in QUESTIONS:
            self.form = DeskQuestionsForm(given, category=self.category, today=self.today)

    @property
    def situation(self) -> Situation | None:
        """What the rules say; None while answers are missing."""
        if self.category == OTHER:
            return assess(OTHER, Answers(), today=self.today)
        if self.form is None or not self.form.is_valid():
            return None
        return assess(self.category, self.form.answers, today=self.today)

    def shown(self) -> dict[str, Any]:
        """What every page of the case shows or carries on."""
        typed = self.form.data if self.form is not None else {}
        names = self.form.fields if self.form is not None else ()
        return {
            "category": self.category,
            "category_title": CONCERNS[self.category],
            "questions": self.form,
            "slot": self.slot,
            "carried": [(name, typed[name]) for name in names if name in typed],
        }


def check(desk: AppointmentAdmin, request: HttpRequest) -> HttpResponseBase:
    """Step two: the questions; then what this person can do, counted without a name."""
    require_serving(request)
    now = timezone.now()
    case = _Case(request, now=now)
    if case.category not in CONCERNS:
        return redirect("admin:booking_appointment_walk-in")
    shown = {**case.shown(), "nonce": uuid4().hex}
    if request.method != "POST":
        return _page(desk, request, **shown)
    situation = case.situation
    if situation is None:
        return _page(desk, request, status=422, **shown)
    decision = situation.decision
    way = _way(situation, now=now)
    nonce = request.POST.get("nonce", "")
    if request.session.get(_COUNTED) != nonce:  # the same press, twice
        actions.count_walk_in(category=decision.category, way=way, today=case.today)
        request.session[_COUNTED] = nonce
    return _page(
        desk,
        request,
        way=way,
        reasons=[REASONS[code] for code in decision.reasons],
        route=staff_referral_at(decision.route, now=now),
        sheet=SheetForm(label_suffix=""),
        **shown,
    )


def _way(situation: Situation, *, now: datetime) -> WalkIn.Way:
    decision = situation.decision
    if not decision.eligible:
        return WalkIn.Way.SHEET
    last_day = decision.need_by if decision.need_kind == "hard" else None
    supply = supply_until(last_day, now=now)
    return WalkIn.Way.BOOK if supply and supply.free_at else WalkIn.Way.WAIT


def wait(desk: AppointmentAdmin, request: HttpRequest) -> HttpResponseBase:
    """The waiting list for somebody who may book and for whom nothing is free."""
    require_serving(request)
    now = timezone.now()
    case = _Case(request, now=now)
    situation = case.situation if request.method == "POST" else None
    if situation is None or not situation.decision.eligible:
        return redirect("admin:booking_appointment_walk-in")
    starts = "start" in request.POST
    waiter = WaiterForm(None if starts else request.POST, now=now)
    shown = {**case.shown(), "waiter": waiter}
    if starts:
        return _page(desk, request, **shown)
    if not waiter.is_valid():
        return _page(desk, request, status=422, **shown)
    try:
        entry = actions.join_at_desk(now=now, situation=situation.snapshot, **waiter.cleaned_data)
    except Refused as refused:
        return _page(desk, request, refusal=refused.sentence, **shown)
    by = staff_of(request)
    record_access(by=by, kind=AccessRecord.Kind.VIEW, subject=entry.subject, now=now)
    messages.success(
        request,
        _("%(name)s, %(time)s: put on the waiting list by %(by)s.")
        % {
            "name": entry.applicant.desk_name,
            "time": f"{localtime(now):%H:%M}",
            "by": by,
        },
    )
    return redirect("admin:booking_waitingentry_change", entry.pk)


def sheet(desk: AppointmentAdmin, request: HttpRequest) -> HttpResponseBase:
    """The right channel on paper, in German and in the person's language."""
    require_serving(request)
    now = timezone.now()
    case = _Case(request, now=now)
    form = SheetForm(request.POST)
    situation = case.situation if request.method == "POST" else None
    if situation is None or situation.decision.eligible or not form.is_valid():
        return redirect("admin:booking_appointment_walk-in")
    language = form.cleaned_data["language"]
    content = print_referral(situation.decision, language=language, now=now)
    return inline_pdf(content, "Hinweis")

"""Booking for somebody who calls: the same questions and rules as on the public pages."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import actions
from booking.admin.action_forms import CallerForm, CategoryForm
from booking.admin.applicants import about_visit, require_serving
from booking.admin.phone_forms import DeskQuestionsForm, asked
from booking.windows import local_day
from config.foundation.actions import Refused
from config.foundation.office import current_office
from config.foundation.staff import staff_of
from eligibility.forms import QUESTIONS
from eligibility.situation import assess
from eligibility.staff_labels import REASONS, staff_referral_at

if TYPE_CHECKING:
    from booking.admin.appointments import AppointmentAdmin


def _page(
    desk: AppointmentAdmin, request: HttpRequest, *, status: int = 200, **context: Any
) -> HttpResponseBase:
    template = "admin/booking/appointment/by_phone.html"
    return desk.page(request, template, title=_("Book by phone"), status=status, **context)


def choose(desk: AppointmentAdmin, request: HttpRequest) -> HttpResponseBase:
    """The whole form, of which only the questions of the chosen case are seen."""
    require_serving(request)
    return _page(desk, request, **_forms(request, now=timezone.now()))


def _forms(request: HttpRequest, *, now: datetime) -> dict[str, Any]:
    """The case with its questions, and the caller, as far as they are filled in."""
    given = request.POST if request.method == "POST" else None
    named = request.POST.get("category") or request.GET.get("category", "")
    category = named if named in QUESTIONS else ""
    today = local_day(now, zone=current_office().zone)
    questions = None
    if category:
        questions = DeskQuestionsForm(given, category=category, today=today)
    # the questions were answered on the page before; nobody has typed a name yet
    starts = given is not None and "start" in given
    # a time that was pressed in a list
    wanted = (request.POST if starts else request.GET).get("slot", "")
    return {
        "choice": CategoryForm(
            None if starts else given, initial={"category": category}, label_suffix=""
        ),
        "questions": questions,
        "asked": list(asked(questions, today=today)),
        "caller": CallerForm(None if starts else given, now=now, wanted=wanted),
        "is_filled": given is not None and not starts,
    }


def details(desk: AppointmentAdmin, request: HttpRequest) -> HttpResponseBase:
    """The same form with a case chosen; the booking by POST."""
    require_serving(request)
    now = timezone.now()
    shown = _forms(request, now=now)
    choice, questions, caller = (shown[name] for name in ("choice", "questions", "caller"))
    if not shown["is_filled"]:
        if questions is None:
            return redirect("admin:booking_appointment_by-phone")
        return _page(desk, request, **shown)
    if questions is None or not (choice.is_valid() & questions.is_valid() & caller.is_valid()):
        return _page(desk, request, status=422, **shown)
    situation = assess(questions.category, questions.answers, today=questions.today)
    decision = situation.decision
    if not decision.eligible:
        reasons = [REASONS[reason] for reason in decision.reasons]
        route = staff_referral_at(decision.route, now=now)
        return _page(desk, request, status=422, reasons=reasons, route=route, **shown)
    entries = dict(caller.cleaned_data)
    slot_id = int(entries.pop("slot"))
    try:
        booked = actions.book_by_phone(
            slot_id=slot_id,
            now=now,
            by=staff_of(request),
            situation=situation.snapshot,
            **entries,
        )
    except Refused as refused:
        # the list of times is read anew, so that the taken one is not offered again
        caller.fields["slot"].choices = CallerForm(now=now).fields["slot"].choices  # type: ignore[attr-defined]
        return _page(desk, request, refusal=refused.sentence, **shown)
    sentence = _("%(name)s, %(time)s: appointment booked. Reference: %(reference)s")
    messages.success(request, about_visit(booked, sentence))
    return redirect("admin:booking_appointment_change", booked.pk)

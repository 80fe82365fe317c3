"""Booking for somebody who calls: the same questions and rules as on the public pages."""

from __future__ import annotations

from typing import Any, TypeAlias

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import actions
from booking.admin.action_forms import CallerForm, CategoryForm
from booking.models import Appointment
from booking.windows import local_day
from config.foundation.actions import Refused
from config.foundation.office import current_office
from config.foundation.staff import staff_of
from eligibility.forms import QuestionsForm
from eligibility.labels import CATEGORIES, REASONS, ROUTES
from eligibility.situation import assess

Desk: TypeAlias = "ModelAdmin[Appointment]"


def _page(
    desk: Desk, request: HttpRequest, *, status: int = 200, **context: Any
) -> HttpResponseBase:
    return TemplateResponse(
        request,
        "admin/booking/appointment/by_phone.html",
        {
            **desk.admin_site.each_context(request),
            "title": _("Book by phone"),
            "opts": desk.opts,
            **context,
        },
        status=status,
    )


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm("booking.serve_appointment"):
        raise PermissionDenied


def choose(desk: Desk, request: HttpRequest) -> HttpResponseBase:
    """Step one: which of the five situations."""
    _check(request)
    return _page(desk, request, choose=CategoryForm(label_suffix=""))


def details(desk: Desk, request: HttpRequest) -> HttpResponseBase:
    """Step two: the questions, the person and the time on one page; the booking by POST."""
    _check(request)
    category = request.POST.get("category") or request.GET.get("category", "")
    if category not in CATEGORIES or category == "other":
        return redirect("admin:booking_appointment_by-phone")
    now = timezone.now()
    today = local_day(now, zone=current_office().zone)
    given = request.POST if request.method == "POST" else None
    questions = QuestionsForm(given, category=category, today=today, label_suffix="")
    caller = CallerForm(given, now=now)
    forms = {"questions": questions, "caller": caller, "category": category}
    shown: dict[str, Any] = {**forms, "category_title": CATEGORIES[category].title}
    if given is None:
        return _page(desk, request, **shown)
    if not (questions.is_valid() & caller.is_valid()):
        return _page(desk, request, status=422, **shown)
    situation = assess(category, questions.answers, today=today)
    decision = situation.decision
    if not decision.eligible:
        reasons = [REASONS[reason] for reason in decision.reasons]
        return _page(
            desk, request, status=422, reasons=reasons, route=ROUTES[decision.route], **shown
        )
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
        # the list of times is read anew, so that the taken one is not offered again; both have one
        caller.fields["slot"].choices = CallerForm(now=now).fields["slot"].choices  # type: ignore[attr-defined]
        return _page(desk, request, status=409, refusal=refused.sentence, **shown)
    messages.success(request, _("Booked. Reference: %s") % booked.reference)
    return redirect("admin:booking_appointment_change", booked.pk)

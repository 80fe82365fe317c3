"""The check: what happened, at most three questions, the answer with its way on."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from config.foundation import prefill
from config.foundation.dates import say_moment, show_birth_date
from config.foundation.language_switch import refill
from config.foundation.office import current_office, office_day
from config.foundation.redirects import see_other
from eligibility import situation
from eligibility.forms import QUESTIONS, CategoryForm, QuestionsForm, initial_answers
from eligibility.labels import CATEGORIES, HINTS, PROOF_FIRST, REASONS, referral_at
from eligibility.models import count_outcome
from eligibility.rules import OTHER, Answers
from eligibility.supply import Supply, supply_until


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """What happened?"""
    form = CategoryForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        visit = request.GET.get("visit")
        categories = CATEGORIES.items()
        return _page(request, "eligibility/check.html", form, categories=categories, visit=visit)
    category = form.cleaned_data["category"]
    if category == OTHER:
        return _decide(request, OTHER, Answers(), today=_today())
    return see_other("eligibility:questions", category)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, category: str) -> HttpResponse:
    """The questions about one situation."""
    if category not in QUESTIONS:
        raise Http404
    today = _today()
    before = situation.latest(request.session)
    form = QuestionsForm(
        request.POST if request.method == "POST" else None,
        initial=initial_answers(before.answers) if before and before.chosen == category else {},
        category=category,
        today=today,
    )
    if not form.is_valid():
        title = CATEGORIES[category].title
        return _page(request, "eligibility/questions.html", form, title=title)
    return _decide(request, category, form.answers, today=today)


@never_cache
@require_safe
def result(request: HttpRequest) -> HttpResponse:
    """Yes, or no with the reason and who helps instead."""
    found = situation.latest(request.session)
    if found is None:
        return see_other("eligibility:check", visit="over")
    decision, now = found.decision, timezone.now()
    supply = supply_until(decision.need_by, now=now) if decision.eligible else None
    asked = found.chosen in QUESTIONS
    context = {
        "back": reverse("eligibility:questions", args=[found.chosen])
        if asked
        else reverse("eligibility:check"),
        "situation": found,
        "decision": decision,
        "reasons": [REASONS[code] for code in decision.reasons],
        "hints": [HINTS[code] for code in decision.hints],
        "route": referral_at(decision.route, now=now),
        "route_code": decision.route,
        "may_come_back": decision.again_on is not None or decision.route in PROOF_FIRST,
        **_said(supply, is_hard=decision.need_kind == "hard"),
    }
    return render(request, "eligibility/result.html", context)


def _said(supply: Supply | None, *, is_hard: bool) -> dict[str, object]:
    if supply is None:
        return {}
    zone = current_office().zone
    return {
        "supply": supply,
        "none_before": is_hard and not supply.exists,
        "free_at": say_moment(supply.free_at, zone) if supply.free_at else "",
        "later_at": say_moment(supply.later_at, zone) if supply.later_at else "",
    }


def _today() -> date:
    return office_day(timezone.now())


def _decide(request: HttpRequest, category: str, answers: Answers, *, today: date) -> HttpResponse:
    found = situation.assess(category, answers, today=today)
    situation.keep(request.session, found)
    _tell_lists(request, found)
    count_outcome(found.decision, today=today)
    return see_other("eligibility:result")


def _tell_lists(request: HttpRequest, found: situation.Situation) -> None:
    """What was answered here is not asked again on the way to a list of papers."""
    ends_on = found.answers.title_valid_until
    prefill.store_answers(
        request.session,
        {
            "category": found.decision.category,
            "title_ends_on": show_birth_date(ends_on.isoformat()) if ends_on else "",
        },
    )


def _page(
    request: HttpRequest, template: str, form: CategoryForm | QuestionsForm, **context: object
) -> HttpResponse:
    refill(request, form)
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form, **context}, status=status)

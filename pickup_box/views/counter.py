"""The page on which somebody chooses the counter instead of the box: their own phone's."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from config.foundation import limits
from config.foundation.actions import Refused
from config.foundation.counter_pickup import counter_supply
from config.foundation.language_switch import refill
from config.foundation.redirects import see_other
from config.foundation.texts import page_language
from pickup_box.actions.counter_choice import NoCounterTimes, TooManyCodes, choose_counter
from pickup_box.actions.visits import WrongPickupCode
from pickup_box.forms import CounterForm
from pickup_box.models import Box
from pickup_box.terminals import is_enrolled

CHOSEN = "counter_chosen"
STATUS = {WrongPickupCode: 422, TooManyCodes: 429, NoCounterTimes: 409}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """The form; afterwards the number of the invitation."""
    box = get_object_or_404(Box, slug=slug)
    if is_enrolled(request, box):
        return see_other("pickup_box:start", slug)  # names are typed on no screen of everybody's
    form = CounterForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        chosen = None if "more" in request.GET else request.session.get(CHOSEN)
        refill(request, form)
        return _page(request, box, form, chosen=chosen)
    if not form.is_valid():
        return _page(request, box, form, status=422)
    try:
        chosen = choose_counter(
            box=box,
            contact=form.cleaned_data["contact"],
            code=form.cleaned_data["pickup_code"],
            birth_date=form.cleaned_data["birth_date"],
            family_name=form.cleaned_data["family_name"],
            given_names=form.cleaned_data["given_names"],
            language=page_language(),
            visitor=limits.client_address(request),
            now=timezone.now(),
        )
    except Refused as refusal:
        status = STATUS.get(type(refusal), 409)
        return _page(request, box, form, status=status, refusal=refusal)
    request.session[CHOSEN] = {"reference": chosen.reference, "address": chosen.address}
    return see_other("pickup_box:counter", slug)


def _page(
    request: HttpRequest, box: Box, form: CounterForm, *, status: int = 200, **context: object
) -> HttpResponse:
    context |= {
        "box": box,
        "form": form,
        "supply": counter_supply(now=timezone.now()),
        "keeps": reverse("pickup_box:counter", args=[box.slug]),
    }
    return render(request, "pickup_box/counter.html", context, status=status)

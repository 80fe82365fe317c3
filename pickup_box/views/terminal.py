"""The pages on the screen of the box. They know nobody's name and forget soon."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.foundation.actions import Refused
from config.foundation.counter_pickup import counter_supply
from config.foundation.language_switch import is_switched, refill
from config.foundation.redirects import see_other
from pickup_box.actions import boxes, visits
from pickup_box.forms import PickupForm
from pickup_box.models import Box, Deposit, Opening
from pickup_box.terminals import is_played, is_terminal

IDENTIFIED, OPENED = "box_identified", "box_opened"
FORGET_AFTER = 30  # seconds without a touch
FORGET_AFTER_AT_THE_DOOR = 120  # nobody touches the screen while they are at the door
FORGET_UNTOUCHED_AFTER = 60  # without a script no touch is seen: seconds since the page came
PAGE_OF = {IDENTIFIED: "old_document", OPENED: "door"}
MOVING = ("ordered", "open")  # a door
STATUS = {visits.WrongPickupCode: 422, visits.TerminalPaused: 429}


class NotAtTheBox(Refused):
    """Somebody tries from elsewhere: the door would open with nobody in front of it."""

    sentence = _(
        "This form only works at the box itself, so that no door opens when nobody is "
        "there. Please enter the code there."
    )


@require_safe
def show_boxes(request: HttpRequest) -> HttpResponse:
    """Where the boxes are and how they work."""
    context = {"boxes": Box.objects.all(), "counter": counter_supply(now=timezone.now())}
    return render(request, "pickup_box/boxes.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """The form; three right entries lead to the open door, or to the slot for the old document.

    Whoever comes here begins a visit: what the one before had opened is not theirs.
    """
    box = get_object_or_404(Box, slug=slug)
    _forget(request)
    here = is_terminal(request, box)
    if request.method != "POST":
        form = PickupForm()
        refill(request, form)
        over = here and request.GET.get("visit") == "over"
        return _page(request, "start", box, form=form, here=here, over=over)
    form = PickupForm(request.POST)
    if not here:
        return _page(request, "start", box, form=form, here=False, refusal=NotAtTheBox())
    if not form.is_valid():
        return _page(request, "start", box, form=form, here=True, status=422)
    now = timezone.now()
    try:
        opening = visits.collect(
            box=box,
            contact=form.cleaned_data["contact"],
            code=form.cleaned_data["pickup_code"],
            birth_date=form.cleaned_data["birth_date"],
            now=now,
        )
    except visits.OldDocumentNeeded as asked:
        request.session[IDENTIFIED] = [asked.deposit.pk, asked.deposit.issue, now.isoformat()]
        return see_other("pickup_box:old_document", slug)
    except Refused as refusal:
        return _page(request, "start", box, form=_without_code(form), here=True, refusal=refusal)
    return _to_the_door(request, slug, opening)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def old_document(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks for the old document; when it is in, the door opens."""
    box = get_object_or_404(Box, slug=slug)
    known = request.session.get(IDENTIFIED)
    if not known or not is_terminal(request, box):
        return see_other("pickup_box:start", slug, visit="over")
    if request.method != "POST":
        return _page(request, "old_document", box)
    pk, issue, at = known
    deposit = get_object_or_404(Deposit.objects.select_related("box"), pk=pk, box=box)
    try:
        opening = visits.hand_in_and_collect(
            deposit=deposit,
            issue=issue,
            identified_at=datetime.fromisoformat(at),
            now=timezone.now(),
        )
    except visits.OldDocumentNeeded as refusal:
        return _page(request, "old_document", box, refusal=refusal)
    except Refused as refusal:
        _forget(request)
        return _page(request, "start", box, form=PickupForm(), here=True, refusal=refusal)
    return _to_the_door(request, slug, opening)


@never_cache
@require_safe
def door(request: HttpRequest, slug: str) -> HttpResponse:
    """Which door it is and what it does; the page asks again until the door is closed."""
    box = get_object_or_404(Box, slug=slug)
    mine = Opening.objects.select_related("compartment", "deposit").filter(box=box)
    opening = mine.filter(pk=request.session.get(OPENED, 0)).first()
    now = timezone.now()
    if opening is None or opening.requested_at < now - timedelta(minutes=3):
        return see_other("pickup_box:start", slug, visit="over")
    state = _state(opening)
    return _page(
        request,
        "door",
        box,
        number=opening.compartment.number,
        state=state,
        forget_after=FORGET_AFTER_AT_THE_DOOR if state in MOVING else FORGET_AFTER,
        others=visits.others_waiting(opening, now=now),
    )


@require_POST
def call_staff(request: HttpRequest, slug: str) -> HttpResponse:
    """Tells the desk that somebody needs help, and the person how to reach us."""
    box = get_object_or_404(Box, slug=slug)
    if not is_terminal(request, box):
        return _page(request, "start", box, form=PickupForm(), here=False, refusal=NotAtTheBox())
    boxes.call_staff(box=box, now=timezone.now())
    at = next((page for key, page in PAGE_OF.items() if key in request.session), "start")
    return _page(request, "called", box, back=reverse(f"pickup_box:{at}", args=[slug]))


@require_POST
def finish(request: HttpRequest, slug: str) -> HttpResponse:
    """Forgets the visit."""
    _forget(request)
    return see_other("pickup_box:start", slug)


def _state(opening: Opening) -> str:
    if opening.failed_at:
        return "lost"
    if opening.closed_at:
        return "left" if opening.found_empty is False else "closed"
    return "open" if opening.opened_at else "ordered"


def _without_code(form: PickupForm) -> PickupForm:
    """The form with what was typed, but without the code."""
    kept = {name: form.data.get(name, "") for name in ("contact", "birth_date")}
    return PickupForm(initial=kept)


def _to_the_door(request: HttpRequest, slug: str, opening: Opening) -> HttpResponse:
    _forget(request)
    request.session[OPENED] = opening.pk
    return see_other("pickup_box:door", slug)


def _forget(request: HttpRequest) -> None:
    for key in (IDENTIFIED, OPENED):
        request.session.pop(key, None)


def _page(
    request: HttpRequest,
    name: str,
    box: Box,
    *,
    status: int = 200,
    refusal: Refused | None = None,
    **context: object,
) -> HttpResponse:
    if refusal is not None:
        status = 403 if isinstance(refusal, NotAtTheBox) else STATUS.get(type(refusal), 409)
    touched = request.method == "POST" or is_switched(request)
    context = {"forget_after": FORGET_AFTER} | context
    context |= {
        "box": box,
        "counter": counter_supply(now=timezone.now()) if name == "start" else "",
        "refusal": refusal,
        "played": is_played(box),
        # with a script the questions begin once a language is chosen
        "asks": touched,
        # without one, too, the next person finds an empty page
        "untouched": FORGET_UNTOUCHED_AFTER
        if touched or name != "start" or context.get("over")
        else 0,
    }
    return render(request, f"pickup_box/{name}.html", context, status=status)

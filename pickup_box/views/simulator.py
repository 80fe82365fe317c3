"""A cabinet in a browser: its doors open, and a click closes them. Only where nobody is served."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from config.foundation.actions import Busy
from config.foundation.redirects import see_other
from pickup_box.actions import doors
from pickup_box.models import Box
from pickup_box.occupancy import picture, tally
from pickup_box.terminals import is_played


def simulator_view(
    act: Callable[[HttpRequest, Box], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """A POST to a simulated box; 503 while somebody holds its rows."""

    @require_POST
    @wraps(act)
    def view(request: HttpRequest, slug: str) -> HttpResponse:
        try:
            return act(request, _simulated(slug))
        except Busy:
            return HttpResponse(status=503, headers={"Retry-After": "10"})

    return view


@never_cache
@require_safe
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """The doors as they are."""
    box = _simulated(slug)
    rows = picture(box)
    return render(
        request, "pickup_box/simulator.html", {"box": box, "rows": rows, "tally": tally(rows)}
    )


@simulator_view
def tick(request: HttpRequest, box: Box) -> HttpResponse:
    """The cabinet asks for its orders, opens those doors and says so; answers with all doors."""
    now = timezone.now()
    for order in doors.ordered(box=box, now=now):
        doors.door_opened(box=box, nonce=order.nonce, now=now)
    if "page" in request.POST:
        return see_other("pickup_box:simulator", box.slug)
    flat = [door for row in picture(box) for door in row if door]
    return JsonResponse({str(door.number): [door.state, door.order] for door in flat})


@simulator_view
def close(request: HttpRequest, box: Box) -> HttpResponse:
    """Somebody closes a door, with something left inside or not."""
    try:
        nonce = UUID(request.POST.get("order", ""))
    except ValueError:
        return HttpResponseBadRequest()
    empty = {"yes": True, "no": False}.get(request.POST.get("empty", ""))
    doors.door_closed(box=box, nonce=nonce, found_empty=empty, now=timezone.now())
    return see_other("pickup_box:simulator", box.slug)


@simulator_view
def power(request: HttpRequest, box: Box) -> HttpResponse:
    """The power was away and is back."""
    doors.power_returned(box=box, now=timezone.now())
    return see_other("pickup_box:simulator", box.slug)


@simulator_view
def slot(request: HttpRequest, box: Box) -> HttpResponse:
    """Something is put into the slot for old documents."""
    doors.slot_filled(box=box, now=timezone.now())
    return see_other("pickup_box:simulator", box.slug)


def _simulated(slug: str) -> Box:
    box = get_object_or_404(Box, slug=slug)
    if not is_played(box):
        raise Http404
    return box

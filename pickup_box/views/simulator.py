"""A cabinet in a browser: its doors open, and a click closes them. Only for simulated boxes."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from config.foundation.redirects import see_other
from pickup_box.actions import doors
from pickup_box.models import Box
from pickup_box.occupancy import picture, tally


@never_cache
@require_safe
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """The doors as they are."""
    box = _simulated(slug)
    rows = picture(box)
    return render(
        request, "pickup_box/simulator.html", {"box": box, "rows": rows, "tally": tally(rows)}
    )


@require_POST
def tick(request: HttpRequest, slug: str) -> HttpResponse:
    """The cabinet asks for its orders, opens those doors and says so; answers with all doors."""
    box = _simulated(slug)
    now = timezone.now()
    for order in doors.ordered(box=box, now=now):
        doors.door_opened(box=box, nonce=order.nonce, now=now)
    if "page" in request.POST:
        return see_other("pickup_box:simulator", slug)
    flat = [door for row in picture(box) for door in row if door]
    return JsonResponse({str(door.number): [door.state, door.order] for door in flat})


@require_POST
def close(request: HttpRequest, slug: str) -> HttpResponse:
    """Somebody closes a door, with something left inside or not."""
    try:
        nonce = UUID(request.POST.get("order", ""))
    except ValueError:
        return HttpResponseBadRequest()
    empty = {"yes": True, "no": False}.get(request.POST.get("empty", ""))
    doors.door_closed(box=_simulated(slug), nonce=nonce, found_empty=empty, now=timezone.now())
    return see_other("pickup_box:simulator", slug)


@require_POST
def power(request: HttpRequest, slug: str) -> HttpResponse:
    """The power was away and is back."""
    doors.power_returned(box=_simulated(slug), now=timezone.now())
    return see_other("pickup_box:simulator", slug)


@require_POST
def slot(request: HttpRequest, slug: str) -> HttpResponse:
    """Something is put into the slot for old documents."""
    doors.slot_filled(box=_simulated(slug), now=timezone.now())
    return see_other("pickup_box:simulator", slug)


def _simulated(slug: str) -> Box:
    box = get_object_or_404(Box, slug=slug)
    if not box.simulated:
        raise Http404
    return box

"""The signed interface for the cabinet's controller. It asks; we never have to reach it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from config.foundation.actions import Refused
from pickup_box import hardware
from pickup_box.actions import boxes, doors
from pickup_box.models import Box, Compartment
from pickup_box.models.door import ANSWER_WITHIN

LONGEST = 4096  # bytes
# a database that is busy, read-only or away
AWAY = (OperationalError, InterfaceError, InternalError)
# what JSON of any shape may raise; a thousand brackets are a RecursionError, 1e999 is infinite
NOT_UNDERSTOOD = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


def _ask(box: Box, told: dict[str, Any], now: datetime) -> dict[str, Any]:
    orders = doors.ordered(box=box, now=now)
    return {
        "open": [
            {
                "order": str(order.nonce),
                "compartment": order.compartment.number,
                "until": (order.requested_at + ANSWER_WITHIN).isoformat(),
            }
            for order in orders
        ]
    }


def _opened(box: Box, told: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {"new": doors.door_opened(box=box, nonce=UUID(told["order"]), now=now)}


def _closed(box: Box, told: dict[str, Any], now: datetime) -> dict[str, Any]:
    empty = told["empty"]
    if empty not in (True, False, None):
        raise ValueError
    nonce = UUID(told["order"])
    return {"new": doors.door_closed(box=box, nonce=nonce, found_empty=empty, now=now)}


def _broken(box: Box, told: dict[str, Any], now: datetime) -> dict[str, Any]:
    boxes.report_broken(box=box, number=int(told["compartment"]), now=now)
    return {}


def _power(box: Box, told: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {"lost": doors.power_returned(box=box, now=now)}


def _slot(box: Box, told: dict[str, Any], now: datetime) -> dict[str, Any]:
    doors.slot_filled(box=box, now=now)
    return {}


EVENTS: dict[str, Callable[[Box, dict[str, Any], datetime], dict[str, Any]]] = {
    "ask": _ask,
    "opened": _opened,
    "closed": _closed,
    "broken": _broken,
    "power": _power,
    "slot": _slot,
}


@csrf_exempt
@require_POST
def listen(request: HttpRequest, slug: str) -> HttpResponse:
    """One signed message of the cabinet and the signed answer; a repeated one changes nothing."""
    try:
        box = get_object_or_404(Box, slug=slug)
    except AWAY:
        # the key needs the box, and nobody knows it now
        return HttpResponse('{"error": "try again"}', content_type="application/json", status=503)
    now = timezone.now()
    nonce = request.headers.get("Box-Nonce", "")
    try:
        body = request.body.decode() if len(request.body) <= LONGEST else ""
        hardware.check(
            box,
            timestamp=request.headers.get("Box-Timestamp", ""),
            nonce=nonce,
            signature=request.headers.get("Box-Signature", ""),
            path=request.path,
            body=body,
            now=now,
        )
    except (hardware.BadSignature, UnicodeDecodeError):
        return HttpResponse(status=401)
    try:
        told = json.loads(body)
        act = partial(EVENTS[told["event"]], box, told, now)
        answer = doors.act_once(box=box, nonce=nonce, act=act, now=now)
    except doors.AlreadyHeard:
        return _answer(box, nonce, {"error": "heard before"}, status=409)
    except (*NOT_UNDERSTOOD, Compartment.DoesNotExist):
        return _answer(box, nonce, {"error": "not understood"}, status=422)
    except (Refused, *AWAY):
        # somebody holds these rows or was first: nothing is recorded, the same message comes again
        return _answer(box, nonce, {"error": "try again"}, status=503)
    return _answer(box, nonce, answer)


def _answer(box: Box, nonce: str, content: dict[str, Any], *, status: int = 200) -> HttpResponse:
    body = json.dumps(content)
    response = HttpResponse(body, content_type="application/json", status=status)
    response["Box-Signature"] = hardware.sign(hardware.key_of(box), nonce, body)
    response["Cache-Control"] = "no-store"
    return response

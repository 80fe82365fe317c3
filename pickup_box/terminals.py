"""Which browser is the screen of a box: one that staff enrolled, in front of it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from pickup_box.models import Box

COOKIE = "box-terminal"
SALT = "pickup box terminal"


def is_terminal(request: HttpRequest, box: Box) -> bool:
    """Whether a door of `box` may open for this browser. A simulated box has no doors to guard."""
    return box.simulated or is_enrolled(request, box)


def is_enrolled(request: HttpRequest, box: Box) -> bool:
    """Whether this browser is the screen of `box`, which everybody uses."""
    return request.get_signed_cookie(COOKIE, default="", salt=SALT) == _mark(box)


def is_played(box: Box) -> bool:
    """Whether anybody may play the cabinet of `box`: simulated, with DEBUG on loopback alone."""
    return box.simulated and settings.DEBUG and settings.LOOPBACK


def enrol(response: HttpResponse, box: Box) -> None:
    """Makes the browser that gets `response` the terminal of `box`."""
    response.set_signed_cookie(
        COOKIE,
        _mark(box),
        salt=SALT,
        max_age=timedelta(days=3650),
        httponly=True,
        secure=settings.HTTPS,
        samesite="Strict",
    )


def _mark(box: Box) -> str:
    return f"{box.slug}/{box.key_generation}"

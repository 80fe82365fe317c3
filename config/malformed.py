"""What no browser sends, and Django lets through: refused before any page meets it."""

from __future__ import annotations

import codecs
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase

NUL = "\x00"  # PostgreSQL stores none and raises, wherever one arrives
_READ = {"utf-8", "ascii"}  # what our forms are written in, and its half


class Malformed:
    """Answers 400 to text that is none; a cookie that is none was never sent.

    A person can't mend a cookie, so it is left out and they go on as a stranger.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer; raises BadRequest for a NUL in the address and for a foreign charset."""
        query = request.META.get("QUERY_STRING", "")
        if NUL in request.path_info or NUL in query or "%00" in query:
            raise BadRequest("NUL in the address")
        if not _is_read(request.content_params.get("charset", "utf-8")):  # type: ignore[union-attr]
            raise BadRequest("charset")
        for name, value in list(request.COOKIES.items()):
            if not _is_text(name + value):
                del request.COOKIES[name]
        return self.get_response(request)


def _is_read(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in _READ
    except (LookupError, ValueError):
        return False


def _is_text(value: str) -> bool:
    return NUL not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)

"""What no browser sends, and Django lets through: refused before any page meets it."""

from __future__ import annotations

import codecs
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import BadRequest, FieldDoesNotExist
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.http import parse_header_parameters

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NUL = "\x00"  # PostgreSQL stores none and raises, wherever one arrives
_READ = {"utf-8", "ascii"}  # what our forms are written in, and its half
# a number of JSON with 5000 digits is a ValueError, 5000 brackets are a RecursionError
_UNREAD = (ValueError, OverflowError, RecursionError, FieldDoesNotExist, DataError)
logger = logging.getLogger(__name__)


class Malformed:
    """Answers 400 to text that is none; a cookie that is none was never sent.

    A person can't mend a cookie, so it is left out and they go on as a stranger.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """400 for what the admin of Django makes of an address or a form without looking at it."""
        if not request.path_info.startswith("/admin/") or not isinstance(error, _UNREAD):
            return None
        # a database says what it can't read through its driver
        if _raised_in(error) not in {"django", "auditlog", "psycopg"}:
            return None  # a fault of ours stays one
        logger.warning("refused what the admin can't read: %s", type(error).__name__)
        return bad_request(request)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer; raises BadRequest for a NUL in the address and for a foreign charset."""
        query = request.META.get("QUERY_STRING", "")
        if NUL in request.path_info or NUL in query or "%00" in query:
            raise BadRequest("NUL in the address")
        # the lists of the admin take them; databases refuse half of them, and some never end
        if request.path_info.startswith("/admin/") and any("regex" in name for name in request.GET):
            raise BadRequest("regular expression in the address")
        if not is_known_charset(request.content_params):
            raise BadRequest("charset")
        for name, value in list(request.COOKIES.items()):
            if not _is_text(name + value):
                del request.COOKIES[name]
        return self.get_response(request)


def drop_unknown_charset(application: WSGIApplication) -> WSGIApplication:
    """The application without charsets that are none: Django meets them before any middleware."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not is_known_charset(parse_header_parameters(environ.get("CONTENT_TYPE", ""))[1]):
            environ["CONTENT_TYPE"] = "application/octet-stream; charset=unknown"
        return application(environ, start_response)

    return answer


def is_known_charset(parameters: Mapping[str, str] | None) -> bool:
    """Whether the charset of a content type, if it names one, is that of our forms."""
    try:
        return codecs.lookup((parameters or {}).get("charset", "utf-8")).name in _READ
    except (LookupError, ValueError):
        return False


# Django's own pages of a refusal read the form, which nobody may have looked at before: one that
# can't be read would end in a fault.
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page of a request that can't be read."""
    return HttpResponse(render_to_string("400.html"), status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page of what this visitor may not see."""
    return HttpResponse(render_to_string("403.html"), status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page of an address that is none."""
    return HttpResponse(render_to_string("404.html"), status=404)


def _raised_in(error: Exception) -> str:
    """The package whose code met the error last; what Python itself raises is its caller's."""
    found, trace = "", error.__traceback__
    while trace is not None:
        package = str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        found = found if package in sys.stdlib_module_names else package
        trace = trace.tb_next
    return found


def _is_text(value: str) -> bool:
    return NUL not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)

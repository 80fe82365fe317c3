"""The page for an error of ours, and for what will be well again in a while."""

from __future__ import annotations

import sys

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from config.foundation.actions import Busy
from config.foundation.clock import ClockWrong
from config.foundation.office import NoOffice
from documents.catalogue import NoCatalogue


def server_error(request: HttpRequest) -> HttpResponse:
    """What went wrong inside; a database that is away or read-only will be back: 503, try again.

    So will a machine whose clock is wrong, or another one that answers instead, a fresh
    installation that has no office or no catalogue yet, and rows that somebody holds too long.
    """
    for_a_while = OperationalError | InterfaceError | InternalError | ClockWrong
    if isinstance(sys.exc_info()[1], for_a_while | Busy | NoOffice | NoCatalogue):
        text = render_to_string("503.html")
        return HttpResponse(text, status=503, headers={"Retry-After": "10"})
    return HttpResponse(render_to_string("500.html"), status=500)

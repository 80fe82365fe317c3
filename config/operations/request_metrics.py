"""Counts and times each answer, and lets a collector inside in."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from config.operations.process_metrics import ANSWERS, SECONDS
from config.operations.views import metrics

COLLECTED = "/metrics"
STATIC, UNKNOWN = "static", "unknown"


class RequestMetrics:
    """Stands before all that looks at the name of the host and at https.

    A collector asks a process by its own address, which is none that visitors use.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, counted unless it is the count."""
        if request.path_info == COLLECTED:
            collected = metrics(request)
            collected["Content-Length"] = str(len(collected.content))
            return collected
        begun = time.perf_counter()
        response = self.get_response(request)
        page = page_name(request)
        SECONDS.labels(page).observe(time.perf_counter() - begun)
        ANSWERS.labels(page, request.method, str(response.status_code)).inc()
        return response


def page_name(request: HttpRequest) -> str:
    """What the address is called in the code, which says nothing of a person."""
    match = request.resolver_match
    if match is not None:
        return match.view_name
    return STATIC if request.path_info.startswith(settings.STATIC_URL) else UNKNOWN

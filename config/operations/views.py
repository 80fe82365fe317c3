"""What machines ask: whether a process answers, whether it is ready, and how the system fares."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from config.foundation.schema import count_unapplied_migrations
from config.operations import process_metrics, state_metrics
from config.operations.draining import is_leaving


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers, and goes on doing so."""
    if is_leaving():
        return HttpResponse("leaving\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and has every migration; 503 otherwise."""
    try:
        behind = count_unapplied_migrations()
    except DatabaseError:
        return _unready("database")
    return _unready("migrations") if behind else HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """What the processes count and the database says, in the text format of Prometheus."""
    if not _may_collect(request):
        return HttpResponse(status=404)
    body = process_metrics.exposition() + state_metrics.exposition(now=timezone.now())
    return HttpResponse(body, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_collect(request: HttpRequest) -> bool:
    # our proxies give the address out to nobody; one that was set up otherwise adds this header
    if "X-Forwarded-For" in request.headers:
        return False
    if settings.METRICS_TOKEN:
        told = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return constant_time_compare(told, settings.METRICS_TOKEN)
    return settings.LOOPBACK


def _unready(what: str) -> HttpResponse:
    return HttpResponse(f"not ready: {what}\n", status=503, content_type="text/plain")

"""What machines ask: whether a process answers, whether it is ready, and how the system fares."""

from __future__ import annotations

from resource import RUSAGE_SELF, getrusage

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.foundation.schema import count_unapplied_migrations
from config.operations.health import measure


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
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
    """What health measures, for a collector; whoever comes through the proxy needs the token."""
    if not _may_collect(request):
        return HttpResponse(status=404)
    lines = ["# what each line means: manage.py health"]
    for one in measure(now=timezone.now()):
        label = f'{{of="{one.label}"}}' if one.label else ""
        lines += [f"soforttermin_{one.name}{label} {one.value:g}"]
        lines += [f"soforttermin_{one.name}_well{label} {one.well:d}"]
    lines += [f"process_max_resident_kilobytes {getrusage(RUSAGE_SELF).ru_maxrss}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; version=0.0.4")


def _may_collect(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        told = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return constant_time_compare(told, settings.METRICS_TOKEN)
    return settings.LOOPBACK


def _unready(what: str) -> HttpResponse:
    return HttpResponse(f"not ready: {what}\n", status=503, content_type="text/plain")

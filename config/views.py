"""Addresses that belong to no app: the door itself, and what machines ask."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language_from_request
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def door(request: HttpRequest) -> HttpResponse:
    """Leads to the start page in the remembered language, else in one the browser asks for."""
    response = HttpResponseRedirect(f"/{get_language_from_request(request)}/")
    response["Vary"] = "Accept-Language, Cookie"
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may show the start page and nothing that belongs to a person."""
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /*/manage/", "Disallow: /*/box/", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


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
        executor = MigrationExecutor(connection)
        behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return _unready("database")
    return _unready("migrations") if behind else HttpResponse("ok\n", content_type="text/plain")


def _unready(what: str) -> HttpResponse:
    return HttpResponse(f"not ready: {what}\n", status=503, content_type="text/plain")

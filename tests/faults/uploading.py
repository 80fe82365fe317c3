"""A web server that reads files as the pages of papers do, and says how many bytes came whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import django

django.setup()

from django.core.handlers.wsgi import WSGIRequest  # noqa: E402 - after the settings
from django.http import UnreadablePostError  # noqa: E402

from config.operations.overdue_requests import watched  # noqa: E402
from documents.applications.actions.refusals import TooManyAtOnce  # noqa: E402
from documents.applications.uploads import BoundedFiles, slow_line  # noqa: E402


def _reads(request: WSGIRequest) -> str:
    try:
        with slow_line(request):
            return "whole" if request.POST.get("whole") else "cut"
    except TooManyAtOnce:
        return "busy"
    except UnreadablePostError:
        return "paused"


def _uploading(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    said = "ok"
    if environ["REQUEST_METHOD"] == "POST":
        request = WSGIRequest(environ)
        request.upload_handlers = [BoundedFiles(request)]
        said = _reads(request)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(said)))])
    return [said.encode()]


application = watched(_uploading)

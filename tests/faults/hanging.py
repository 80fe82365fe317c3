"""The product's WSGI application; a request with `X-Fault: hang` runs in a circle for ever."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from config.operations.overdue_requests import watched
from config.wsgi import application as product


def _hanging(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    while environ.get("HTTP_X_FAULT") == "hang":
        pass
    return product(environ, start_response)


application = watched(_hanging)

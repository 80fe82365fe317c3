"""A web application that takes half a second for each answer and reads what it is sent.

What is proven with it is the proxy's and the web server's; only tests load this.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from config.operations.draining import is_leaving

SECONDS = 0.5


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Says ok, at once for /healthz (as the product does) and after half a second for all else."""
    if environ["PATH_INFO"] != "/healthz":
        environ["wsgi.input"].read()
        time.sleep(SECONDS)
        status = "200 OK"
    else:
        status = "503 Service Unavailable" if is_leaving() else "200 OK"
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", "3")])
    return [b"ok\n"]

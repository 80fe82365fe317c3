"""A web application that takes half a second for each answer and reads what it is sent.

What is proven with it is the proxy's and the web server's; only tests load this.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

SECONDS = 0.5


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Says ok, at once for /healthz and after half a second for everything else."""
    if environ["PATH_INFO"] != "/healthz":
        environ["wsgi.input"].read()
        time.sleep(SECONDS)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
    return [b"ok\n"]

"""Which request or task writes a line of the log: ids by chance that say nothing of a person."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
REQUEST = "soforttermin.request"  # in the environ, for the line of the access log
_ids: ContextVar[dict[str, str]] = ContextVar("ids", default={})  # noqa: B039 - never changed


def current_ids() -> dict[str, str]:
    """The id of the request or task that runs here, by what it is."""
    return _ids.get()


@contextmanager
def running(**ids: str) -> Iterator[None]:
    """Lines within are written by this request or task."""
    token = _ids.set(ids)
    try:
        yield
    finally:
        _ids.reset(token)


def numbered(application: Application) -> Application:
    """The application, each of whose requests has an id of its own."""

    def answering(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        number = environ[REQUEST] = secrets.token_hex(8)
        with running(request=number):
            return application(environ, start_response)

    return answering

"""The product's WSGI application, with points at which a test kills it or cuts its database.

A request names the point and what to do there: `X-Fault: kill after_event`. Only tests load this.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from typing import Any
from unittest import mock

import psycopg
from django.conf import settings
from django.db import connection, transaction

from config.wsgi import application as product
from tests.faults import clock  # noqa: F401  (may be wrong)

_request = threading.local()


def _reach(point: str) -> None:
    what, _, where = getattr(_request, "fault", "").partition(" ")
    if where != point:
        return
    _request.fault = ""
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "cut":
        pid = connection.connection.info.backend_pid
        database = settings.DATABASES["default"]
        with psycopg.connect(
            host=database["HOST"], port=database["PORT"], user=database["USER"], dbname="postgres"
        ) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])


class _Watched(transaction.Atomic):
    def __enter__(self) -> None:
        self.outermost = not connection.in_atomic_block
        if self.outermost:
            _reach("before_transaction")
        super().__enter__()

    def __exit__(self, *error: Any) -> None:
        if self.outermost and error[0] is None:
            _reach("before_commit")
        super().__exit__(*error)
        if self.outermost and error[0] is None:
            _reach("after_commit")


def _atomic(using: Any = None, savepoint: bool = True, durable: bool = False) -> Any:
    if callable(using):
        return _Watched(None, savepoint, durable)(using)
    return _Watched(using, savepoint, durable)


def _then(function: Callable[..., Any], point: str) -> Callable[..., Any]:
    def called(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        _reach(point)
        return result

    return called


def _install() -> None:
    from booking.actions import holds, transitions
    from booking.notifications import enqueue
    from config.foundation import outbox

    transaction.atomic = _atomic
    record = _then(transitions.record, "after_event")
    for module in (transitions, holds):
        mock.patch.object(module, "record", record).start()
    for name in ("enqueue", "enqueue_all"):
        letters = _then(getattr(outbox, name), "after_letter")
        mock.patch.object(enqueue, name, letters).start()


_install()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The product, with the fault that the request asks for."""
    _request.fault = environ.get("HTTP_X_FAULT", "")
    answer = product(environ, start_response)
    _reach("before_answer")
    return answer

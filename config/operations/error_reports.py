"""Reports errors to a Sentry of the office: what failed and where, and nothing about anybody.

Of an event only what is listed here leaves. Everything else that the library gathers (texts of
errors, variables, requests, users, what was logged before) may be about a person.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config.operations.log_ids import current_ids
from config.operations.logs import mask

_KEPT = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment")
_KEPT_OF_A_FRAME = ("filename", "function", "lineno", "module", "in_app")


def start(dsn: str, *, transport: Any = None) -> None:
    """Sends every error of the log from now on; raises ImproperlyConfigured where it can't."""
    try:
        import sentry_sdk  # loaded on demand
        from sentry_sdk.integrations.logging import LoggingIntegration
        from sentry_sdk.utils import BadDsn
    except ImportError:
        raise ImproperlyConfigured("SENTRY_DSN needs the extra `sentry`") from None
    try:
        sentry_sdk.init(
            dsn=dsn,
            transport=transport,
            # the log has every error already; the others look into requests, tasks and statements
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
            before_send=strip,
            max_breadcrumbs=0,
            include_local_variables=False,
            include_source_context=False,
            auto_session_tracking=False,
        )
    except BadDsn:
        raise ImproperlyConfigured("SENTRY_DSN is no address of a Sentry") from None


def strip(event: Any, hint: dict[str, Any]) -> Any:
    """The event without all that may be about a person."""
    found = {name: event[name] for name in _KEPT if name in event}
    entry = event.get("logentry") or {}
    found["logentry"] = {"message": mask(str(entry.get("message", "")))}
    values = (event.get("exception") or {}).get("values") or []
    found["exception"] = {"values": [_exception(value) for value in values]}
    found["tags"] = current_ids()
    return found


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or []
    kept = [{name: frame.get(name) for name in _KEPT_OF_A_FRAME} for frame in frames]
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "stacktrace": {"frames": kept},
    }

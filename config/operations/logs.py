"""Log lines without people: UTC, no addresses, no tokens, no text of an error.

What an exception says may quote a name or a row ("Key (email)=(…) already exists"), so a line holds
its type and where it was raised, which is what mends it.
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger as GunicornLogger
from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

from config.operations.log_ids import REQUEST, current_ids

_MASKS = (
    (re.compile(r"[^\s@<>\"'=/]{1,64}@[^\s@<>\"']+\.[^\s@<>\"',;)]+"), "[address]"),
    # tokens and digests: longer than any word of ours and never broken by a space
    (re.compile(r"[A-Za-z0-9_-]{32,}"), "[token]"),
    (re.compile(r"\b\d{6}\b"), "[code]"),
    (re.compile(r"\?[^\s\"']+"), "?[query]"),
)

_MOST_CAUSES = 20
_SECOND = "%Y-%m-%dT%H:%M:%SZ"
# what a line of the access log is made of, and its names as fields
_ACCESS_FIELDS = {
    "m": "method",
    "U": "path",
    "s": "status",
    "B": "bytes",
    "M": "milliseconds",
    "request": "request",
}


def mask(text: str) -> str:
    """`text` on one line without e-mail addresses, tokens, six-digit codes and query strings."""
    text = text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


class Formatter(logging.Formatter):
    """`2026-11-22T07:00:00Z ERROR django.request message` and, below it, where an error arose."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", datefmt=_SECOND, style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line, masked."""
        record.message = mask(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        """Types and places of an error and of what caused it; never what it said."""
        return "\n".join(places(ei[1]))


class JsonFormatter(BaseJsonFormatter):
    """The same as one object a line, with the id of the request or task that wrote it.

    Whatever else a record carries stays out: the request itself is among it.
    """

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Puts our fields together."""
        log_data |= {
            "at": time.strftime(_SECOND, time.gmtime(record.created)),
            "level": record.levelname,
            "logger": record.name,
            "message": mask(record.message),
            **current_ids(),
        }
        if record.name == "gunicorn.access" and isinstance(record.args, dict):
            log_data |= {name: record.args[atom] for atom, name in _ACCESS_FIELDS.items()}
        if record.exc_info:
            log_data["error"] = [place.strip() for place in places(record.exc_info[1])]

    def formatException(self, ei: Any) -> str:
        """Nothing: `add_fields` tells of an error, and its text is told nowhere."""
        return ""


def places(error: BaseException | None) -> list[str]:
    """Types and places of an error and of what caused it, a line each."""
    lines = []
    seen: set[int] = set()
    # an error may be its own cause, and whoever writes a line holds the lock of all lines
    while error is not None and id(error) not in seen and len(seen) < _MOST_CAUSES:
        seen.add(id(error))
        lines.append(f"  {type(error).__module__}.{type(error).__qualname__}")
        for frame in traceback.extract_tb(error.__traceback__):
            lines.append(f"    {frame.filename}:{frame.lineno} {frame.name}")
        error = error.__cause__ or error.__context__
    return lines


FORMATTERS: dict[str, type[Formatter | JsonFormatter]] = {"line": Formatter, "json": JsonFormatter}


def formatter() -> logging.Formatter:
    """The formatter of this deployment."""
    return FORMATTERS[settings.LOG_FORMAT]()


# No address of the visitor, no query, no referrer, no browser; method, path, status, bytes, ms.
ACCESS_LOG_FORMAT = "%(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"


class AccessLog(GunicornLogger):
    """Gunicorn's logger with masked paths: a link of a letter has its token there."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """What a line of the access log is made of; gunicorn's own gathers every header first."""
        return {
            "m": environ["REQUEST_METHOD"],
            # what gunicorn refuses itself never got as far as a path
            "U": mask(environ.get("PATH_INFO", "-")),
            "s": str(resp.status).partition(" ")[0],
            "B": resp.sent,
            "M": int(request_time.total_seconds() * 1000),
            "request": environ.get(REQUEST, "-"),
        }

    def setup(self, cfg: Any) -> None:
        """Sets gunicorn's handlers up and gives each our formatter."""
        super().setup(cfg)
        for handler in self.error_log.handlers + self.access_log.handlers:
            handler.setFormatter(formatter())

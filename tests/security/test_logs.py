"""What may stand in a log: T-L5, ASVS 16.2, 14.2."""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from gunicorn.config import Config
from pytest_django import Settings

from config.celery import app
from config.gunicorn import access_log_format
from config.operations.log_ids import REQUEST, numbered
from config.operations.logs import AccessLog, Formatter, JsonFormatter, formatter, mask

TOKEN = "q3-Zk_" * 7 + "A"


def _record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("booking", logging.ERROR, __file__, 1, message, (), info)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"Not Found: /de/manage/{TOKEN}/", "Not Found: /de/manage/[token]/"),
        ("mail to Ali.Reza+x@example.org failed", "mail to [address] failed"),
        ("code 123456 wrong", "code [code] wrong"),
        ("GET /de/?email=a&x=1 200", "GET /de/?[query] 200"),
        ("letter 17 sent: appointment/17", "letter 17 sent: appointment/17"),
        ("one\nERROR two", r"one\nERROR two"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
    ],
)
def test_mask_hides_what_belongs_to_people(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_line_tells_utc_time_level_and_place() -> None:
    record = _record("letter %s sent")
    record.created = 0
    assert Formatter().format(record) == "1970-01-01T00:00:00Z ERROR booking letter %s sent"


def test_error_tells_its_type_and_place_but_not_its_text() -> None:
    try:
        try:
            raise ValueError("Key (email)=(ali@example.org) already exists")
        except ValueError as cause:
            raise RuntimeError("for Ali Reza, born 1985-05-12") from cause
    except RuntimeError:
        record = _record("failed", sys.exc_info()[1])
    line = Formatter().format(record)
    assert "RuntimeError" in line
    assert "ValueError" in line
    assert "test_logs.py" in line
    for secret in ("Ali", "1985", "email"):
        assert secret not in line


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Fails what takes longer; whoever never ends could not be waited for."""

    def too_long(*_signal: object) -> None:
        raise AssertionError(f"not within {seconds} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_errors_that_cause_each_other_are_told_once(length: int) -> None:
    """The lock of all lines is held meanwhile: an endless one silenced the whole process."""
    errors: list[BaseException] = [ValueError(n) for n in range(length)]
    for n, error in enumerate(errors):
        error.__cause__ = errors[(n + 1) % length]
    with _within(1):
        text = Formatter().format(_record("failed", errors[0]))
    assert text.count("builtins.ValueError") == length


def test_a_long_chain_of_causes_is_cut() -> None:
    chain: BaseException = KeyError()
    for _n in range(1000):
        following = KeyError()
        following.__cause__ = chain
        chain = following
    text = Formatter().format(_record("failed", chain))
    assert text.count("builtins.KeyError") == 20


def test_access_line_has_no_address_query_or_token() -> None:
    logger = AccessLog(Config())
    response = SimpleNamespace(status="200 OK", headers=[], sent=10, response_length=10)
    request = SimpleNamespace(headers=[])
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": f"/de/manage/{TOKEN}/",
        "RAW_URI": f"/de/manage/{TOKEN}/?code=123456",
        "QUERY_STRING": "code=123456",
        "REMOTE_ADDR": "192.0.2.7",
        "HTTP_REFERER": f"https://x.example/{TOKEN}",
        "HTTP_USER_AGENT": "Browser of Ali",
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    took = SimpleNamespace(seconds=0, microseconds=5000, total_seconds=lambda: 0.005)
    line = access_log_format % logger.atoms(response, request, environ, took)
    assert line == "GET /de/manage/[token]/ 200 10 bytes 5 ms"


def _json(record: logging.LogRecord) -> dict[str, Any]:
    line = JsonFormatter().format(record)
    assert "\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


def test_json_tells_the_same_without_people() -> None:
    try:
        raise ValueError("for Ali Reza, born 1985-05-12")
    except ValueError:
        record = _record("mail to ali@example.org failed", sys.exc_info()[1])
    record.created = 0
    # what Django adds to a record of a request, and others may
    record.request = "<WSGIRequest: GET '/de/?name=Ali'>"
    record.person = "Ali"
    found = _json(record)
    error = found.pop("error")
    assert found == {
        "at": "1970-01-01T00:00:00Z",
        "level": "ERROR",
        "logger": "booking",
        "message": "mail to [address] failed",
    }
    assert error[0] == "builtins.ValueError"
    assert "test_logs.py" in error[1]
    for secret in ("Ali", "1985"):
        assert secret not in json.dumps(error)


def test_json_line_of_the_access_log_has_fields() -> None:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/de/manage/{TOKEN}/", REQUEST: "ab12"}
    took = SimpleNamespace(total_seconds=lambda: 0.005)
    atoms = AccessLog(Config()).atoms(
        SimpleNamespace(status="200 OK", sent=10), None, environ, took
    )
    record = logging.LogRecord(
        "gunicorn.access", logging.INFO, __file__, 1, access_log_format, (atoms,), None
    )
    found = _json(record)
    assert (found["method"], found["path"], found["status"]) == (
        "GET",
        "/de/manage/[token]/",
        "200",
    )
    assert (found["bytes"], found["milliseconds"], found["request"]) == (10, 5, "ab12")


def test_lines_of_one_request_have_its_id() -> None:
    seen: list[dict[str, Any]] = []
    environs: list[dict[str, Any]] = [{}, {}]

    def application(environ: dict[str, Any], start_response: object) -> list[bytes]:
        seen.append(_json(_record("something")))
        return []

    for environ in environs:
        numbered(application)(environ, None)
    assert [line["request"] for line in seen] == [environ[REQUEST] for environ in environs]
    assert seen[0]["request"] != seen[1]["request"]
    assert "request" not in _json(_record("between requests"))


def test_lines_of_one_task_have_its_id(caplog: pytest.LogCaptureFixture) -> None:
    lines: list[dict[str, Any]] = []

    @app.task(name="tests.says_something")
    def task() -> None:
        lines.append(_json(_record("something")))

    with patch("config.operations.sweep_task.record_sweep"):
        task.apply(task_id="9f0c")
        task()
    del app.tasks["tests.says_something"]
    assert [line["task"] for line in lines] == ["9f0c", "tests.says_something"]


def test_settings_log_through_the_formatter_and_mail_nothing(settings: Settings) -> None:
    handlers = settings.LOGGING["handlers"]
    assert [handler["formatter"] for handler in handlers.values()] == ["chosen"]
    assert settings.LOGGING["formatters"]["chosen"] == {"()": "config.operations.logs.formatter"}
    assert isinstance(formatter(), Formatter)
    settings.LOG_FORMAT = "json"
    assert isinstance(formatter(), JsonFormatter)
    assert not logging.getLogger("django").handlers

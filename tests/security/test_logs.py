"""What may stand in a log: T-L5, ASVS 16.2, 14.2."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from pytest_django import Settings

from config.gunicorn import access_log_format
from config.operations.logs import AccessLog, Formatter, mask

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


def test_settings_log_through_the_formatter_and_mail_nothing(settings: Settings) -> None:
    handlers = settings.LOGGING["handlers"]
    assert [handler["formatter"] for handler in handlers.values()] == ["line"]
    assert settings.LOGGING["formatters"]["line"] == {"()": "config.operations.logs.Formatter"}
    assert not logging.getLogger("django").handlers

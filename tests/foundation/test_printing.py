"""What bounds the making of PDFs."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from config.foundation import printing
from config.foundation.printing import PER_VISITOR, Memory, pdf_answer
from tests.faults.conftest import wait_for

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def ask(
    make: Callable[[], bytes] = lambda: b"%PDF-",
    *,
    visitor: str = "203.0.113.7",
    memory: Memory | None = None,
    key: str = "",
) -> HttpResponse:
    """The answer to one visitor."""
    request = RequestFactory().get("/x.pdf", REMOTE_ADDR=visitor)
    return pdf_answer(request, make, now=NOW, memory=memory, key=key)


def never() -> bytes:
    raise AssertionError("made again")


@pytest.mark.django_db
def test_the_same_is_made_once_and_counts_once() -> None:
    memory = Memory(1000)
    assert ask(memory=memory, key="a").content == b"%PDF-"
    for _time in range(PER_VISITOR + 1):
        answer = ask(never, memory=memory, key="a")
        assert (answer.status_code, answer.content) == (200, b"%PDF-")
    with pytest.raises(AssertionError, match="made again"):
        ask(never, memory=memory, key="b")


def test_memory_has_a_size_and_forgets_what_nobody_asks_for() -> None:
    memory = Memory(30)
    for key in "abc":
        memory.keep(key, b"0123456789")
    assert memory.get("a")
    memory.keep("d", b"0123456789")
    assert [bool(memory.get(key)) for key in "abcd"] == [True, False, True, True]
    memory.keep("e", b"0" * 31)
    assert [memory.get(key) for key in "abcde"] == [None] * 5


@pytest.mark.django_db
def test_visitor_who_asks_too_often_is_told_so_and_nobody_else() -> None:
    told = Counter(ask().status_code for _time in range(PER_VISITOR + 3))
    assert told == {200: PER_VISITOR, 429: 3}
    assert ask()["Retry-After"] == "60"
    assert ask(visitor="203.0.113.8").status_code == 200
    assert ask(visitor="127.0.0.1").status_code == 200


def test_third_at_once_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_within", lambda *_: True)
    monkeypatch.setattr(printing, "WAIT", 0.05)
    begun, go_on = threading.Event(), threading.Event()
    at_once: list[int] = []

    def slowly() -> bytes:
        at_once.append(len(at_once) + 1)
        begun.set()
        assert go_on.wait(20)
        at_once.append(-1)
        return b"%PDF-"

    told: list[int] = []
    printing_now = [
        threading.Thread(target=lambda: told.append(ask(slowly).status_code)) for _one in range(2)
    ]
    printing_now[0].start()
    assert begun.wait(20)
    printing_now[1].start()
    wait_for(lambda: not printing._places._value, seconds=20)  # the second waits
    refused = ask(never)
    assert (refused.status_code, refused["Retry-After"]) == (503, "10")
    assert len(at_once) == 1  # one at a time
    go_on.set()
    for each in printing_now:
        each.join(20)
    assert told == [200, 200]
    assert ask().status_code == 200


def test_failure_gives_the_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_within", lambda *_: True)
    for _time in range(3):
        with pytest.raises(AssertionError, match="made again"):
            ask(never)
    assert ask().status_code == 200

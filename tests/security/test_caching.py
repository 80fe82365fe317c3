"""What was made for one person is kept by no cache: T-L5, F34, ASVS 14.3.2."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config.headers import VERBS, Headers


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page", headers={"Cache-Control": "public, max-age=60"})


@pytest.mark.parametrize("accessed", [True, False])
def test_page_that_read_a_session_is_never_stored(accessed: bool) -> None:
    request = RequestFactory().get("/")
    request.session = SimpleNamespace(accessed=accessed)
    kept = Headers(page)(request)["Cache-Control"]
    assert kept == ("private, no-store" if accessed else "public, max-age=60")


def test_page_without_sessions_keeps_its_own_word() -> None:
    assert Headers(page)(RequestFactory().get("/"))["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "X"])
def test_unknown_verb_never_reaches_a_page(verb: str) -> None:
    answer = Headers(page)(RequestFactory().generic(verb, "/"))
    assert answer.status_code == 405
    assert answer["Allow"] == ", ".join(VERBS)

"""Headers on every answer: pages, files, refusals, errors. ASVS 3.3, 3.4; T-L5, T-L7, F34."""

from __future__ import annotations

import logging
import re
from itertools import product

import pytest
from django.http import HttpResponseBase
from django.test import Client, RequestFactory

from config import urls
from config.middleware.headers import Headers
from tests.corpus.flow import FOREIGN_HOSTS, FOREIGN_LANGUAGES, FOREIGN_PATHS, FOREIGN_SESSIONS
from tests.security.routes import all_routes

pytestmark = pytest.mark.usefixtures("house")

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}


def check(answer: HttpResponseBase) -> None:
    """Every header is there, once and strict."""
    policy = dict(
        part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";") if part
    )
    assert POLICY.items() <= policy.items()
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "http" not in answer["Content-Security-Policy"]  # no third party
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] in {"no-referrer", "same-origin"}
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "Server" not in answer
    assert "X-Powered-By" not in answer


def test_every_address_answers_with_every_header(clients: dict[str, Client]) -> None:
    for kind, route in product(("anonymous", "superuser"), all_routes()):
        answer = clients[kind].get(route.path)
        check(answer)
        for morsel in answer.cookies.values():
            if morsel.key != "language" and morsel["max-age"] != 0:
                assert morsel["httponly"]
            assert morsel["samesite"] == "Lax"
            assert not morsel["domain"]
            assert morsel["path"] == "/"


def test_address_that_is_nowhere_answers_with_every_header(client: Client) -> None:
    for path in FOREIGN_PATHS:
        answer = client.get(path)
        assert 300 <= answer.status_code < 500, path
        check(answer)
        assert "Traceback" not in answer.content.decode(errors="replace")


def test_foreign_host_is_refused_or_ignored(client: Client) -> None:  # T-L7
    for (header, value), path in product(FOREIGN_HOSTS, ("/accounts/login/", "/en/contact/")):
        answer = client.get(path, headers={header: value})
        check(answer)
        assert answer.status_code in {200, 400}
        assert "evil" not in answer.content.decode() + str(answer.headers)


def test_foreign_language_gets_the_default_one(client: Client) -> None:
    for value in FOREIGN_LANGUAGES:
        answer = client.get("/", headers={"Accept-Language": value})
        assert answer["Location"] == "/de/"


def test_foreign_session_is_a_stranger(client: Client) -> None:
    for value in FOREIGN_SESSIONS:
        client.cookies["session"] = value
        assert client.get("/admin/").status_code == 302
        assert client.get("/accounts/login/").status_code == 200


def test_error_answers_with_every_header_and_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(request: object) -> None:
        raise RuntimeError("secret of somebody@example.org")

    door = next(route for route in urls.urlpatterns if getattr(route, "name", "") == "door")
    monkeypatch.setattr(door, "callback", fail)
    with caplog.at_level(logging.ERROR):
        answer = Client(raise_request_exception=False).get("/")
    assert answer.status_code == 500
    check(answer)
    assert "RuntimeError" not in answer.content.decode()
    assert "somebody" not in answer.content.decode()


def test_what_reads_a_session_is_kept_nowhere(clients: dict[str, Client]) -> None:  # F34
    for kind in ("anonymous", "superuser"):
        answer = clients[kind].get("/accounts/login/", follow=True)
        assert "no-store" in answer["Cache-Control"]
        assert "Cookie" in answer["Vary"]


def test_middleware_leaves_a_stricter_header_alone() -> None:
    from django.http import HttpResponse

    def page(request: object) -> HttpResponse:
        return HttpResponse(headers={"Content-Security-Policy": "default-src 'none'; sandbox"})

    answer = Headers(page)(RequestFactory().get("/"))
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_no_page_asks_anybody_else_or_runs_inline(clients: dict[str, Client]) -> None:
    for kind, route in product(("anonymous", "superuser"), all_routes()):
        answer = clients[kind].get(route.path)
        if "text/html" not in answer.get("Content-Type", ""):
            continue
        html = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", html)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html)
        assert not re.search(
            r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']?(?:https?:)?//", html
        )

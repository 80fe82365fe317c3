"""What was made for one person is kept by no cache: T-L5, F34, ASVS 14.3.2."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from booking.models import Token
from booking.models.applicants import mint_token
from config.accounts.sessions import NEW_PER_VISITOR, PER, SessionStore
from config.foundation.limits import take
from config.middleware.headers import METHODS, Headers
from tests.factories import MONDAY, AppointmentFactory
from tests.security.routes import all_routes


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page", headers={"Cache-Control": "public, max-age=60"})


@pytest.mark.parametrize("accessed", [True, False])
def test_page_that_read_a_session_is_never_stored(accessed: bool) -> None:
    request = RequestFactory().get("/")
    request.session = SessionBase()
    request.session.accessed = accessed
    kept = Headers(page)(request)["Cache-Control"]
    assert kept == ("private, no-store" if accessed else "public, max-age=60")


def test_page_without_sessions_keeps_its_own_word() -> None:
    assert Headers(page)(RequestFactory().get("/"))["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "X"])
def test_unknown_method_never_reaches_a_page(method: str) -> None:
    answer = Headers(page)(RequestFactory().generic(method, "/"))
    assert answer.status_code == 405
    assert answer["Allow"] == ", ".join(METHODS)


@pytest.fixture
def visitor(house: None) -> Client:
    return Client()


@pytest.mark.parametrize("language", ["de", "en", "ar"])
@pytest.mark.parametrize("cookies", [{}, {"session": "a" * 32, "csrftoken": "b" * 32}])
@pytest.mark.parametrize("told", ["", "uk"])
def test_first_page_is_the_same_for_all_and_may_be_kept_for_a_second(
    visitor: Client, cookies: dict[str, str], language: str, told: str
) -> None:  # F34
    plain = Client().get(f"/{language}/").content
    for name, value in {**cookies, "language": told, "messages": "x"}.items():
        visitor.cookies[name] = value
    answer = visitor.get(f"/{language}/", headers={"Accept-Language": told or "tr"})
    kept = answer["Cache-Control"].split(", ")
    assert sorted(kept) == ["max-age=1", "public", "stale-while-revalidate=5"]
    assert answer.content == plain  # nobody's cookie or browser changes a word
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


def test_way_to_the_first_page_is_kept_nowhere(visitor: Client) -> None:  # F34
    answer = visitor.get("/", headers={"Accept-Language": "uk"})
    assert "no-store" in answer["Cache-Control"]
    assert {"Accept-Language", "Cookie"} <= set(answer["Vary"].split(", "))


def test_cookie_alone_keeps_an_answer_out_of_caches() -> None:
    def sets_a_cookie(_request: HttpRequest) -> HttpResponse:
        answer = HttpResponse()
        answer.set_cookie("any", "thing")
        return answer

    plain = Headers(lambda _request: HttpResponse())(RequestFactory().get("/"))
    assert "Cache-Control" not in plain
    assert Headers(sets_a_cookie)(RequestFactory().get("/"))["Cache-Control"] == "private, no-store"


def test_whatever_sets_a_cookie_is_kept_nowhere(clients: dict[str, Client], house: None) -> None:
    papers = clients["anonymous"].get("/en/documents/").content.decode()
    paths = {route.path for route in all_routes()}
    paths |= set(re.findall(r"/en/documents/[\w-]+/", papers))
    forms, shared = set(), {}
    for path in sorted(paths):
        for kind in ("anonymous", "superuser"):
            for _time in range(2):  # the cookie of a form's token is new, and the same again
                answer = clients[kind].get(path)
                personal = b"csrfmiddlewaretoken" in getattr(answer, "content", b"")
                forms |= {path} if personal else set()
                if (answer.cookies or personal) and "no-store" not in answer.get(
                    "Cache-Control", ""
                ):
                    shared[path] = answer.get("Cache-Control", "")
    assert shared == {}
    assert [path for path in forms if path.startswith("/en/documents/")]  # the test can see one


@pytest.mark.parametrize(("address", "most"), [("198.51.100.1", 90), ("127.0.0.1", 240)])
def test_three_hundred_forms_of_one_address_make_no_three_hundred_sessions(
    house: None, address: str, most: int
) -> None:
    with time_machine.travel(MONDAY, tick=False):
        data = {"title_valid_until": "20.11.2026"}
        answers = [
            Client(REMOTE_ADDR=address).post("/en/check/expired/", data).status_code
            for _n in range(most + 10)
        ]
        assert answers == [303] * most + [429] * 10
        assert Session.objects.count() == most
        # who has a session goes on, and so does everybody else
        assert Client(REMOTE_ADDR="203.0.113.5").post("/en/check/expired/", data).status_code == 303


def test_session_under_a_new_key_is_no_new_one(house: None) -> None:
    store = SessionStore()
    store.visitor = "198.51.100.1"
    store["a"] = 1
    store.save()
    for _time in range(2 * NEW_PER_VISITOR):
        store.cycle_key()
    assert Session.objects.count() == 1


def test_page_that_begins_a_session_itself_is_told_to_wait(house: None) -> None:
    with time_machine.travel(MONDAY, tick=False):
        for _n in range(NEW_PER_VISITOR):
            take("session", "198.51.100.1", limit=NEW_PER_VISITOR, per=PER, now=MONDAY)
        appointment = AppointmentFactory()
        secret = mint_token(purpose=Token.Purpose.MANAGE, subject=appointment.subject, now=MONDAY)
        answer = Client(REMOTE_ADDR="198.51.100.1").get(f"/en/manage/{secret}/")
        assert (answer.status_code, answer["Retry-After"]) == (429, "60")
        assert not Session.objects.exists()

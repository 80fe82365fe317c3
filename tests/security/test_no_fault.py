"""Nothing that a person or a machine can send is answered with a fault: every address of the site.

Cookies, headers, charsets, queries, parts of paths and fields of the desk; on whatever database the
run uses, for PostgreSQL refuses what SQLite takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from config.wsgi import application
from pickup_box.models import Consent
from pickup_box.terminals import COOKIE
from tests.corpus.flow import FOREIGN_BODIES, FOREIGN_HOSTS, FOREIGN_LANGUAGES
from tests.corpus.requests import (
    FOREIGN_CHARSETS,
    FOREIGN_COOKIE_HEADERS,
    FOREIGN_COOKIES,
    FOREIGN_FIELD_VALUES,
    FOREIGN_HEADERS,
    FOREIGN_PARTS,
    FOREIGN_QUERIES,
    NO_TEXTS,
)
from tests.factories import AppointmentFactory, StaffFactory
from tests.pickup_box.making import make_box, make_notified
from tests.security.routes import Referral, all_routes

pytestmark = pytest.mark.usefixtures("house")
ROUTES = all_routes()
DESK = [route for route in ROUTES if route.pattern.startswith(("admin/", "accounts/"))]
PUBLIC = [route for route in ROUTES if route not in DESK]
WALKED = [each for each in ROUTES if each.pattern not in {"admin/logout/", "accounts/logout/"}]
PARAMETERS = (
    *("all", "by", "category", "counter", "date", "day", "e", "error", "format", "have", "last"),
    *("next", "o", "p", "page", "process", "q", "since", "view", "within", "_changelist_filters"),
    *("_facets", "_popup", "_to_field", "id__exact", "pk__in"),
)
STRIDE = 8  # every value meets every eighth address of a kind, and all meet the worst
T = TypeVar("T")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def visitors(clients: dict[str, Client]) -> dict[str, Client]:
    """A stranger and a superuser, who get an answer whatever happens; rows for them to see."""
    AppointmentFactory()
    make_notified(make_box(), StaffFactory(), contact="a@example.org")
    for client in clients.values():
        client.raise_request_exception = False
    return clients


def visitor_of(route: Referral, visitors: dict[str, Client]) -> Client:
    return visitors["superuser" if route in DESK else "anonymous"]


def some(values: Sequence[T], n: int, *always: T) -> list[T]:
    """What the `n`-th address meets: `always`, and its share of the others in turn."""
    return [*always, *values[n % STRIDE :: STRIDE]]


class Faults:
    """What was answered with a fault."""

    def __init__(self) -> None:
        self.found: dict[object, int] = {}

    def check(self, answer: HttpResponseBase, *what: object) -> None:
        """Notes a 5xx; a stream is read, for what is wrong in it shows late."""
        if answer.streaming:
            b"".join(answer)
        if answer.status_code >= 500:
            self.found[tuple(str(each)[:60] for each in what)] = answer.status_code


@pytest.fixture
def faults() -> Iterator[Faults]:
    found = Faults()
    yield found
    assert found.found == {}


def test_cookies(visitors: dict[str, Client], faults: Faults) -> None:
    names = (
        settings.CSRF_COOKIE_NAME,
        settings.LANGUAGE_COOKIE_NAME,
        "messages",
        "known-device",
        COOKIE,
    )
    for n, route in enumerate(WALKED):
        client = visitor_of(route, visitors)
        own = "; ".join(f"{name}={each.value}" for name, each in client.cookies.items())
        for value in some(FOREIGN_COOKIES, n, *FOREIGN_COOKIES[:1]):
            # what a session decides, and what the others decide within a good one
            others = f"{own}; " + "; ".join(f"{name}={value}" for name in names)
            for cookies in (f"{settings.SESSION_COOKIE_NAME}={value}", others):
                for method in ("GET", "POST"):
                    answer = client.generic(method, route.path, headers={"Cookie": cookies})
                    faults.check(answer, method, route.path, cookies)
        for value in some(FOREIGN_COOKIE_HEADERS, n):
            stranger = Client(raise_request_exception=False)
            faults.check(stranger.get(route.path, headers={"Cookie": value}), route.path, value)


def test_charsets(visitors: dict[str, Client], faults: Faults) -> None:
    for n, route in enumerate(WALKED):
        client = visitor_of(route, visitors)
        client.handler.enforce_csrf_checks = True
        client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
        for charset in some(FOREIGN_CHARSETS, n, "utf-7"):
            for method, kind in (("GET", "text/html"), ("POST", FORM)):
                told = f"{kind}; charset={charset}"
                answer = client.generic(method, f"{route.path}?q=%2BAHg-", b"q=+AHg-", told)
                faults.check(answer, method, route.path, told)


@pytest.mark.parametrize("charset", [*NO_TEXTS, "utf-7", "nonsense", "utf-8\x00"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_charset_that_is_no_text_never_reaches_django(method: str, charset: str) -> None:
    answered: list[str] = []
    environ = (
        RequestFactory()
        .generic(method, "/en/contact/?q=a", b"q=a", "text/html", HTTP_HOST="testserver")
        .environ
    )
    environ["CONTENT_TYPE"] = f"{FORM}; charset={charset}"
    body = application(environ, lambda status, _headers: answered.append(status))
    assert answered == ["400 Bad Request"]
    assert b"".join(body)


def test_headers(visitors: dict[str, Client], faults: Faults) -> None:
    languages = [("Accept-Language", value) for value in FOREIGN_LANGUAGES]
    headers = (*FOREIGN_HEADERS, *FOREIGN_HOSTS, *languages)
    for n, route in enumerate(WALKED):
        client = visitor_of(route, visitors)
        for m, (header, value) in enumerate(some(headers, n)):
            method = "POST" if (n + m) % 2 else "GET"
            answer = client.generic(method, route.path, headers={header: value}, secure=bool(m % 2))
            faults.check(answer, method, route.path, header, value)


def test_queries(visitors: dict[str, Client], faults: Faults) -> None:
    for n, route in enumerate(WALKED):
        client = visitor_of(route, visitors)
        for value in some(FOREIGN_QUERIES, n, "%00", "9" * 30):
            query = "&".join(f"{name}={value}" for name in PARAMETERS)
            for text in (query, f"{value}={value}"):
                faults.check(client.get(f"{route.path}?{text}"), route.path, text)


def test_regular_expressions_in_a_list_of_the_desk(visitors: dict[str, Client]) -> None:
    # of a column that a list may be asked by, and such as a database can read: all else is
    # refused for other reasons
    for query in ("id__regex=1", "id__iregex=.", "id__rege%78=1"):
        answer = visitors["superuser"].get(f"/admin/foundation/staff/?{query}")
        assert answer.status_code == 400, query


def _own_parameters() -> Iterator[tuple[str, str]]:
    """(address of a list, what its filters read)."""
    for model, desk in admin.site._registry.items():
        place = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for each in desk.list_filter:
            name, kind = each if isinstance(each, tuple) else (each, each)
            if isinstance(name, str):
                yield place, name
                yield from ((place, f"{name}__{how}") for how in ("exact", "gte", "isnull"))
                yield place, f"{name}__id__exact"
            else:
                assert isinstance(kind, type)
                assert issubclass(kind, SimpleListFilter)
                yield place, str(kind.parameter_name)
        yield from ((place, name) for name in ("id__exact", "o", "p", "q", "all", "_to_field"))


@pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive:RuntimeWarning")
def test_each_filter_of_the_desk(visitors: dict[str, Client], faults: Faults) -> None:
    for n, (place, name) in enumerate(dict.fromkeys(_own_parameters())):
        for value in some(FOREIGN_QUERIES, n, "abc", "%00", "9" * 30):
            answer = visitors["superuser"].get(f"{place}?{name}={value}")
            faults.check(answer, place, name, value)


def test_links_to_the_page_of_a_new_row(visitors: dict[str, Client], faults: Faults) -> None:
    for model, desk in admin.site._registry.items():
        place = f"/admin/{model._meta.app_label}/{model._meta.model_name}/add/"
        for value in ("x", "9" * 30, "0001-01-01", "[]"):
            asked = urlencode({each.name: value for each in model._meta.get_fields()})
            faults.check(visitors["superuser"].get(f"{place}?{asked}"), place, value, desk)


def test_paths(visitors: dict[str, Client], faults: Faults) -> None:
    for n, route in enumerate(WALKED):
        pattern = "/" + route.pattern.replace("<language>", "en")
        for value in some(FOREIGN_PARTS, n, "%00", "9" * 30) if "<" in pattern else ():
            path = re.sub(r"<[^>]+>", value, pattern)
            for method in ("GET", "POST"):
                answer = visitor_of(route, visitors).generic(method, path)
                faults.check(answer, method, path)


def test_fields_of_the_desk(visitors: dict[str, Client], faults: Faults) -> None:
    client = visitors["superuser"]
    for n, route in enumerate(each for each in DESK if each in WALKED):
        path = route.path_of_a_row()
        page = client.get(path)
        html = "" if page.streaming else page.content.decode(errors="replace")
        names = set(re.findall(r'<(?:input|select|textarea|button)[^>]*\bname="([^"]+)"', html))
        names -= {"csrfmiddlewaretoken"}
        names |= {"act", "action", "_selected_action", "select_across", "index", "q", "next"}
        for value in some(FOREIGN_FIELD_VALUES, n, "a\x00b"):
            sent = urlencode(dict.fromkeys(sorted(names), value))
            faults.check(client.generic("POST", path, sent, FORM), path, value)
        data = {"action": "delete_selected", "_selected_action": ["a\x00b", "9" * 30]}
        faults.check(client.post(path, data), path, "action")
        for kind, body in some(FOREIGN_BODIES, n):
            faults.check(client.generic("POST", path, body, content_type=kind), path, kind)


def test_fault_of_ours_at_the_desk_stays_one(
    visitors: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **more: object) -> None:
        int("x")

    monkeypatch.setattr("config.admin.start_page.print_day", fail)
    assert visitors["superuser"].get("/admin/day.pdf").status_code == 500


def test_saving_a_recorded_consent_changes_nothing(visitors: dict[str, Client]) -> None:
    before = Consent.objects.values().get()
    path = f"/admin/pickup_box/consent/{before['id']}/change/"
    assert visitors["superuser"].post(path, {"case_reference": "AZ-other"}).status_code == 302
    assert Consent.objects.values().get() == before


def test_session_with_a_nul_is_a_stranger(db: None) -> None:
    client = Client(raise_request_exception=False)
    for value in FOREIGN_COOKIES[:3]:
        cookies = f"{settings.SESSION_COOKIE_NAME}={value}"
        with CaptureQueriesContext(connection) as queries:
            answer = client.get("/en/manage/", headers={"Cookie": cookies})
        assert answer.status_code == 200
        # SQLite would take it, PostgreSQL raises: nobody asks
        assert not [each for each in queries.captured_queries if "django_session" in each["sql"]]


def test_body_that_nobody_can_read_where_there_is_no_page(faults: Faults) -> None:
    # the page that says so once read the form, as soon as a cookie asked for its token
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.get("/en/check/")
    for path in ("/favicon.ico", "/en/nowhere/", "/dev/letters/x/1", "/box/nowhere/hardware"):
        for kind, body in (*FOREIGN_BODIES, ("multipart/form-data; boundary=x", _FILE)):
            answer = client.generic("POST", path, body, content_type=kind)
            faults.check(answer, path, kind)
    assert client.post("/favicon.ico").status_code == 404


_FILE = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n1\r\n--x--\r\n'

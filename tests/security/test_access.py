"""Every address times every kind of visitor: T-C1, T-L4, T-L3."""

from __future__ import annotations

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.security.access import ACCESS, ANYBODY, KINDS
from tests.security.routes import Route, all_routes

ROUTES = all_routes()
BY_PATTERN = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.pattern)
WRITES = ("INSERT", "UPDATE", "DELETE")
# What a look may write: the session of the one who looks, and who looked at whom.
OWN_TRACES = ("django_session", "foundation_accessrecord", "signin_limits")


@pytest.fixture(autouse=True)
def _room(settings: object, db: None) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = False


def got_in(answer: HttpResponse) -> bool:
    """Whether the answer is the page, rather than the way to sign-in or a refusal."""
    if answer.status_code in {301, 302, 303}:
        return not answer["Location"].startswith(("/accounts/login/", "/admin/login/"))
    return answer.status_code not in {401, 403}


def test_every_address_is_listed() -> None:
    patterns = {route.pattern for route in ROUTES}
    assert patterns - set(ACCESS) == set(), "decide in tests/security/access.py who may get in"
    assert set(ACCESS) - patterns == set(), "listed, but no address any more"


@BY_PATTERN
def test_only_those_get_in_who_may(route: Route, clients: dict[str, Client]) -> None:
    entered = {kind for kind in KINDS if got_in(clients[kind].get(route.path))}
    assert entered == ACCESS[route.pattern]


@BY_PATTERN
def test_looking_changes_nothing(route: Route, clients: dict[str, Client]) -> None:
    visitor = clients["superuser" if ANYBODY not in ACCESS[route.pattern] else ANYBODY]
    for method in (visitor.get, visitor.head, visitor.options):
        with CaptureQueriesContext(connection) as queries:
            method(route.path)
        writes = [
            query["sql"]
            for query in queries.captured_queries
            if query["sql"].startswith(WRITES)
            and not any(table in query["sql"] for table in OWN_TRACES)
        ]
        assert writes == []


@BY_PATTERN
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_unused_verbs_are_refused(route: Route, method: str, client: Client) -> None:
    assert client.generic(method, route.path).status_code == 405


@BY_PATTERN
def test_nothing_is_posted_without_a_token_of_the_page(
    route: Route, clients: dict[str, Client]
) -> None:
    if route.pattern in WITHOUT_TOKEN:
        return
    visitor = Client(enforce_csrf_checks=True)
    visitor.cookies = clients["superuser"].cookies
    assert visitor.post(route.path).status_code in {403, 404, 405}


# Machines post here, and no cookie counts.
WITHOUT_TOKEN: frozenset[str] = frozenset()

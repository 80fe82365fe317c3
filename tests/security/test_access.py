"""Every address times every kind of visitor: T-C1, T-L4, T-L3."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tests.factories import InvitedFactory
from tests.responses import Response
from tests.security.access import ACCESS, ANYBODY, KINDS, SUPERUSER
from tests.security.routes import Referral, all_routes

ROUTES = all_routes()
# Choosing a language needs no token and does no harm.
WITHOUT_TOKEN = {"language/"}
WRITES = ("INSERT", "UPDATE", "DELETE")
# What a look may write: the session of the one who looks, and who looked at whom.
OWN_TRACES = ("foundation_limit", "django_session", "foundation_accessrecord")


@pytest.fixture(autouse=True)
def _room(settings: Settings, house: None) -> None:
    InvitedFactory()  # quotas and invitations are there to be seen
    settings.SECOND_FACTOR_REQUIRED = True
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = False


def got_in(answer: Response) -> bool:
    """Whether the answer is the page, rather than the way to sign-in or a refusal."""
    if answer.status_code in {301, 302, 303}:
        return not answer["Location"].startswith(("/accounts/login/", "/admin/login/"))
    return answer.status_code not in {401, 403}


def test_every_address_is_listed() -> None:
    patterns = {route.pattern for route in ROUTES}
    assert patterns - set(ACCESS) == set(), "decide in tests/security/access.py who may get in"
    assert set(ACCESS) - patterns == set(), "listed, but no address any more"


def visit(client: Client, route: Referral) -> Response:
    """The page, or the answer to an empty form where there is no page to look at."""
    answer = client.get(route.path_of_a_row())
    if answer.status_code != 405 or not route.pattern.startswith("admin/"):
        return answer
    return (
        answer if route.name == "logout" else client.post(route.path_of_a_row(), {"act": "start"})
    )


def test_only_those_get_in_who_may(clients: dict[str, Client]) -> None:
    entered = {
        route.pattern: {kind for kind in KINDS if got_in(visit(clients[kind], route))}
        for route in ROUTES
    }
    wrong = {
        pattern: sorted(kinds ^ ACCESS[pattern])
        for pattern, kinds in entered.items()
        if kinds != ACCESS[pattern]
    }
    assert wrong == {}


def test_looking_changes_nothing(clients: dict[str, Client]) -> None:
    written = {}
    for route in ROUTES:
        visitor = clients[SUPERUSER if ANYBODY not in ACCESS[route.pattern] else ANYBODY]
        for method in (visitor.get, visitor.head, visitor.options):
            with CaptureQueriesContext(connection) as queries:
                method(route.path)
            for query in queries.captured_queries:
                sql = query["sql"]
                if sql.startswith(WRITES) and not any(table in sql for table in OWN_TRACES):
                    written[route.pattern] = sql
    assert written == {}


def test_every_answer_says_its_length(clients: dict[str, Client]) -> None:
    wrong = {}
    for route in ROUTES:
        for method in ("GET", "POST"):
            answer = clients[ANYBODY].generic(method, route.path)
            if not answer.streaming and int(answer["Content-Length"]) != len(answer.content):
                wrong[method, route.path] = answer.status_code
    assert wrong == {}, "a server cuts what is longer than said: an empty page"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_unused_methods_are_refused(method: str, client: Client) -> None:
    answers = {client.generic(method, route.path).status_code for route in ROUTES}
    assert answers == {405}


def test_nothing_is_posted_without_a_token_of_the_page(clients: dict[str, Client]) -> None:
    visitor = Client(enforce_csrf_checks=True)
    visitor.cookies = clients[SUPERUSER].cookies
    taken = {
        route.pattern
        for route in ROUTES
        if visitor.post(route.path).status_code not in {403, 404, 405}
    }
    assert taken == WITHOUT_TOKEN

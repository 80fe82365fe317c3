"""Somebody who signs in, at home or elsewhere, with the right entries or wrong ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from config.foundation.staff import Staff
from tests.responses import Response
from tests.security.conftest import PASSWORD, app_secret

LOGIN, FACTOR = "/accounts/login/", "/accounts/2fa/authenticate/"
HOME, ELSEWHERE = "198.51.100.7", "203.0.113.200"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TEN = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(TEN, tick=False) as clock:
        yield clock


def sign_in(
    client: Client,
    person: Staff,
    password: str = PASSWORD,
    *,
    headers: dict[str, str] | None = None,
) -> Response:
    data = {"login": person.username, "password": password}
    return client.post(LOGIN, data, headers=headers)


def code_of(person: Staff, *, step: int = 0) -> str:
    (_before, counter, _after) = totp.yield_hotp_counters_from_time()
    return str(totp.format_hotp_value(totp.hotp_value(app_secret(person), counter + step)))


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def at_home(person: Staff) -> Client:
    """A browser at the desk of `person`, who has signed in there before."""
    client = Client(REMOTE_ADDR=HOME)
    assert sign_in(client, person).status_code == 302
    if Authenticator.objects.filter(user=person).exists():
        client.post(FACTOR, {"code": code_of(person)})
    assert is_in(client)
    client.post("/accounts/logout/")
    assert not is_in(client)
    return client


def wrong(
    person: Staff, address: str, times: int, *, headers: dict[str, str] | None = None
) -> None:
    for _try in range(times):
        sign_in(Client(REMOTE_ADDR=address), person, "falsch", headers=headers)

"""One-time codes: nobody guesses one, and each is used once. T-A8, T-C3."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal import auth as totp
from django.db import connection
from django.test import Client

from config.operations.retention import forget_due
from tests.security.conftest import PASSWORD, StaffMaker, app_secret
from tests.security.signing_in import FACTOR, HOME, HOUR, at_home, clock, code_of, is_in, sign_in

__all__ = ["clock"]


@pytest.mark.django_db
def test_sixth_wrong_code_ends_the_guessing(
    client: Client, make_staff: StaffMaker, clock: time_machine.Traveller
) -> None:
    person = make_staff()
    sign_in(client, person)
    for _try in range(5):
        client.post(FACTOR, {"code": "000000"})
    client.post(FACTOR, {"code": code_of(person)})
    assert not is_in(client)


@pytest.mark.django_db
def test_who_has_the_password_guesses_ten_codes_an_hour_and_locks_no_owner_out(
    make_staff: StaffMaker, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = make_staff()
    known = at_home(person)
    clock.shift(HOUR)
    tried: list[str] = []
    stock = totp.validate_totp_code

    def note(secret: str, code: str) -> bool:
        tried.append(code)
        return bool(stock(secret, code))

    monkeypatch.setattr(totp, "validate_totp_code", note)
    for n in range(20):
        stranger = Client(REMOTE_ADDR=f"203.0.113.{n}")
        sign_in(stranger, person)
        for _try in range(3):
            stranger.post(FACTOR, {"code": "000000"})
    assert len(tried) == 10
    monkeypatch.setattr(totp, "validate_totp_code", stock)
    sign_in(known, person)
    known.post(FACTOR, {"code": code_of(person)})
    assert is_in(known)


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [0, 29, 31, 33, 45, 59])
@pytest.mark.parametrize("step", [0, 1])
def test_code_is_accepted_once_for_as_long_as_it_is_good(
    make_staff: StaffMaker, clock: time_machine.Traveller, seconds: int, step: int
) -> None:
    person = make_staff()
    code = code_of(person, step=step)
    entered = []
    for _time in range(2):
        client = Client()
        sign_in(client, person)
        client.post(FACTOR, {"code": code})
        entered.append(is_in(client))
        clock.shift(timedelta(seconds=seconds))
    assert entered == [True, False]


@pytest.mark.django_db
def test_used_code_is_remembered_over_midnight_and_retention(make_staff: StaffMaker) -> None:
    person = make_staff()
    midnight = datetime(2026, 11, 25, tzinfo=UTC)
    entered = []
    with time_machine.travel(midnight - timedelta(seconds=5), tick=False) as clock:
        code = code_of(person)
        for _time in range(2):
            client = Client()
            sign_in(client, person)
            client.post(FACTOR, {"code": code})
            entered.append(is_in(client))
            clock.shift(timedelta(seconds=20))
            forget_due(now=midnight + timedelta(seconds=15), apply=True)
    assert entered == [True, False]


@pytest.mark.django_db
def test_code_that_set_the_app_up_signs_nobody_in(
    make_staff: StaffMaker, clock: time_machine.Traveller
) -> None:
    person = make_staff(factor=False)
    client = at_home(person)
    sign_in(client, person)
    setup = "/accounts/2fa/totp/activate/"
    client.post(f"/accounts/reauthenticate/?next={setup}", {"password": PASSWORD})
    page = client.get(setup)
    secret = page.context["form"].secret
    (_before, counter, _after) = totp.yield_hotp_counters_from_time()
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    client.post(setup, {"code": code})
    assert app_secret(person) == secret
    other = Client(REMOTE_ADDR=HOME)
    sign_in(other, person)
    other.post(FACTOR, {"code": code})
    assert not is_in(other)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_code_is_accepted_once_when_two_send_it_together(make_staff: StaffMaker) -> None:
    person = make_staff()
    clients = [Client(REMOTE_ADDR=f"203.0.113.{n}") for n in range(4)]
    for client in clients:
        sign_in(client, person)
    code = code_of(person)
    together = threading.Barrier(len(clients))

    def send(client: Client) -> bool:
        together.wait()
        try:
            client.post(FACTOR, {"code": code})
            return is_in(client)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        assert sum(pool.map(send, clients)) == 1

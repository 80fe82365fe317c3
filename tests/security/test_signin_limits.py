"""Guessing at the sign-in of staff: limits that hold, and lock no owner out. T-A8, T-C3."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account import app_settings as account_settings
from allauth.mfa import app_settings as mfa_settings
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client

from config.foundation.limits import take, used
from config.foundation.staff import KnownSource, Staff
from config.operations.retention import forget_due
from tests.security.conftest import PASSWORD, StaffMaker
from tests.security.signing_in import (
    DAY,
    ELSEWHERE,
    FACTOR,
    HOME,
    HOUR,
    LOGIN,
    TEN,
    at_home,
    clock,
    code_of,
    is_in,
    sign_in,
    wrong,
)

__all__ = ["clock"]


@pytest.mark.django_db
def test_sixth_wrong_password_of_a_source_is_not_even_tried(
    make_staff: StaffMaker, clock: time_machine.Traveller
) -> None:
    person = make_staff()
    wrong(person, ELSEWHERE, 5)
    answer = sign_in(Client(REMOTE_ADDR=ELSEWHERE), person)
    assert answer.status_code == 200  # the form again, although the password is right
    clock.shift(timedelta(minutes=16))
    assert sign_in(Client(REMOTE_ADDR=ELSEWHERE), person).status_code == 302


@pytest.mark.django_db
def test_right_password_is_no_guess(make_staff: StaffMaker, clock: time_machine.Traveller) -> None:
    person = make_staff(factor=False)
    wrong(person, HOME, 4)
    for _time in range(10):
        assert sign_in(Client(REMOTE_ADDR=HOME), person).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["testserver:{n}", "localhost:{n}", "127.0.0.1:{n}", "TESTSERVER"])
def test_name_of_the_host_is_no_fresh_counter(
    make_staff: StaffMaker, clock: time_machine.Traveller, host: str
) -> None:
    person = make_staff()
    for n in range(5):
        wrong(person, ELSEWHERE, 1, headers={"Host": host.format(n=n + 1)})
    headers = {"Host": host.format(n=7)}
    assert sign_in(Client(REMOTE_ADDR=ELSEWHERE), person, headers=headers).status_code == 200


@pytest.mark.django_db
def test_spelling_of_the_name_is_no_fresh_counter(
    make_staff: StaffMaker, clock: time_machine.Traveller
) -> None:
    person = make_staff(username="frieda")
    for name in ("frieda", "Frieda", "FRIEDA", " frieda", "frieda "):
        Client(REMOTE_ADDR=ELSEWHERE).post(LOGIN, {"login": name, "password": "falsch"})
    assert sign_in(Client(REMOTE_ADDR=ELSEWHERE), person).status_code == 200


@pytest.mark.django_db
def test_three_hundred_other_forms_unlock_nothing(
    make_staff: StaffMaker, clock: time_machine.Traveller
) -> None:
    people = [make_staff() for _n in range(8)]
    for n, person in enumerate(people):
        wrong(person, f"203.0.113.{n}", 5)
    for n in range(300):
        Client(REMOTE_ADDR=f"198.18.{n // 250}.{n % 250}").post(LOGIN, {})
    for n, person in enumerate(people):
        assert sign_in(Client(REMOTE_ADDR=f"203.0.113.{n}"), person).status_code == 200


@pytest.mark.django_db
def test_twenty_first_wrong_name_from_one_address_is_not_even_tried(
    make_staff: StaffMaker, clock: time_machine.Traveller
) -> None:
    person = make_staff()
    for n in range(20):
        Client(REMOTE_ADDR=ELSEWHERE).post(LOGIN, {"login": f"nobody{n}", "password": "falsch"})
    assert sign_in(Client(REMOTE_ADDR=ELSEWHERE), person).status_code == 200
    assert sign_in(Client(REMOTE_ADDR="192.0.2.1"), person).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("sources", [1, 5, 60])
def test_stranger_from_any_number_of_sources_locks_no_owner_out(
    make_staff: StaffMaker, clock: time_machine.Traveller, sources: int
) -> None:
    person = make_staff()
    known = at_home(person)
    clock.shift(DAY)
    for n in range(sources):
        wrong(person, f"203.0.113.{n}", max(1, 60 // sources))
    assert sign_in(known, person).status_code == 302
    bare = Client(REMOTE_ADDR=HOME)  # no cookie is left, but the address is known
    assert sign_in(bare, person).status_code == 302
    known.post(FACTOR, {"code": code_of(person)})
    assert is_in(known)


@pytest.mark.django_db
def test_stranger_at_the_owners_own_address_locks_no_device_out(
    make_staff: StaffMaker, clock: time_machine.Traveller
) -> None:
    person = make_staff()
    known = at_home(person)
    for _try in range(70):
        sign_in(Client(REMOTE_ADDR=HOME), person, "falsch")
    assert sign_in(known, person).status_code == 302


@pytest.mark.django_db
def test_known_device_gets_in_from_anywhere(
    make_staff: StaffMaker, clock: time_machine.Traveller
) -> None:
    person = make_staff(factor=False)
    known = at_home(person)
    for n in range(40):
        wrong(person, f"203.0.113.{n}", 1)
    data = {"login": person.username, "password": PASSWORD}
    assert known.post(LOGIN, data, REMOTE_ADDR=ELSEWHERE).status_code == 302


@pytest.mark.django_db
def test_known_device_of_somebody_else_is_a_stranger(
    make_staff: StaffMaker, clock: time_machine.Traveller
) -> None:
    attacker, person = make_staff(factor=False), make_staff()
    theirs = at_home(attacker)
    for n in range(40):
        wrong(person, f"203.0.113.{n}", 1)
    data = {"login": person.username, "password": PASSWORD}
    assert theirs.post(LOGIN, data, REMOTE_ADDR=ELSEWHERE).status_code == 200


@pytest.mark.django_db
def test_known_device_may_not_guess_for_ever(
    make_staff: StaffMaker, clock: time_machine.Traveller
) -> None:
    person = make_staff(factor=False)
    known = at_home(person)
    for _try in range(5):
        sign_in(known, person, "falsch")
    assert sign_in(known, person).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("forged", ["x", "x:y", "a.b.c:d", "", "a" * 5000, "é"])
def test_forged_device_is_unknown(
    make_staff: StaffMaker, clock: time_machine.Traveller, forged: str
) -> None:
    person = make_staff()
    for n in range(30):
        wrong(person, f"203.0.113.{n}", 1)
    client = Client(REMOTE_ADDR=ELSEWHERE)
    client.cookies["known-device"] = forged
    assert sign_in(client, person).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(("sources", "tries"), [(1, 7), (10, 2), (40, 1)])
def test_all_strangers_together_try_thirty_passwords_an_hour(
    make_staff: StaffMaker,
    clock: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
    sources: int,
    tries: int,
) -> None:
    person = make_staff()
    tried: list[str] = []

    def refuse(self: Staff, raw: str) -> bool:
        tried.append(self.username)
        return False

    monkeypatch.setattr(Staff, "check_password", refuse)
    for _quarter in range(4):
        for n in range(sources):
            wrong(person, f"203.0.113.{n}", tries)
        clock.shift(timedelta(minutes=15))
    assert len(tried) == (20 if sources == 1 else 30)


@pytest.mark.django_db
def test_present_password_is_not_guessed_where_it_is_changed(
    make_staff: StaffMaker, clock: time_machine.Traveller
) -> None:
    person = make_staff(factor=False)
    client = at_home(person)
    sign_in(client, person)
    new = {"password1": "noch eine lange Losung 48", "password2": "noch eine lange Losung 48"}
    for _try in range(5):
        client.post("/accounts/password/change/", {"oldpassword": "falsch"} | new)
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD} | new)
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


@pytest.mark.django_db
def test_sixty_first_form_within_a_minute_is_told_to_wait(
    clock: time_machine.Traveller, db: None
) -> None:
    answers = [Client(REMOTE_ADDR=ELSEWHERE).post(LOGIN).status_code for _n in range(61)]
    assert answers == [200] * 60 + [429]
    assert Client(REMOTE_ADDR=HOME).post(LOGIN).status_code == 200


@pytest.mark.django_db
def test_limits_are_rows_without_an_address(make_staff: StaffMaker) -> None:  # T-A8
    person = make_staff(username="frieda", factor=False)
    sign_in(Client(REMOTE_ADDR="192.0.2.77"), person, "falsch")
    known = Client(REMOTE_ADDR="192.0.2.77")
    sign_in(known, person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM foundation_limit")
        rows = str(cursor.fetchall())
        cursor.execute("SELECT key FROM foundation_knownsource")
        rows += str(cursor.fetchall())
    rows += known.cookies["known-device"].value
    assert len(re.findall(r"[0-9a-f]{64}", rows)) >= 4
    assert "192.0.2.77" not in rows
    assert "frieda" not in rows


@pytest.mark.django_db
def test_known_source_is_forgotten_after_a_month(
    make_staff: StaffMaker, clock: time_machine.Traveller
) -> None:
    at_home(make_staff(factor=False))
    forget_due(now=TEN + timedelta(days=29), apply=True)
    assert KnownSource.objects.exists()
    forget_due(now=TEN + timedelta(days=30), apply=True)
    assert not KnownSource.objects.exists()


@pytest.mark.django_db
def test_what_is_given_back_can_be_taken_once_more() -> None:
    from config.foundation.limits import give_back

    assert [take("a", "b", limit=1, per=HOUR, now=TEN) for _n in range(2)] == [True, False]
    give_back("a", "b", per=HOUR, now=TEN)
    assert used("a", "b", per=HOUR, now=TEN) == 0
    give_back("a", "b", per=HOUR, now=TEN)  # never below nothing
    assert [take("a", "b", limit=1, per=HOUR, now=TEN) for _n in range(2)] == [True, False]


def test_nothing_counts_in_a_cache() -> None:
    assert (account_settings.RATE_LIMITS, mfa_settings.RATE_LIMITS) == ({}, {})
    assert settings.CACHES["default"]["BACKEND"].endswith("DummyCache")


@pytest.mark.django_db(transaction=True)
def test_table_of_pickled_values_goes() -> None:
    call_command("migrate", "foundation", "0009", verbosity=0)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE IF NOT EXISTS signin_limits"
                " (cache_key varchar(255) PRIMARY KEY, value text, expires timestamp)"
            )
    finally:
        call_command("migrate", "foundation", verbosity=0)
    with connection.cursor() as cursor:
        assert "signin_limits" not in connection.introspection.table_names(cursor)

"""Limits count in the database, among all processes: T-A1, T-A8, ASVS 15.3.4."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import RequestFactory
from pytest_django import Settings

from config.foundation.limits import Limit, client_address, is_public, take, used

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.django_db
def test_take_refuses_the_one_too_many() -> None:
    taken = [take("code", "a", limit=3, per=HOUR, now=NOON) for _n in range(5)]
    assert taken == [True, True, True, False, False]
    assert used("code", "a", per=HOUR, now=NOON) == 3
    assert take("code", "b", limit=3, per=HOUR, now=NOON)
    assert take("other", "a", limit=3, per=HOUR, now=NOON)
    assert take("code", "a", limit=3, per=HOUR, now=NOON + HOUR)


@pytest.mark.django_db(transaction=True)
def test_take_lets_exactly_the_limit_through_when_all_come_at_once() -> None:
    def one(_n: int) -> bool:
        try:
            return take("code", "a", limit=5, per=HOUR, now=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(50))) == 5


@pytest.mark.django_db
def test_limit_tells_nobody_who_it_counts() -> None:
    take("address", "192.0.2.7", limit=3, per=HOUR, now=NOON)
    take("address", "192.0.2.7", limit=3, per=HOUR, now=NOON + timedelta(days=1))
    keys = list(Limit.objects.values_list("key", flat=True))
    assert len(set(keys)) == 2  # another day, another key
    assert not [key for key in keys if "192" in key and "0.2" in key]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "", "192.0.2.1"),
        (0, "203.0.113.9", "192.0.2.1"),  # without a proxy the header is the visitor's own
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),  # the visitor wrote the first
        (2, "10.0.0.1, 203.0.113.9, 198.51.100.2", "203.0.113.9"),
        (1, "", "192.0.2.1"),
        (1, "nonsense", "unknown"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_client_address_is_what_the_trusted_proxy_wrote(
    settings: Settings, proxies: int, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory(REMOTE_ADDR="192.0.2.1").get("/", headers=headers)
    assert client_address(request) == expected


@pytest.mark.parametrize(
    ("address", "public"),
    [
        *(("203.0.113.9", True), ("2001:db8:1:2::", True), ("unknown", True)),
        *(("127.0.0.1", False), ("::", False), ("172.17.0.1", False), ("fd00::", False)),
    ],
)
def test_addresses_of_our_own_house_say_nothing_about_visitors(address: str, public: bool) -> None:
    assert is_public(address) is public

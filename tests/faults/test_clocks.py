"""Hosts whose clocks differ."""

from __future__ import annotations

import asyncio
import time

import pytest

from booking.models import Appointment
from booking.states import Status
from tests.delivery import on_their_way
from tests.faults.conftest import System, booked, leave_times, wait_for
from tests.faults.ways import way_to
from tests.servers import free_port

pytestmark = [pytest.mark.slow, pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("seconds", [90, -90])
def test_two_hosts_ninety_seconds_apart(system: System, seconds: int) -> None:
    """F22: no time is given twice, and nothing that was confirmed is lost."""
    other = free_port()
    system.start_web()
    system.start_web(other, CLOCK_OFFSET=str(seconds))
    leave_times(40)
    people = system.people(40) + system.people(40, port=other)
    outcome = system.book(
        [each for pair in zip(people[:40], people[40:], strict=True) for each in pair]
    )
    assert (outcome.booked, outcome.refused) == (40, 40)
    assert (outcome.doubles, outcome.faults, outcome.missing) == (0, 0, 0)


@pytest.mark.parametrize("hours", [1, -1])
def test_host_an_hour_off_takes_no_bookings(system: System, hours: int) -> None:
    """F22: hold and confirm answer 503 there; the other host goes on as ever."""
    other = free_port()
    system.start_web()
    system.start_web(other, CLOCK_OFFSET=str(hours * 3600))
    (browser,) = system.people(1)

    async def on_both_hosts() -> list[int]:
        statuses = []
        for action in ("hold", "confirm"):
            path, page, fields = await way_to(browser, action)
            for port in (other, system.web_port):
                browser.base = f"http://127.0.0.1:{port}"
                statuses.append((await browser.post(path, page, **fields)).status)
        return statuses

    assert asyncio.run(on_both_hosts()) == [503, 303, 503, 303]
    assert booked() == 1


def test_sweepers_an_hour_ahead_release_nothing(system: System) -> None:
    """F22: no mass release, and no letter given up; beside a right clock all goes on."""
    system.start_web()
    holders, bookers = system.people(20), system.people(5)
    for browser in holders:
        path, page, fields = asyncio.run(way_to(browser, "hold"))
        assert asyncio.run(browser.post(path, page, **fields)).status == 303
    assert system.book(bookers).booked == 5

    wrong = system.start("tests.faults.tick", CLOCK_OFFSET="3600", LOG_LEVEL="CRITICAL")
    time.sleep(8)
    assert wrong.poll() is None, "it waits for its clock to be put right"
    assert Appointment.objects.filter(status=Status.HELD).count() == 20
    assert on_their_way().count() == 5
    system.start("tests.faults.tick")
    wait_for(lambda: not on_their_way().exists(), seconds=30)
    assert Appointment.objects.filter(status=Status.HELD).count() == 20

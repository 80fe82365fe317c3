"""The web process is killed, and its database goes away."""

from __future__ import annotations

import asyncio
import signal
import time

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from booking.models import Appointment
from booking.states import LIVE_FOR_PERSON
from config.rehearsal import Browser
from tests.faults.conftest import System, booked, wait_for
from tests.faults.points import POINTS

pytestmark = [pytest.mark.slow, pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def cut_all_connections_of_the_web() -> None:
    """Ends every database session but our own, as a failover does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def meet_fault(browser: Browser, verb: str, fault: str) -> tuple[int, int, float]:
    """Runs into `fault` at `verb`, then presses again: both answers, seconds of the second."""
    times = await browser.get("/de/times/")
    if verb == "confirm":
        held = await browser.post("/de/times/", times, earliest="1")
        assert held.status == 303
        times = await browser.get("/de/review/")
    path, fields = {"hold": ("/de/times/", {"earliest": "1"}), "confirm": ("/de/review/", {})}[verb]
    browser.headers = {"X-Fault": fault}
    broken = await browser.post(path, times, **fields)
    browser.headers = {}
    again = await browser.post(path, times, **fields)
    return broken.status, again.status, again.seconds


@pytest.mark.parametrize("verb", ["hold", "confirm"])
def test_kill_the_web_at_every_point(system: System, verb: str) -> None:
    """F1: nothing or all is written; pressing again has the same end, within two seconds."""
    system.start_web()
    for browser, point in zip(system.people(len(POINTS)), POINTS, strict=True):
        broken, again, seconds = asyncio.run(meet_fault(browser, verb, f"kill {point}"))
        assert broken == 0, point
        assert again == 303, point
        assert seconds <= 2, point
    live = Appointment.objects.filter(status__in=LIVE_FOR_PERSON)
    assert live.count() == len(POINTS)
    assert booked() == (len(POINTS) if verb == "confirm" else 0)


@pytest.mark.parametrize("verb", ["hold", "confirm"])
def test_cut_the_database_in_a_transaction(system: System, verb: str) -> None:
    """F13: a page that says so, no half row, and the next press works."""
    system.start_web()
    points = [point for point in POINTS if point.startswith(("after_event", "before_commit"))]
    for browser, point in zip(system.people(len(points)), points, strict=True):
        broken, again, _seconds = asyncio.run(meet_fault(browser, verb, f"cut {point}"))
        assert broken == 503, point
        assert again == 303, point
    assert Appointment.objects.filter(status__in=LIVE_FOR_PERSON).count() == len(points)


def test_restart_the_database_between_requests(system: System) -> None:
    """F14: connections are checked before they are used; nobody notices."""
    system.start_web()
    people = system.people(50)
    assert system.book(people[:10]).faults == 0
    cut_all_connections_of_the_web()
    assert system.book(people[10:]).faults == 0
    assert booked() == 50


def test_confirm_a_lapsed_hold_whose_time_is_gone(system: System) -> None:
    """F20: 409 with the fresh list in the same answer; what was entered is kept."""
    system.start_web()
    first, second = system.people(2)

    async def lose() -> tuple[int, str]:
        page = await first.get("/de/times/")
        await first.post("/de/times/", page, earliest="1")
        review = await first.get("/de/review/")
        held = await asyncio.to_thread(lapse_and_hold)
        answer = await first.post("/de/review/", review)
        assert held == 303
        return answer.status, answer.body

    def lapse_and_hold() -> int:
        try:
            past = Appointment.objects.get().created_at
            Appointment.objects.update(held_until=past, free_from=past)
        finally:
            connection.close()
        return asyncio.run(take())

    async def take() -> int:
        page = await second.get("/de/times/")
        return (await second.post("/de/times/", page, earliest="1")).status

    status, body = asyncio.run(lose())
    assert status == 409
    assert 'role="alert"' in body
    assert 'data-free="' in body
    assert body.count('name="slot"') >= 3


def test_database_away_for_a_while(system: System) -> None:
    """F16: 503 with Retry-After within three seconds, red readiness, back within ten."""
    system.start_web()
    (browser,) = system.people(1)
    asyncio.run(browser.get("/de/times/"))
    system.database.mode = "refuse"
    system.database.break_all()
    for _try in range(6):
        answer = asyncio.run(browser.get("/de/times/"))
        assert answer.status == 503
        assert answer.seconds <= 3
    assert asyncio.run(browser.get("/readyz")).status == 503
    system.database.mode = "pass"
    wait_for(lambda: asyncio.run(browser.get("/readyz")).status == 200, seconds=10)
    assert system.book([browser]).booked == 1


@pytest.mark.slow
def test_database_read_only(system: System) -> None:
    """F17: people can look; booking answers 503 and nothing is written."""
    system.start_web()
    (browser,) = system.people(1)
    database = connection.settings_dict["NAME"]
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
        cut_all_connections_of_the_web()
        page = asyncio.run(browser.get("/de/times/"))
        assert page.status == 200
        assert asyncio.run(browser.post("/de/times/", page, earliest="1")).status == 503
    finally:
        address = settings.DATABASES["default"]
        with psycopg.connect(
            host=address["HOST"], port=address["PORT"], user=address["USER"], dbname="postgres"
        ) as other:
            other.autocommit = True
            other.execute(f'ALTER DATABASE "{database}" RESET default_transaction_read_only')
    assert not Appointment.objects.exists()


@pytest.mark.slow
def test_somebody_else_locks_the_times(system: System) -> None:
    """F18: told to try again after three seconds; pages go on."""
    system.start_web()
    one, other = system.people(2)
    page = asyncio.run(one.get("/de/times/"))
    with psycopg.connect(
        host="127.0.0.1",
        port=settings.DATABASES["default"]["PORT"],
        user="postgres",
        dbname=connection.settings_dict["NAME"],
    ) as admin:
        admin.execute("LOCK TABLE booking_slot IN ROW EXCLUSIVE MODE")
        admin.execute("UPDATE booking_slot SET free_since = NULL")
        slot = page.body.partition('name="slot" value="')[2].partition('"')[0]
        answer = asyncio.run(one.post("/de/times/", page, slot=slot))
        assert answer.status in {409, 503}
        assert answer.seconds <= 6
        assert asyncio.run(other.get("/de/times/")).seconds <= 2
        admin.rollback()
    assert asyncio.run(one.post("/de/times/", page, slot=slot)).status == 303


@pytest.mark.slow
def test_deploy_in_the_rush(system: System) -> None:
    """F25: gunicorn is told to reload four times while 50 people book; nobody notices."""
    web = system.start_web()
    people = system.people(50)

    async def rush() -> list[object]:
        from config import rehearsal

        async def reload() -> None:
            for _time in range(4):
                await asyncio.sleep(1)
                web.send_signal(signal.SIGHUP)

        told, _none = await asyncio.gather(
            rehearsal.rush(people, rehearsal.book, seconds=5), reload()
        )
        return list(told[0])

    told = asyncio.run(rush())
    assert not [each for each in told if each.fault]  # type: ignore[attr-defined]
    assert booked() == 50
    time.sleep(0.5)

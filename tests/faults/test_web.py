"""The web process is killed, and its database goes away."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from booking.models import Appointment
from booking.simulation import rush_rehearsal
from booking.simulation.fixtures import add_public_slots
from booking.states import LIVE_FOR_PERSON
from tests.delivery import promised_for_now
from tests.faults.conftest import System, at_most, booked, leave_times, report, wait_for
from tests.faults.points import POINTS
from tests.faults.ways import ACTIONS, first_slot, meet_fault, way_to

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def cut_all_connections_of_the_web() -> None:
    """Ends every database session but our own, as a failover does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def live() -> int:
    """How many live appointments there are: one for each person, or something was lost."""
    return Appointment.objects.filter(status__in=LIVE_FOR_PERSON).count()


def points_of(action: str) -> list[str]:
    """Where `action` can be broken; a hold promises no letter."""
    return [point for point in POINTS if action != "hold" or point != "after_letter"]


@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.parametrize("action", ACTIONS)
def test_kill_the_web_at_every_point(system: System, action: str, rounds: int) -> None:
    """F1: nothing or all is written; pressing again has the same end, within two seconds."""
    add_public_slots(40 + 20 * rounds, now=timezone.now() + timedelta(minutes=1))
    system.start_web()
    points = points_of(action) * rounds
    for browser, point in zip(system.people(len(points)), points, strict=True):
        broken, again = asyncio.run(meet_fault(browser, action, f"kill {point}"))
        assert broken.status == 0, point
        assert again.status == 303, point
        assert again.seconds <= at_most(2), point
    assert live() == (0 if action == "cancel" else len(points))
    assert booked() == (len(points) if action in {"confirm", "rebook"} else 0)
    one_letter_each(action, len(points))


def one_letter_each(action: str, count: int) -> None:
    """Whatever happened twice was promised once."""
    kinds = {"confirm": 1, "rebook": 2, "cancel": 2, "hold": 0}
    assert promised_for_now().count() == kinds[action] * count


@pytest.mark.parametrize("action", ACTIONS)
def test_cut_the_database_in_a_transaction(system: System, action: str) -> None:
    """F13: a page that says so, no half row, and the next press works."""
    system.start_web()
    points = ["before_transaction", "after_event", "before_commit"]
    for browser, point in zip(system.people(len(points)), points, strict=True):
        broken, again = asyncio.run(meet_fault(browser, action, f"cut {point}"))
        assert broken.status == 503, point
        assert again.status == 303, point
    assert live() == (0 if action == "cancel" else len(points))
    one_letter_each(action, len(points))


@pytest.mark.parametrize("passed_on", [True, False])
@pytest.mark.parametrize("action", ACTIONS)
def test_commit_without_an_answer(system: System, action: str, passed_on: bool) -> None:
    """F15: whether the commit came through or not, pressing again shows the one true state."""
    system.start_web()
    (browser,) = system.people(1)
    path, page, fields = asyncio.run(way_to(browser, action))
    system.database.passed_on, system.database.cut_at = passed_on, b"COMMIT"
    broken = asyncio.run(browser.post(path, page, **fields))
    assert system.database.cut_at is None, "nothing was committed"
    assert broken.status == 503
    assert asyncio.run(browser.post(path, page, **fields)).status == 303
    assert live() == (0 if action == "cancel" else 1)
    one_letter_each(action, 1)


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
        assert answer.seconds <= at_most(3)
    assert asyncio.run(browser.get("/readyz")).status == 503
    system.database.mode = "pass"
    wait_for(lambda: asyncio.run(browser.get("/readyz")).status == 200, seconds=10)
    assert system.book([browser]).booked == 1


@pytest.mark.slow
def test_database_read_only(system: System) -> None:
    """F17: people can look; who books is told that booking is paused, and nothing is written."""
    system.start_web()
    (browser,) = system.people(1)
    database = connection.settings_dict["NAME"]
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
        cut_all_connections_of_the_web()
        page = asyncio.run(browser.get("/de/times/"))
        assert page.status == 200
        refused = asyncio.run(browser.post("/de/times/", page, earliest="1"))
        assert refused.status == 409
        assert 'role="alert"' in refused.body
        assert asyncio.run(browser.post("/de/details/", page)).status < 500
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
        slot = first_slot(page)
        answer = asyncio.run(one.post("/de/times/", page, slot=slot))
        assert answer.status in {409, 503}
        assert answer.seconds <= at_most(6)
        assert asyncio.run(other.get("/de/times/")).seconds <= at_most(2)
        admin.rollback()
    assert asyncio.run(one.post("/de/times/", page, slot=slot)).status == 303


@pytest.mark.slow
def test_deploy_in_the_rush(system: System) -> None:
    """F25: gunicorn is told to reload while 50 people book and others look: 1,000 requests."""
    web = system.start_web()
    people, lookers = system.people(50), system.people(10)

    async def look(browser: rush_rehearsal.Browser) -> None:
        for _time in range(75):
            await asyncio.sleep(0.4)
            await browser.get("/de/times/")

    async def reload() -> None:
        for _time in range(5):
            await asyncio.sleep(5)
            web.send_signal(signal.SIGHUP)

    async def rush() -> list[rush_rehearsal.Told]:
        (told, _seconds), *_rest = await asyncio.gather(
            rush_rehearsal.rush(people, rush_rehearsal.book, seconds=28),
            reload(),
            asyncio.gather(*map(look, lookers)),
        )
        return told

    told = asyncio.run(rush())
    assert not [each.fault for each in told if each.fault]
    answers = Counter(answer.status for each in people + lookers for answer in each.answers)
    assert answers.total() >= 1000
    assert set(answers) <= {200, 303, 409}, answers
    assert booked() == 50


def test_rush_for_a_few_times(system: System) -> None:
    """F31: 200 people at one instant for 40 times; how long they wait is reported."""
    system.start_web()
    leave_times(40)
    asyncio.run(rush_rehearsal.rush(system.people(16), look_once, seconds=0))
    outcome = system.book(system.people(200), at_once=200)
    assert (outcome.booked, outcome.refused) == (40, 160)
    assert (outcome.doubles, outcome.faults, outcome.missing) == (0, 0, 0)
    report("F31", seconds=outcome.seconds, p95=outcome.p95, slowest=outcome.slowest[-1])


async def look_once(browser: rush_rehearsal.Browser) -> rush_rehearsal.Told:
    """Looks at the times, so that both processes are warm."""
    await browser.get("/de/times/")
    return rush_rehearsal.Told()


def test_one_time_for_eight_people(system: System) -> None:
    """F21: over real HTTP one is led on, the others get 409 with the fresh list."""
    system.start_web()
    people = system.people(8)

    async def press_at_once() -> list[rush_rehearsal.Answer]:
        pages = [await browser.get("/de/times/") for browser in people]
        # each list is signed for its own person; the first time is the same on all
        return await asyncio.gather(
            *(
                browser.post("/de/times/", page, slot=first_slot(page))
                for browser, page in zip(people, pages, strict=True)
            )
        )

    answers = asyncio.run(press_at_once())
    assert sorted(answer.status for answer in answers) == [303] + [409] * 7
    assert all('data-free="' in answer.body for answer in answers if answer.status == 409)
    assert Appointment.objects.count() == 1


def test_lapsed_hold_is_free_with_nothing_else_running(system: System) -> None:
    """F8, T-B5: neither worker nor beat nor broker; within a second somebody else has the time."""
    os.kill(system.broker_pid(), signal.SIGKILL)
    system.start_web()
    leave_times(1)
    first, second = system.people(2)
    path, page, fields = asyncio.run(way_to(second, "hold"))
    assert asyncio.run(meet_nothing(first)) == 303
    end = timezone.now() + timedelta(seconds=3)
    Appointment.objects.update(held_until=end, free_from=end)
    statuses = []
    while timezone.now() < end + timedelta(seconds=at_most(1)) and 303 not in statuses:
        statuses.append(asyncio.run(second.post(path, page, **fields)).status)
    assert statuses[-1] == 303
    assert set(statuses[:-1]) == {409}
    taken_at = Appointment.objects.latest("pk").created_at
    report("T-B5", seconds_after_the_end=(taken_at - end).total_seconds())
    assert end <= taken_at <= end + timedelta(seconds=at_most(1))


async def meet_nothing(browser: rush_rehearsal.Browser) -> int:
    """Holds a time; the status of the answer."""
    path, page, fields = await way_to(browser, "hold")
    return (await browser.post(path, page, **fields)).status

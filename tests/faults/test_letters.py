"""The broker, the workers, beat and the sender die; letters leave all the same, and once."""

from __future__ import annotations

import os
import signal
from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from booking.models import Appointment
from config.foundation.letters import Letter, send_due, waiting
from tests.faults.conftest import BEAT, WORKER, System, booked, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def every_letter_once(system: System) -> None:
    """Each row has been sent, and no Message-ID came twice."""
    assert not waiting().exists()
    ids = Counter(message["Message-ID"] for message in system.mail.taken)
    assert set(ids.values()) == {1}
    assert set(ids) == set(Letter.objects.values_list("message_id", flat=True))


def test_broker_is_down_and_people_book(system: System) -> None:
    """F2, F8: bookings as ever, and letters within 90 s by `manage.py tick` alone."""
    system.start_web()
    os.kill(system.broker_pid(), signal.SIGKILL)
    outcome = system.book(system.people(50))
    assert (outcome.booked, outcome.faults, outcome.missing) == (50, 0, 0)
    system.start("tests.faults.tick")
    wait_for(lambda: not waiting().exists(), seconds=90)
    every_letter_once(system)


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
    assert outcome.slowest[-1] <= max(2, 2 * before.slowest[-1])
    wait_for(lambda: not waiting().exists(), seconds=120)
    every_letter_once(system)


def test_broker_forgets_everything(system: System) -> None:
    """F4: no letter is lost, because none was ever in the broker."""
    system.start_web()
    assert system.book(system.people(30)).booked == 30
    system.broker.client().flushall()
    system.start(WORKER)
    system.start(BEAT)
    wait_for(lambda: not waiting().exists(), seconds=120)
    every_letter_once(system)


@pytest.mark.parametrize(("where", "copies"), [("before", 1), ("after", 2)])
def test_sender_is_killed(system: System, where: str, copies: int) -> None:
    """F5, F6, F7: killed before the mail server took it: once; after it: twice, the same id."""
    system.start_web()
    assert system.book(system.people(1)).booked == 1
    sender = system.start("tests.faults.sender", KILL=where)
    assert sender.wait(60) == -signal.SIGKILL
    (letter,) = waiting()
    assert letter.leased_until is not None

    send_due(queue=Letter.Queue.ORDINARY, now=timezone.now())
    assert waiting().exists(), "the lease still belongs to the sender that died"
    send_due(queue=Letter.Queue.ORDINARY, now=timezone.now() + timedelta(seconds=121))

    assert not waiting().exists()
    ids = [message["Message-ID"] for message in system.mail.taken]
    ids += [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert ids == [letter.message_id] * copies


def test_pool_child_is_killed(system: System) -> None:
    """F7: the next ring sends what the dead child had not come to."""
    system.start_web()
    worker = system.start(WORKER)
    system.start(BEAT)
    assert system.book(system.people(5)).booked == 5
    wait_for(lambda: not waiting().exists(), seconds=60)
    (child, *_rest) = _children(worker.pid)
    os.kill(child, signal.SIGKILL)
    assert system.book(system.people(5)).booked == 5
    wait_for(lambda: not waiting().exists(), seconds=120)
    every_letter_once(system)


def _children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def test_two_beats_and_two_workers(system: System) -> None:
    """F9: everything is rung twice and done once."""
    system.start_web()
    for _twin in range(2):
        system.start(WORKER)
        system.start(BEAT)
    assert system.book(system.people(30)).booked == 30
    wait_for(lambda: not waiting().exists(), seconds=60)
    every_letter_once(system)
    assert booked() == Appointment.objects.count() == 30

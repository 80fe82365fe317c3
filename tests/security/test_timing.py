"""The time of an answer tells nothing: medians within ten percent, the best of three runs.

Runs are interleaved, and what counts is the time of the processor, so that a busy machine changes
little; sign-in has its own test, for its hash is slow on purpose.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from booking.models import Token
from booking.models.applicants import mint_token, subject_of_token
from config.foundation.actions import Refused
from pickup_box.actions import visits
from tests.factories import MONDAY, AppointmentFactory, StaffFactory
from tests.pickup_box.making import NOW, make_box, make_notified, wrong

pytestmark = pytest.mark.django_db
Act = Callable[[int], object]


def _apart(first: Act, second: Act, *, times: int) -> float:
    """How far apart the medians of two acts are, 1.0 being equal; the best of three runs."""
    runs = []
    for run in range(3):
        took: tuple[list[float], list[float]] = ([], [])
        for n in range(times):
            # who comes first alternates: the second finds warmer caches
            for which in (n % 2, 1 - n % 2):
                start = time.process_time()
                (first, second)[which](run * times + n)
                took[which].append(time.process_time() - start)
        medians = sorted(statistics.median(each) for each in took)
        runs.append(medians[1] / medians[0])
    return min(runs)


def test_right_link_takes_as_long_as_a_wrong_one() -> None:  # T-L2
    secret = mint_token(purpose=Token.Purpose.MANAGE, subject="appointment/1", now=MONDAY)

    def look(text: str) -> Act:
        return lambda n: subject_of_token(text, purpose=Token.Purpose.MANAGE, now=MONDAY)

    assert _apart(look(secret), look("A" * 43), times=300) < 1.1


def test_known_reference_takes_as_long_as_an_unknown_one(magdeburg: object) -> None:  # KONF.11.4
    known = [AppointmentFactory().reference for _n in range(12)]

    def ask(references: list[str]) -> Act:
        def post(n: int) -> None:
            client = Client(REMOTE_ADDR=f"198.51.{n // 250}.{n % 250}")
            data = {"reference": references[n % len(references)], "birth_date": "01.01.1901"}
            assert client.post("/en/manage/", data).status_code == 422

        return post

    unknown = [f"{n:04}-9999".replace("0", "Z").replace("1", "Y") for n in range(12)]
    with time_machine.travel(MONDAY, tick=False):
        assert _apart(ask(known), ask(unknown), times=30) < 1.1


def test_known_contact_takes_as_long_as_an_unknown_one_at_the_box() -> None:  # T-P1
    box = make_box(compartments=2)
    deposit, code = make_notified(box, StaffFactory(), contact="a@example.org")

    def collect(contact: str) -> Act:
        def act(n: int) -> None:
            with pytest.raises(Refused):
                visits.collect(
                    box=box,
                    contact=contact,
                    birth_date=deposit.holder_birth_date,
                    code=wrong(code),
                    now=NOW,
                )

        return act

    assert _apart(collect("a@example.org"), collect("b@example.org"), times=6) < 1.1

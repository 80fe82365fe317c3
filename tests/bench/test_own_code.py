"""What our own code saves where a library or the ORM does the same; docs/decisions has the figures.

python -m pytest -m bench -s tests/bench/test_own_code.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from statistics import median

import pytest
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from booking.models import Applicant
from booking.views.applicant_session import _PERSON, NO_APPOINTMENT
from config.accounts.sessions import SessionStore
from config.foundation.actions import action
from config.foundation.outbox import Notification, enqueue
from tests.factories import ApplicantFactory, OfficeFactory

pytestmark = [pytest.mark.bench, pytest.mark.django_db]
ROUNDS, CALLS = 15, 200


def microseconds(act: Callable[[], object]) -> float:
    """The median over the rounds of what one call takes."""
    found = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        for _call in range(CALLS):
            act()
        found.append((time.perf_counter() - began) / CALLS * 1e6)
    return median(found)


def compare(what: str, **acts: Callable[[], object]) -> None:
    """Prints what each way takes."""
    told = ", ".join(f"{name} {microseconds(act):.0f} µs" for name, act in acts.items())
    print(f"\n{connection.vendor}: {what}: {told}")  # noqa: T201


def test_session_by_sql() -> None:
    kept = DatabaseStore()
    kept["applicant"] = 1
    kept.save()
    key = kept.session_key
    compare(
        "reading a session",
        sql=lambda: SessionStore(key).load(),
        orm=lambda: DatabaseStore(key).load(),
    )


def test_person_by_sql() -> None:
    pk = ApplicantFactory().pk
    latest = Max("appointments", filter=~Q(appointments__status__in=NO_APPOINTMENT))
    known = Applicant.objects.filter(forgotten_at=None)
    compare(
        "reading a person and their latest appointment",
        sql=lambda: list(Applicant.objects.raw(_PERSON, [*NO_APPOINTMENT, pk])),
        orm=lambda: known.annotate(latest_id=latest).get(pk=pk),
        orm_in_two=lambda: known.get(pk=pk).appointments.order_by("-pk").first(),
    )


@pytest.mark.django_db(transaction=True)
def test_action() -> None:
    applicant = ApplicantFactory()

    def act(*, applicant: Applicant) -> None:
        Applicant.objects.filter(pk=applicant.pk).update(attempts=0)

    in_action = action(act)

    def in_atomic() -> None:
        with transaction.atomic():
            act(applicant=applicant)

    compare(
        "one UPDATE in a transaction",
        action=lambda: in_action(applicant=applicant),
        atomic=in_atomic,
    )


def test_enqueue() -> None:
    OfficeFactory()
    now: datetime = timezone.now()
    numbers = iter(range(10**9))
    compare(
        "enqueueing a letter",
        enqueue=lambda: enqueue(
            kind="bench", subject=f"appointment/{next(numbers)}", language="de", now=now
        ),
    )
    print(f"{Notification.objects.count()} rows")  # noqa: T201

"""Two hosts must agree on what has lapsed; one whose clock is wrong decides nothing (F22)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.models import Slot
from booking.tasks import expire_due_holds
from config.foundation import clock
from config.foundation.sweeps import Sweep
from tests.booking.visitors import Visitor
from tests.factories import ApplicantFactory, AppointmentFactory, SlotFactory

skew = clock.skew  # before the tests agree on one

pytestmark = pytest.mark.django_db


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Sets how far this machine is ahead of the database."""
    return lambda by: monkeypatch.setattr(clock, "skew", lambda *, now: by)


@pytest.mark.parametrize("minutes", [0, 60, -60])
def test_skew_shows_a_jump_at_once(minutes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_kept", [])
    assert abs(skew(now=timezone.now())) < timedelta(seconds=1)
    jump = timedelta(minutes=minutes)
    assert abs(skew(now=timezone.now() + jump) - jump) < timedelta(seconds=1)


def test_skew_asks_the_database_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_kept", [])
    with CaptureQueriesContext(connection) as queries:
        for _time in range(3):
            skew(now=timezone.now())
        assert len(queries) == 1
        monkeypatch.setattr(clock, "_kept", [(kept, at - 61) for kept, at in clock._kept])
        skew(now=timezone.now())
    assert len(queries) == 2


@pytest.mark.parametrize("seconds", [90, -90, 300, -300])
def test_check_clock_tolerates_five_minutes(
    seconds: int, ahead: Callable[[timedelta], None]
) -> None:
    ahead(timedelta(seconds=seconds))
    clock.check_clock(now=timezone.now())


@pytest.mark.parametrize("seconds", [301, -301, 3600])
def test_check_clock_refuses_more(seconds: int, ahead: Callable[[timedelta], None]) -> None:
    ahead(timedelta(seconds=seconds))
    with pytest.raises(clock.ClockWrong):
        clock.check_clock(now=timezone.now())


def test_sweep_rests_while_the_clock_is_wrong(ahead: Callable[[timedelta], None]) -> None:
    now = timezone.now()
    hold = AppointmentFactory(held=True, held_until=now, free_from=now)
    ahead(timedelta(hours=1))
    with pytest.raises(clock.ClockWrong):
        expire_due_holds()
    hold.refresh_from_db()
    assert hold.status == "held"
    assert not Sweep.objects.exists(), "health must go red"


@pytest.mark.usefixtures("office")
def test_hold_and_confirm_answer_503(ahead: Callable[[timedelta], None]) -> None:
    SlotFactory()
    now = timezone.now()
    Slot.objects.update(starts_at=now + timedelta(hours=3), ends_at=now + timedelta(hours=4))
    applicant = ApplicantFactory(created_at=now, touched_at=now, verified_at=now)
    client = Client(raise_request_exception=False)
    session = client.session
    session["applicant"] = applicant.pk
    session.save()

    for path, typed in (("times", {"earliest": "1"}), ("review", {})):
        data = Visitor(client).form(f"{path}/") | typed
        ahead(timedelta(hours=1))
        answer = client.post(f"/en/{path}/", data)
        assert answer.status_code == 503
        assert answer["Retry-After"]
        ahead(timedelta(seconds=90))
        assert client.get("/en/times/").status_code == 200
        assert client.post(f"/en/{path}/", data).status_code == 303
    assert applicant.appointments.get().status == "booked"

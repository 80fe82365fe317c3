"""The simulation of reminders, and that it would see a wrong one."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from booking import states
from booking.simulation import reminders
from booking.simulation.reminders import FATES, simulate
from booking.states import Status


def test_nobody_is_reminded_of_what_does_not_take_place() -> None:
    tally = simulate(days=600, seed=7)
    assert (tally["wrong"], tally["twice"], tally["too many"]) == (0, 0, 0)
    ends = ("left", "withdrawn", "too late")
    for happened in (*FATES, *ends, "not promised", "forgotten"):
        assert tally[happened] > 10, happened
    assert sum(tally[end] for end in ends) == tally["promised"]
    ends_of_sms = [f"SMS {end}" for end in (*ends, "over the cap")]
    assert min(tally[end] for end in ends_of_sms) > 10
    assert sum(tally[end] for end in ends_of_sms) == tally["SMS promised"]


def test_same_seed_gives_the_same_figures() -> None:
    assert simulate(days=50, seed=3) == simulate(days=50, seed=3)
    assert simulate(days=50, seed=3) != simulate(days=50, seed=4)


def status_alone(status: Status, revision: int, *, promised: int) -> bool:
    return status == Status.BOOKED


def revision_alone(status: Status, revision: int, *, promised: int) -> bool:
    return revision == promised


@pytest.mark.parametrize("spoiled", [status_alone, revision_alone])
def test_sees_a_wrong_reminder(monkeypatch: pytest.MonkeyPatch, spoiled: object) -> None:
    monkeypatch.setattr(reminders, "is_to_be_reminded", spoiled)
    assert simulate(days=60, seed=7)["wrong"] > 0
    with pytest.raises(CommandError, match="wrong"):
        call_command("simulate_reminders", days=60)


def called_off_alone(status: Status, version: int, *, promised: int) -> bool:
    return status in {Status.CANCELLED, Status.DISPLACED}


def always_called_off(status: Status, version: int, *, promised: int) -> bool:
    return True


@pytest.mark.parametrize(
    ("name", "spoiled", "seen"),
    [
        ("is_still_called_off", always_called_off, "wrong"),
        ("is_still_called_off", called_off_alone, "twice"),
        ("with_text", lambda sent, message: f"{sent} {message}", "too many"),
    ],
)
def test_sees_a_short_message_that_must_not_leave(
    monkeypatch: pytest.MonkeyPatch, name: str, spoiled: object, seen: str
) -> None:
    monkeypatch.setattr(reminders, name, spoiled)
    assert simulate(days=2000, seed=7)[seen] > 0
    with pytest.raises(CommandError, match="wrong"):
        call_command("simulate_reminders", days=2000)


def test_command_counts(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("simulate_reminders", days=60, json=True)
    assert json.loads(capsys.readouterr().out)["wrong"] == 0
    call_command("simulate_reminders", days=60)
    assert "0 wrong" in capsys.readouterr().out
    with pytest.raises(CommandError, match="from 1"):
        call_command("simulate_reminders", days=0)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("revision", [0, 1, 2])
def test_only_what_is_booked_as_promised_is_reminded(status: Status, revision: int) -> None:
    found = states.is_to_be_reminded(status, revision, promised=1)
    assert found is (status is Status.BOOKED and revision == 1)

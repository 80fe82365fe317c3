"""Proof of work: T-A5."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from config.foundation import proof
from config.operations.retention import forget_due

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 23, 58, tzinfo=UTC)  # midnight comes between


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "COST", 50)


def solve(puzzle: proof.Puzzle) -> str:
    """What the device finds."""
    return next(
        str(n)
        for n in range(puzzle.cost)
        if hashlib.sha256(f"{puzzle.salt}{n}".encode()).hexdigest() == puzzle.target
    )


def _solved(
    puzzle: proof.Puzzle, *, answer: str | None = None, session: str = "mine", now: datetime = NOW
) -> bool:
    found = solve(puzzle) if answer is None else answer
    return proof.is_solved(token=puzzle.token, answer=found, session=session, now=now)


def test_answer_is_good_once() -> None:
    puzzle = proof.set_puzzle(session="mine", now=NOW)
    assert _solved(puzzle)
    assert not _solved(puzzle)
    assert not _solved(puzzle, now=NOW + timedelta(minutes=4))  # another day, the same use
    assert not proof.waited_instead(
        waiting=puzzle.token, session="mine", now=NOW + timedelta(minutes=4)
    )


def test_used_answer_is_remembered_when_retention_runs_at_midnight() -> None:
    puzzle = proof.set_puzzle(session="mine", now=NOW)
    assert _solved(puzzle)
    forget_due(now=NOW + timedelta(minutes=2, seconds=1), apply=True)
    assert not _solved(puzzle, now=NOW + timedelta(minutes=3))


def test_answer_of_another_session_is_refused() -> None:
    puzzle = proof.set_puzzle(session="mine", now=NOW)
    assert not _solved(puzzle, session="other")
    assert _solved(puzzle)


@pytest.mark.parametrize(("seconds", "good"), [(300, True), (301, False)])
def test_answer_is_good_for_five_minutes(seconds: int, good: bool) -> None:
    puzzle = proof.set_puzzle(session="mine", now=NOW)
    assert _solved(puzzle, now=NOW + timedelta(seconds=seconds)) == good


@pytest.mark.parametrize("answer", ["", "-1", "50", "٣", "1e1", "\x00"])
def test_wrong_answer_is_refused_and_spends_nothing(answer: str) -> None:
    puzzle = proof.set_puzzle(session="mine", now=NOW)
    assert not _solved(puzzle, answer=answer)
    assert _solved(puzzle)


@pytest.mark.parametrize("token", ["", "x", "W10:x", "é:é", ":" * 40])
def test_made_up_puzzle_is_refused(token: str) -> None:
    assert not proof.is_solved(token=token, answer="0", session="mine", now=NOW)
    assert not proof.waited_instead(waiting=token, session="mine", now=NOW)


def test_waiting_is_good_after_two_minutes_once_and_for_one_session() -> None:
    first = proof.set_puzzle(session="mine", now=NOW)
    early, late = NOW + timedelta(seconds=119), NOW + timedelta(minutes=2)
    assert not proof.waited_instead(waiting=first.token, session="mine", now=early)
    # the page again: the time goes on
    again = proof.set_puzzle(session="mine", waiting=first.waiting, now=early)
    assert (again.waiting, again.open_at) == (first.token, late)
    assert not proof.waited_instead(waiting=again.waiting, session="other", now=late)
    assert proof.waited_instead(waiting=again.waiting, session="mine", now=late)
    assert not proof.waited_instead(waiting=again.waiting, session="mine", now=late)
    anew = proof.set_puzzle(session="mine", waiting=again.waiting, now=late)
    assert anew.open_at == late + proof.WAIT


def test_only_few_may_wait_or_machines_would() -> None:
    later = NOW + proof.WAIT
    waiting = [proof.set_puzzle(session=str(n), now=NOW).waiting for n in range(31)]
    allowed = [
        proof.waited_instead(waiting=each, session=str(n), now=later)
        for n, each in enumerate(waiting)
    ]
    assert allowed == [True] * 30 + [False]


def test_page_does_not_tell_the_answer() -> None:
    puzzles = [proof.set_puzzle(session="mine", now=NOW) for _n in range(40)]
    assert len({puzzle.salt for puzzle in puzzles}) == 40
    assert len({solve(puzzle) for puzzle in puzzles}) > 10

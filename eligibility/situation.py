"""A person's situation on its way from the check to the appointment."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from eligibility.rules import RULES_VERSION, Answers, Decision, decide

_KEY = "situation"
Session = MutableMapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What was chosen and answered on which local day, and what the rules say to that."""

    chosen: str
    answers: Answers
    decided_on: date
    decision: Decision

    @property
    def snapshot(self) -> dict[str, Any]:
        """The situation as plain JSON, kept with the appointment; `read` understands it."""
        need_by = self.decision.need_by
        return {
            "category": self.decision.category,
            "answers": self.answers.as_json(),
            "decided_on": self.decided_on.isoformat(),
            "rules_version": RULES_VERSION,
            "need_by": need_by.isoformat() if need_by else None,
            "need_kind": self.decision.need_kind,
        }


def assess(category: str, answers: Answers, *, today: date) -> Situation:
    """The situation on the local day `today`; raises ValueError when an answer is missing."""
    return Situation(
        chosen=category,
        answers=answers,
        decided_on=today,
        decision=decide(category, answers, today),
    )


def from_snapshot(snapshot: dict[str, Any]) -> Situation:
    """The situation a snapshot was taken of, decided anew by the rules for its own day.

    Raises KeyError, TypeError or ValueError for anything that is no snapshot.
    """
    answers = Answers.from_json(snapshot["answers"])
    return assess(snapshot["category"], answers, today=date.fromisoformat(snapshot["decided_on"]))


def keep(session: Session, situation: Situation) -> None:
    """Remembers `situation`, eligible or not, for the pages that follow."""
    session[_KEY] = {**situation.snapshot, "category": situation.chosen}


def resume(session: Session, snapshot: dict[str, Any]) -> None:
    """Goes on in this session with a situation that was kept elsewhere."""
    session[_KEY] = snapshot


def latest(session: Session) -> Situation | None:
    """What was decided last in this session, eligible or not."""
    return read(session.get(_KEY, {}))


def read(snapshot: dict[str, Any]) -> Situation | None:
    """The situation of a snapshot; None for no snapshot, or one of older rules."""
    try:
        return from_snapshot(snapshot)
    except (KeyError, TypeError, ValueError):
        return None


def eligible_situation(session: Session) -> Situation | None:
    """The situation that entitles this session to book; None leads back to the check."""
    situation = latest(session)
    return situation if situation and situation.decision.eligible else None


def mark_details_entered(session: Session) -> None:
    """Notes that the person of this situation has said who they are; a new check forgets it."""
    if _KEY in session:
        session[_KEY] = {**session[_KEY], "has_details": True}


def has_details(session: Session) -> bool:
    """Whether the person of the kept situation is the one whose details were entered last."""
    return bool(session.get(_KEY, {}).get("has_details"))

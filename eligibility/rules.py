"""Who may book an emergency appointment; plain Python over local days.

The five cases are those the office published on 13 July 2023 and no others. Today counts as day 0
and the seventh day is included (BGB §§ 187(1), 188(1)); a title is valid to the end of its last
day, so it is expired only from the day after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Literal, TypeVar

RULES_VERSION = "2026-11"
WINDOW = timedelta(days=7)

CATEGORIES = ("expired", "expiring", "job_loss", "urgent_travel", "lost_document")
OTHER = "other"  # "none of these": not a case, but an answer that deserves a way on
TRAVEL_REASONS = ("personal", "professional")
LOST_RESIDENCE_DOCUMENTS = (
    "residence_card",
    "fiction_certificate",
    "travel_document",
    "supplement",
)
PASSPORT = "passport"
LOST_DOCUMENTS = (*LOST_RESIDENCE_DOCUMENTS, PASSPORT)

NeedByKind = Literal["hard", "soft", "none"]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a person answered; None where the question was not asked."""

    title_valid_until: date | None = None
    has_appointment: bool | None = None
    has_proof: bool | None = None
    departure_on: date | None = None
    travel_reason: str | None = None
    lost_what: str | None = None

    def as_json(self) -> dict[str, str | bool]:
        """The given answers as plain JSON."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return {k: v.isoformat() if isinstance(v, date) else v for k, v in given.items()}

    @classmethod
    def from_json(cls, plain: Mapping[str, str | bool]) -> Answers:
        """The answers that `as_json` wrote; raises TypeError or ValueError for anything else."""
        days = ("title_valid_until", "departure_on")
        # whether each is of its type was asked of the form that it comes from
        return cls(**{k: date.fromisoformat(str(v)) if k in days else v for k, v in plain.items()})  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the rules say to one situation; every text belonging to the codes is in `labels`."""

    category: str  # the case that fits, which for a title may be the neighbour of the chosen one
    eligible: bool
    reasons: tuple[str, ...]
    need_by: date | None = None
    need_kind: NeedByKind = "none"
    route: str = ""  # the channel that helps instead; empty when eligible
    again_on: date | None = None  # from this day on the answer would be yes
    hints: tuple[str, ...] = ()


def decide(category: str, answers: Answers, today: date) -> Decision:
    """Whether the situation is an emergency on the local day `today`, or who helps instead.

    A "no" names a later day only if the same answers mean "yes" on that day. Raises ValueError for
    an unknown category or when an answer the case needs is missing.
    """
    decision = _decided(category, answers, today)
    if decision.again_on and not _decided(category, answers, decision.again_on).eligible:
        return replace(decision, again_on=None)
    return decision


def _decided(category: str, answers: Answers, today: date) -> Decision:
    match category:
        case "expired" | "expiring":
            return _title(answers, today)
        case "job_loss":
            return _job_loss(answers)
        case "urgent_travel":
            return _urgent_travel(answers, today)
        case "lost_document":
            return _lost_document(answers)
        case "other":
            return _refused(OTHER, "no_category", route="regular")
    raise ValueError(f"unknown category {category!r}")


def _title(answers: Answers, today: date) -> Decision:
    # One rule for both cases: which of them it is follows from the date, not from the choice.
    valid_until = _needed(answers.title_valid_until)
    if valid_until < today:
        # An appointment elsewhere is asked but doesn't refuse: that condition is E2's alone.
        known = ("keep_appointment",) if answers.has_appointment else ()
        return _eligible("expired", "title_expired", hints=("applied_in_time", *known))
    if valid_until - today > WINDOW:
        return _refused(
            "expiring",
            "expires_later",
            route="keep_appointment" if answers.has_appointment else "regular",
            again_on=valid_until - WINDOW,
            hints=("apply_in_time",),
        )
    if _needed(answers.has_appointment):
        return _refused(
            "expiring", "has_appointment", route="keep_appointment", hints=("apply_in_time",)
        )
    return _eligible(
        "expiring",
        "title_expires_soon",
        need_by=valid_until,
        need_kind="soft",
        hints=("apply_in_time",),
    )


def _job_loss(answers: Answers) -> Decision:
    if not _needed(answers.has_proof):
        return _refused("job_loss", "job_proof_missing", route="employer")
    return _eligible("job_loss", "job_at_risk", hints=("bring_proof",))


def _urgent_travel(answers: Answers, today: date) -> Decision:
    departure_on = _needed(answers.departure_on)
    if _needed(answers.travel_reason) not in TRAVEL_REASONS:
        raise ValueError("unknown travel reason")
    if departure_on < today:
        return _refused("urgent_travel", "departure_past", route="ask")
    if departure_on - today > WINDOW:
        return _refused(
            "urgent_travel", "departure_later", route="regular", again_on=departure_on - WINDOW
        )
    if not _needed(answers.has_proof):
        return _refused("urgent_travel", "travel_proof_missing", route="travel_proof")
    return _eligible(
        "urgent_travel",
        "travel_soon",
        need_by=departure_on,
        need_kind="hard",
        hints=("bring_proof",),
    )


def _lost_document(answers: Answers) -> Decision:
    lost_what = _needed(answers.lost_what)
    if lost_what not in LOST_DOCUMENTS:
        raise ValueError("unknown document")
    if lost_what == PASSPORT:
        return _refused("lost_document", "passport_lost", route="embassy")
    return _eligible("lost_document", "document_lost", hints=("report_loss",))


def _eligible(
    category: str,
    reason: str,
    *,
    need_by: date | None = None,
    need_kind: NeedByKind = "none",
    hints: tuple[str, ...] = (),
) -> Decision:
    return Decision(
        category=category,
        eligible=True,
        reasons=(reason,),
        need_by=need_by,
        need_kind=need_kind,
        hints=hints,
    )


def _refused(
    category: str,
    reason: str,
    *,
    route: str,
    again_on: date | None = None,
    hints: tuple[str, ...] = (),
) -> Decision:
    return Decision(
        category=category,
        eligible=False,
        reasons=(reason,),
        route=route,
        again_on=again_on,
        hints=hints,
    )


_T = TypeVar("_T")


def _needed(answer: _T | None) -> _T:
    if answer is None:
        raise ValueError("an answer is missing")
    return answer

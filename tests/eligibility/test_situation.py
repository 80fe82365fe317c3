import json
from datetime import date
from typing import Any

import pytest

from eligibility import situation
from eligibility.rules import RULES_VERSION, Answers

REF = date(2026, 11, 23)
EXPIRING = Answers(title_valid_until=date(2026, 11, 27), has_appointment=False)


def test_keep_and_current_give_the_same_situation() -> None:
    session: dict[str, Any] = {}
    found = situation.assess("expiring", EXPIRING, today=REF)
    situation.keep(session, found)
    assert situation.eligible_situation(json.loads(json.dumps(session))) == found


def test_current_is_nothing_for_a_refusal_but_latest_is() -> None:
    session: dict[str, Any] = {}
    found = situation.assess("job_loss", Answers(has_proof=False), today=REF)
    situation.keep(session, found)
    assert situation.eligible_situation(session) is None
    assert situation.latest(session) == found


def test_current_is_nothing_in_an_empty_or_flushed_session() -> None:
    session: dict[str, Any] = {}
    assert situation.eligible_situation(session) is None
    assert situation.latest(session) is None
    situation.keep(session, situation.assess("expiring", EXPIRING, today=REF))
    session.clear()
    assert situation.eligible_situation(session) is None
    assert situation.latest(session) is None


def test_snapshot_is_plain_json_with_all_that_booking_keeps() -> None:
    snapshot = situation.assess("expiring", EXPIRING, today=REF).snapshot
    assert json.loads(json.dumps(snapshot)) == {
        "category": "expiring",
        "answers": {"title_valid_until": "2026-11-27", "has_appointment": False},
        "decided_on": "2026-11-23",
        "rules_version": RULES_VERSION,
        "need_by": "2026-11-27",
        "need_kind": "soft",
    }


def test_snapshot_names_the_case_that_fits_not_the_one_chosen() -> None:
    found = situation.assess("expired", EXPIRING, today=REF)
    assert found.snapshot["category"] == "expiring"
    assert found.chosen == "expired"


def test_read_gives_the_same_decision_from_a_snapshot() -> None:  # I13
    found = situation.assess("expiring", EXPIRING, today=REF)
    assert situation.from_snapshot(found.snapshot) == found


@pytest.mark.parametrize("broken", [{}, {"category": "expired", "answers": {"x": 1}}])
def test_read_raises_for_anything_else(broken: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        situation.from_snapshot(broken)


@pytest.mark.parametrize(
    "kept", [{}, {"category": "visa", "answers": {}, "decided_on": "2026-11-23"}, "text", None]
)
def test_latest_is_nothing_for_what_older_rules_kept(kept: object) -> None:
    assert situation.latest({"situation": kept}) is None


def test_resume_goes_on_with_a_snapshot() -> None:
    session: dict[str, Any] = {}
    found = situation.assess("expiring", EXPIRING, today=REF)
    situation.resume(session, found.snapshot)
    assert situation.eligible_situation(session) == found

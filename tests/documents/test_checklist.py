"""The rules themselves: conditions, days, and what must hold of every case."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.answer_codes import Answers, decode, encode
from documents.catalogue_types import Condition, Procedure
from documents.checklist import (
    cases,
    checklist,
    condition_problem,
    facts_in,
    holds,
    offset_problem,
    shift,
)
from documents.validation import read
from documents.yaml_files import SHIPPED, load
from tests.documents.cases import ask, procedure_of

CATALOGUE = read(load(SHIPPED)[0])
Case = tuple[Procedure, Answers]
PROCEDURES = [one for one in CATALOGUE.procedures if one.questions]
NEVER_TOGETHER = [
    ("passport", "no_passport_efforts"),
    ("passport", "no_passport_identity"),
    ("passport", "passport_with_visa"),
    ("finance_1y", "finance_6m"),
    ("finance_1y", "finance_purpose"),
    ("finance_6m", "finance_purpose"),
    ("residence_permit", "emergency_proof_loss"),
    ("emergency_proof_job", "emergency_proof_travel"),
]


@st.composite
def a_case(draw: st.DrawFn) -> Case:
    """A procedure with answers a person could give."""
    procedure = draw(st.sampled_from(PROCEDURES))
    facts: set[str] = set()
    for question in procedure.questions:
        names = [option.fact for option in question.options]
        if question.kind == "one":
            facts.add(draw(st.sampled_from(names)))
        elif question.kind == "many":
            facts |= draw(st.sets(st.sampled_from(names)))
    days = {
        question.id: draw(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
        for question in procedure.questions
        if question.kind == "day" and draw(st.booleans())
    }
    return procedure, Answers(frozenset(facts), days)


DAYS = st.dates(date(2023, 7, 13), date(2030, 1, 1))


@given(a_case(), DAYS)
def test_lists_no_contradictory_items(case: Case, on: date) -> None:
    procedure, answers = case
    found = checklist(CATALOGUE, procedure, answers.facts, on, days=answers.days)
    listed = {item.id for item in found.items}
    assert not [pair for pair in NEVER_TOGETHER if set(pair) <= listed]
    assert len(listed) == len(found.items)


@given(a_case(), DAYS)
def test_gives_every_item_exactly_one_reason(case: Case, on: date) -> None:
    procedure, answers = case
    found = checklist(CATALOGUE, procedure, answers.facts, on)
    assert all(item.reason.de.strip() for item in found.items)


@given(a_case(), DAYS)
def test_expects_a_fee_between_nothing_and_the_full_amount(case: Case, on: date) -> None:
    procedure, answers = case
    fee = checklist(CATALOGUE, procedure, answers.facts, on).fee
    assert all(Decimal(0) <= one.amount <= one.full for one in fee.lines)
    assert Decimal(0) <= fee.total <= fee.at_most
    assert len({one.code for one in fee.lines}) == len(fee.lines)
    assert all(one.explained for one in fee.lines if one.amount < one.full)


@given(a_case(), DAYS)
def test_asks_for_one_permit_and_one_travel_document_at_most(case: Case, on: date) -> None:
    procedure, answers = case
    codes = [one.code for one in checklist(CATALOGUE, procedure, answers.facts, on).fee.lines]
    assert sum(code.startswith("ae_") for code in codes) <= 1
    assert sum(code.startswith("ra_") for code in codes) <= 1


@given(a_case())
def test_answers_survive_their_code(case: Case) -> None:
    procedure, answers = case
    assert decode(procedure, encode(procedure, answers)) == answers


@given(st.sampled_from(PROCEDURES), st.text(max_size=40))
def test_a_foreign_code_is_refused_without_an_error(procedure: Procedure, code: str) -> None:
    found = decode(procedure, code)
    assert found is None or encode(procedure, found)


def test_every_item_note_and_charge_is_reached_by_some_case() -> None:
    for procedure in PROCEDURES:
        rows = {
            (kind, row.id if hasattr(row, "id") else (row.code, repr(row.condition)))
            for kind in ("requirements", "notes", "charges")
            for row in getattr(procedure, kind)
        }
        reached = set()
        stops = [note for note in procedure.notes if note.kind == "stop"]
        for kind in ("requirements", "notes", "charges"):
            for row in getattr(procedure, kind):
                about = {
                    f for c in [row.condition, *(s.condition for s in stops)] for f in facts_in(c)
                }
                for facts in cases(procedure, about):
                    stopped = any(holds(stop.condition, facts) for stop in stops)
                    if holds(row.condition, facts) and (not stopped or row in stops):
                        name = row.id if hasattr(row, "id") else (row.code, repr(row.condition))
                        reached.add((kind, name))
                        break
        assert rows == reached


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        (None, set(), True),
        ("a", {"a"}, True),
        ("a", {"b"}, False),
        ({"not": "a"}, {"b"}, True),
        ({"all": ["a", "b"]}, {"a"}, False),
        ({"all": ["a", "b"]}, {"a", "b"}, True),
        ({"any": ["a", {"not": "b"}]}, {"b"}, False),
        ({"any": ["a", {"not": "b"}]}, set(), True),
    ],
)
def test_condition_holds(condition: Condition, facts: set[str], expected: bool) -> None:
    assert holds(condition, facts) is expected


@pytest.mark.parametrize(
    "condition",
    [
        "",
        7,
        [],
        {},
        {"none": ["a"]},
        {"all": []},
        {"all": "a"},
        {"not": None},
        {"not": ["a"]},
        {"all": ["a"], "any": ["b"]},
        {"any": ["a", {"maybe": "b"}]},
        {"all": [None]},
    ],
)
def test_condition_of_the_wrong_form_is_refused(condition: object) -> None:
    assert condition_problem(condition)


@pytest.mark.parametrize(
    ("day", "offset", "expected"),
    [
        (date(2027, 5, 31), "-3 months", date(2027, 2, 28)),
        (date(2028, 5, 31), "-3 months", date(2028, 2, 29)),
        (date(2026, 12, 31), "-8 weeks", date(2026, 11, 5)),
        (date(2026, 10, 1), "+90 days", date(2026, 12, 30)),
        (date(2027, 1, 15), "-3 months", date(2026, 10, 15)),
        (date(2026, 11, 23), "+0 days", date(2026, 11, 23)),
    ],
)
def test_shift_counts_days_weeks_and_months(day: date, offset: str, expected: date) -> None:
    assert shift(day, offset) == expected


@pytest.mark.parametrize("offset", ["8 weeks", "-8", "-8 years", "", "- 8 weeks"])
def test_offset_of_the_wrong_form_is_refused(offset: str) -> None:
    assert offset_problem(offset)
    with pytest.raises(ValueError):
        shift(date(2026, 1, 1), offset)


def test_a_fee_whose_time_is_over_is_not_asked_for() -> None:
    old = ask(CATALOGUE, "emergency", "expired", on=date(2025, 4, 30))
    assert "photo_at_office" not in {one.code for one in old.fee.lines}


def test_text_falls_back_to_german() -> None:
    title = procedure_of(CATALOGUE, "emergency").title
    assert title.to("xx") == title.de == "Notfalltermin"
    assert not title.has("xx")

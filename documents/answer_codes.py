"""Answers as a short code, so that an address can be kept without telling what was answered.

The code holds no words and no birth date; it is meaningless without the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from zlib import crc32

from documents.catalogue_types import Procedure, Question

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_EPOCH = date(2000, 1, 1)
_MOST_DAYS = 36525  # a century


@dataclass(frozen=True)
class Answers:
    """The facts of a case and the days the person gave."""

    facts: frozenset[str] = frozenset()
    days: Mapping[str, date] = field(default_factory=dict)


def encode(procedure: Procedure, answers: Answers) -> str:
    """The code of these answers."""
    bits = sum(1 << i for i, fact in enumerate(procedure.facts) if fact in answers.facts)
    days = [_count(answers.days.get(name)) for name in _days(procedure)]
    return "-".join(_write(number) for number in [_mark(procedure), bits, *days])


def decode(procedure: Procedure, code: str) -> Answers | None:
    """All answers; None if the code is foreign, one lacks or the questions have changed since."""
    answers = decode_some(procedure, code)
    return answers if answers and not unanswered(procedure, answers) else None


def decode_some(procedure: Procedure, code: str) -> Answers | None:
    """The answers given so far; None if the code is foreign or the questions have changed since."""
    numbers = [_read(part) for part in code.split("-")]
    if None in numbers or len(numbers) != 2 + len(_days(procedure)):
        return None
    mark, bits, *days = [number or 0 for number in numbers]
    if (
        mark != _mark(procedure)
        or bits >> len(procedure.facts)
        or max(days, default=0) > _MOST_DAYS
    ):
        return None
    facts = frozenset(fact for i, fact in enumerate(procedure.facts) if bits >> i & 1)
    alone = [question for question in procedure.questions if question.kind == "one"]
    if any(len(facts.intersection(question.facts)) > 1 for question in alone):
        return None
    given = {
        name: _EPOCH + timedelta(days=days_since - 1)
        for name, days_since in zip(_days(procedure), days, strict=True)
        if days_since
    }
    return Answers(facts, given)


def unanswered(procedure: Procedure, answers: Answers) -> list[Question]:
    """The questions that must be answered and are not yet."""
    return [
        question
        for question in procedure.questions
        if question.kind == "one" and not answers.facts.intersection(question.facts)
    ]


def replace_answer(answers: Answers, question: Question, given: Answers) -> Answers:
    """The answers with the one to `question` as it is in `given`."""
    facts = answers.facts.difference(question.facts) | given.facts
    days = {name: day for name, day in answers.days.items() if name != question.id}
    return Answers(facts, {**days, **given.days})


def _days(procedure: Procedure) -> list[str]:
    return [question.id for question in procedure.questions if question.kind == "day"]


def _mark(procedure: Procedure) -> int:
    # Texts may be mended without breaking anybody's printed code; other questions may not.
    shape = [(one.id, one.kind, *(o.fact for o in one.options)) for one in procedure.questions]
    return crc32(repr(shape).encode()) & 0xFFFFF


def _count(day: date | None) -> int:
    days = (day - _EPOCH).days + 1 if day else 0
    return days if 0 < days <= _MOST_DAYS else 0


def _write(number: int) -> str:
    digits = ""
    while number or not digits:
        number, rest = divmod(number, 32)
        digits = _DIGITS[rest] + digits
    return digits


def _read(text: str) -> int | None:
    if not text or len(text) > 20 or set(text) - set(_DIGITS):
        return None
    number = 0
    for digit in text:
        number = number * 32 + _DIGITS.index(digit)
    return number

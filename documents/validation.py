"""Reads a catalogue and refuses it as a whole when anything in it is wrong.

The same reader serves the shipped YAML files and the office's drafts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

from documents.catalogue_types import (
    CATEGORIES,
    EMERGENCY,
    Catalogue,
    Charge,
    Fee,
    Note,
    Procedure,
    Requirement,
    Text,
    gettext_noop,
)
from documents.checklist import cases, facts_in, holds
from documents.schema import CatalogueBroken, Path, Problem, build

# Names are keys here; the desk says them in words (`problem_words`).
NO_FEE = gettext_noop("There is no fee “%(name)s”.")
NO_PAGE = gettext_noop("There is no page “%(name)s”.")
NO_PROCEDURE = gettext_noop("The procedure “%(name)s” is missing.")
NO_ANSWER = gettext_noop("No answer stands for “%(name)s”.")
NO_DAY = gettext_noop("No question asks for the day “%(name)s”.")
NO_FACT = gettext_noop("No question establishes the fact “%(name)s”.")
TWICE = gettext_noop("“%(name)s” is there twice.")
ENDS_FIRST = gettext_noop("“%(name)s” ends before it begins.")
OVERLAP = gettext_noop("Two amounts of “%(name)s” are valid on %(day)s.")
OPTIONS = gettext_noop("A question has options, one about a day has none.")
GROUPS = gettext_noop(
    "Groups belong to a question with one answer and name each of its facts once."
)
NEVER = gettext_noop("No answers to the questions ever lead here.")
HALF_DEADLINE = gettext_noop("A counted deadline needs both counts_from and offset.")


def read(data: object) -> Catalogue:
    """The catalogue in `data`; raises CatalogueBroken with every problem found."""
    catalogue = build(data)
    if problems := list(_contradictions(catalogue)):
        raise CatalogueBroken(problems)
    return catalogue


# --- what one part says about another -------------------------------------------------------------


def _contradictions(catalogue: Catalogue) -> Iterator[Problem]:
    yield from _twice(("procedures",), [one.id for one in catalogue.procedures])
    yield from _twice(("reductions",), [one.id for one in catalogue.reductions])
    yield from _overlaps(catalogue)
    yield from _emergency(catalogue)
    everywhere = {fact for one in catalogue.procedures for fact in one.facts}
    codes = {fee.code for fee in catalogue.fees}
    for i, reduction in enumerate(catalogue.reductions):
        yield from _unknown(("reductions", i, "condition"), reduction.condition, everywhere)
        for code in {*reduction.codes, *reduction.not_codes, *reduction.ask_codes} - codes:
            yield Problem(("reductions", i), NO_FEE, {"name": code})
    for i, procedure in enumerate(catalogue.procedures):
        for problem in _procedure_problems(procedure, codes):
            yield replace(problem, path=("procedures", i, *problem.path))
        seen = [
            *((("requirements", k), row.see) for k, row in enumerate(procedure.requirements)),
            *((("notes", k), row.see) for k, row in enumerate(procedure.notes)),
        ]
        for path, page in seen:
            if page and catalogue.procedure(page) is None:
                yield Problem(("procedures", i, *path), NO_PAGE, {"name": page})


def _emergency(catalogue: Catalogue) -> Iterator[Problem]:
    # The booking way asks for this procedure by these names.
    found = next((i for i, one in enumerate(catalogue.procedures) if one.id == EMERGENCY), None)
    if found is None:
        yield Problem(("procedures",), NO_PROCEDURE, {"name": EMERGENCY})
        return
    for category in CATEGORIES:
        if category not in catalogue.procedures[found].facts:
            yield Problem(("procedures", found), NO_ANSWER, {"name": category})


def _procedure_problems(procedure: Procedure, codes: Collection[str]) -> Iterator[Problem]:
    facts = frozenset(procedure.facts)
    yield from _twice(("questions",), [one.id for one in procedure.questions])
    for problem in _twice(("questions",), list(procedure.facts)):
        yield replace(problem, path=("questions",))
    yield from _twice(("requirements",), [one.id for one in procedure.requirements])
    yield from _twice(("notes",), [one.id for one in procedure.notes])
    days = {question.id for question in procedure.questions if question.kind == "day"}
    for i, question in enumerate(procedure.questions):
        if (question.kind == "day") == bool(question.options):
            yield Problem(("questions", i), OPTIONS)
        grouped = sorted(fact for group in question.groups for fact in group.facts)
        if question.groups and (question.kind != "one" or grouped != sorted(question.facts)):
            yield Problem(("questions", i, "groups"), GROUPS)
    conditional: dict[str, tuple[Requirement | Note | Charge, ...]] = {
        "requirements": procedure.requirements,
        "notes": procedure.notes,
        "charges": procedure.charges,
    }
    for kind, rows in conditional.items():
        for i, row in enumerate(rows):
            unknown = list(_unknown((kind, i, "condition"), row.condition, facts))
            yield from unknown
            if not unknown and not _reachable(procedure, row):
                yield Problem((kind, i), NEVER)
    for i, note in enumerate(procedure.notes):
        if bool(note.counts_from) != bool(note.offset):
            yield Problem(("notes", i), HALF_DEADLINE)
        elif note.counts_from and note.counts_from not in days:
            yield Problem(("notes", i), NO_DAY, {"name": note.counts_from})
    for i, charge in enumerate(procedure.charges):
        if charge.code not in codes:
            yield Problem(("charges", i, "code"), NO_FEE, {"name": charge.code})


def _reachable(procedure: Procedure, row: Requirement | Note | Charge) -> bool:
    stops = [note.condition for note in procedure.notes if note.kind == "stop"]
    if isinstance(row, Note) and row.kind == "stop":
        stops = []
    about = {fact for one in [row.condition, *stops] for fact in facts_in(one)}
    return any(
        holds(row.condition, case) and not any(holds(stop, case) for stop in stops)
        for case in cases(procedure, about)
    )


def _unknown(path: Path, condition: Any, facts: Collection[str]) -> Iterator[Problem]:
    for fact in dict.fromkeys(facts_in(condition)):
        if fact not in facts:
            yield Problem(path, NO_FACT, {"name": fact})


def _twice(path: Path, names: list[str]) -> Iterator[Problem]:
    for i, name in enumerate(names):
        if name in names[:i]:
            yield Problem((*path, i), TWICE, {"name": name})


def _overlaps(catalogue: Catalogue) -> Iterator[Problem]:
    by_code: dict[str, list[tuple[int, Fee]]] = {}
    for i, fee in enumerate(catalogue.fees):
        begin, end = fee.valid_from or date.min, fee.valid_until or date.max
        if begin >= end:
            yield Problem(("fees", i), ENDS_FIRST, {"name": fee.code})
        for _, other in by_code.get(fee.code, []):
            first = max(begin, other.valid_from or date.min)
            if first < min(end, other.valid_until or date.max):
                yield Problem(("fees", i), OVERLAP, {"name": fee.code, "day": str(first)})
        by_code.setdefault(fee.code, []).append((i, fee))


# --- what is not translated -----------------------------------------------------------------------


def texts(part: Any, path: Path = ()) -> Iterator[tuple[Path, Text]]:
    """Every text of a catalogue with its place."""
    if isinstance(part, Text):
        if part:
            yield path, part
    elif isinstance(part, tuple):
        for i, one in enumerate(part):
            names = (getattr(one, key, "") for key in ("id", "fact", "code"))
            yield from texts(one, (*path, next(filter(None, names), i)))
    elif is_dataclass(part):
        for field in fields(part):
            yield from texts(getattr(part, field.name), (*path, field.name))


def untranslated(catalogue: Catalogue, languages: Collection[str]) -> list[tuple[str, Path]]:
    """(language, place) of every text that a language lacks."""
    return [
        (language, path)
        for language in languages
        for path, text in texts(catalogue)
        if not text.has(language)
    ]

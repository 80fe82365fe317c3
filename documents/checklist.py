"""Which papers, notes and fees a case needs, each with its reason; plain Python.

A case is a set of named facts (`extension`, `no_valid_passport`). A condition is the name of a fact
or `{"all": […]}`, `{"any": […]}`, `{"not": …}`; no condition means always.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from documents.catalogue_types import UPLOAD, Catalogue, Condition, Fee, Procedure, Text

# --- what a case gets -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """A paper on one person's list, with the one reason it is there."""

    id: str
    title: Text
    details: Text
    accepted: Text
    not_accepted: Text
    reason: Text
    if_available: bool
    by: str = UPLOAD
    office_states: bool = False
    see: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """A note that applies to the case; `due_on` where a deadline could be counted."""

    id: str
    kind: str
    title: Text
    text: Text
    link: str = ""
    see: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One expected fee: what it costs in full, what this person pays, and why it differs.

    While a reduction depends on what nobody has said, `least` is the amount with it.
    """

    code: str
    title: Text
    full: Decimal
    least: Decimal
    amount: Decimal
    certain: bool
    basis: str
    explained: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class ExpectedFee:
    """An estimate; the caseworker decides."""

    lines: tuple[FeeLine, ...]

    @property
    def total(self) -> Decimal:
        """What it comes to at least."""
        return sum((line.least for line in self.lines if line.certain), Decimal(0))

    @property
    def at_most(self) -> Decimal:
        """What it can come to with everything the office may add."""
        return sum((line.amount for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class Checklist:
    """The answer to "what do I need": items, notes and fees; `stop` says who must go elsewhere."""

    procedure: Procedure
    items: tuple[Item, ...]
    notes: tuple[Advice, ...]
    stop: Advice | None
    fee: ExpectedFee
    means: tuple[Fee, ...]


# --- conditions -----------------------------------------------------------------------------------


def holds(condition: Condition, facts: Collection[str]) -> bool:
    """Whether the condition is true of these facts."""
    if condition is None:
        return True
    if isinstance(condition, str):
        return condition in facts
    ((word, part),) = condition.items()
    if word == "not":
        return not holds(part, facts)
    return (all if word == "all" else any)(holds(one, facts) for one in part)


def facts_in(condition: Condition) -> Iterator[str]:
    """Every fact a condition names."""
    if isinstance(condition, str):
        yield condition
    elif condition is not None:
        for part in condition.values():
            for one in part if isinstance(part, list | tuple) else [part]:
                yield from facts_in(one)


def condition_problem(condition: object) -> str | None:
    """A sentence about what is wrong with the form of a condition."""
    if condition is None or (isinstance(condition, str) and condition):
        return None
    if isinstance(condition, Mapping) and len(condition) == 1:
        ((word, part),) = condition.items()
        if word == "not":
            return condition_problem(part) if part else "“not” needs one condition."
        if word in {"all", "any"} and isinstance(part, list | tuple) and part:
            parts = [condition_problem(one) or ("" if one else "empty") for one in part]
            return "A condition inside is not understood." if any(parts) else None
    return "A condition is the name of a fact, or all, any or not with conditions inside."


def cases(procedure: Procedure, about: Collection[str]) -> Iterator[frozenset[str]]:
    """Every set of answers to the questions that touch the facts in `about`."""
    choices: list[Sequence[tuple[str, ...]]] = []
    for question in procedure.questions:
        named = [option.fact for option in question.options if option.fact in about]
        if not named:
            continue
        if question.kind == "one":
            others = len(named) < len(question.options)
            choices.append([(fact,) for fact in named] + ([()] if others else []))
        else:
            choices.extend([(), (fact,)] for fact in named)
    for answers in product(*choices):
        yield frozenset(fact for answer in answers for fact in answer)


# --- days and ages --------------------------------------------------------------------------------

_AGES = {"age_under_18", "age_18_to_23", "age_24_or_more", "age_18_or_more"}
_OFFSET = re.compile(r"([+-])(\d{1,3}) (days|weeks|months)")


def offset_parts(offset: str) -> tuple[str, str, str] | None:
    """("-", "8", "weeks") of "-8 weeks"; None for anything else."""
    found = _OFFSET.fullmatch(offset)
    return (found[1], found[2], found[3]) if found else None


def offset_problem(offset: str) -> str | None:
    """A sentence about an offset that is not like `-8 weeks`."""
    return None if _OFFSET.fullmatch(offset) else "An offset looks like “-8 weeks” or “+90 days”."


def shift(day: date, offset: str) -> date:
    """The day so far away; a month that lacks it ends on its last day (§ 188 (3) BGB)."""
    found = _OFFSET.fullmatch(offset)
    if not found:
        raise ValueError(offset)
    count = int(found[2]) * (-1 if found[1] == "-" else 1)
    if found[3] != "months":
        return day + timedelta(days=count * (7 if found[3] == "weeks" else 1))
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(offset)


def age(born: date, on: date) -> int:
    """Completed years of life; the birthday itself counts (§ 187 (2) sentence 2 BGB)."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def age_fact(born: date, on: date) -> str:
    """The one fact about age that fees depend on."""
    years = age(born, on)
    if years < 18:
        return "age_under_18"
    return "age_18_to_23" if years < 24 else "age_24_or_more"


def birth_fact(born: str, on: date) -> str:
    """The fact about age for a birth date "2015-05-17", "2015-05" or "2015".

    Nothing where it isn't known well enough to tell.
    """
    if not born:
        return ""
    year, month, day = (*(int(part) for part in born.split("-")), 0, 0)[:3]
    first = date(year, month or 1, day or 1)
    last = first if day else shift(first, "+1 months" if month else "+12 months") - timedelta(1)
    facts = {age_fact(first, on), age_fact(last, on)}
    return facts.pop() if len(facts) == 1 else ""


def reason_for_urgency(title_ends_on: date | None, on: date) -> str:
    """Why the emergency check is the way for a title: over, or in its last seven days; or ""."""
    if title_ends_on is None or title_ends_on - on > timedelta(days=7):
        return ""
    return "title_expired" if title_ends_on < on else "title_expires_soon"


# --- the three answers ----------------------------------------------------------------------------


def checklist(
    catalogue: Catalogue,
    procedure: Procedure,
    facts: Collection[str],
    on: date,
    *,
    days: Mapping[str, date] | None = None,
) -> Checklist:
    """The list for a case on a day; `days` are answers to questions about dates."""
    notes = advice(procedure, facts, days or {})
    stop = next((note for note in notes if note.kind == "stop"), None)
    return Checklist(
        procedure=procedure,
        items=() if stop else items(procedure, facts),
        notes=tuple(note for note in notes if note.kind != "stop") if not stop else (),
        stop=stop,
        fee=ExpectedFee(()) if stop else expected_fee(catalogue, procedure, facts, on),
        means=() if stop else means(catalogue, procedure, facts, on),
    )


def items(procedure: Procedure, facts: Collection[str]) -> tuple[Item, ...]:
    """The papers of a case in the catalogue's order."""
    return tuple(
        Item(
            id=one.id,
            title=one.title,
            details=one.details,
            accepted=one.accepted,
            not_accepted=one.not_accepted,
            reason=one.reason,
            if_available=one.if_available,
            by=one.by,
            office_states=one.office_states,
            see=one.see,
        )
        for one in procedure.requirements
        if holds(one.condition, facts)
    )


def advice(
    procedure: Procedure, facts: Collection[str], days: Mapping[str, date]
) -> tuple[Advice, ...]:
    """The notes of a case; a deadline is counted from its day where the person gave one."""
    return tuple(
        Advice(
            id=note.id,
            kind=note.kind,
            title=note.title,
            text=note.text,
            link=note.link,
            see=note.see,
            due_on=shift(days[note.counts_from], note.offset) if note.counts_from in days else None,
        )
        for note in procedure.notes
        if holds(note.condition, facts)
    )


def expected_fee(
    catalogue: Catalogue, procedure: Procedure, facts: Collection[str], on: date
) -> ExpectedFee:
    """What a case costs on a day, every reduction explained: exemption before half before full.

    Somebody whose age is not known may be a minor, so that the half is the least.
    """
    lines = []
    youngest = facts if set(facts) & _AGES else {*facts, "age_under_18"}
    for charge in procedure.charges:
        fee = catalogue.price(charge.code, on)
        if fee is None or fee.kind != "fee" or not holds(charge.condition, facts):
            continue
        share, explained = _share(catalogue, charge.code, facts)
        lowest, _reason = _share(catalogue, charge.code, youngest)
        lines.append(
            FeeLine(
                code=fee.code,
                title=fee.title,
                full=fee.amount,
                least=(fee.amount * lowest).quantize(Decimal("0.01")),
                amount=(fee.amount * share).quantize(Decimal("0.01")),
                certain=charge.certain,
                basis=fee.basis,
                explained=explained,
            )
        )
    return ExpectedFee(tuple(lines))


def means(
    catalogue: Catalogue, procedure: Procedure, facts: Collection[str], on: date
) -> tuple[Fee, ...]:
    """The amounts a person must be able to live on, as of a day."""
    found = (catalogue.price(c.code, on) for c in procedure.charges if holds(c.condition, facts))
    return tuple(fee for fee in found if fee is not None and fee.kind == "means")


def _share(
    catalogue: Catalogue, code: str, facts: Collection[str]
) -> tuple[Decimal, tuple[Text, ...]]:
    of_case = [one for one in catalogue.reductions if holds(one.condition, facts)]
    lowering = sorted((one for one in of_case if code in one.codes), key=lambda one: one.share)
    if lowering:
        return lowering[0].share, (lowering[0].reason,)
    asked = [one.ask for one in of_case if code in one.ask_codes]
    never = [one.otherwise for one in of_case if code in one.not_codes]
    return Decimal(1), tuple(text for text in asked + never if text)

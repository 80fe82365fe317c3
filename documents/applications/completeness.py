"""Which papers the people of an application need, and which are there; plain Python."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

from documents.catalogue_types import (
    BRING,
    CASE,
    ONLINE,
    UPLOAD,
    Catalogue,
    Procedure,
    Question,
    Text,
)
from documents.checklist import Advice, Item, advice, birth_fact, holds, items, shift

TITLE_HOLDER, FAMILY_MEMBER, MARRIED = "title_holder", "family_member", "married"
_MINOR = "age_under_18"
_AGES = frozenset({_MINOR, "age_18_to_23", "age_24_or_more", "age_18_or_more"})
_SIGNED_ON_PAPER = "form"


def questions_to_ask(procedure: Procedure) -> tuple[Question, ...]:
    """The questions of a procedure but those that the date of birth answers."""
    return tuple(one for one in procedure.questions if not _AGES.issuperset(one.facts or ("",)))


def facts_of(answers: Collection[str], *, born: str, on: date) -> frozenset[str]:
    """The facts of a case: what was answered, and the age on a day."""
    return frozenset(answers) - _AGES | ({birth_fact(born, on)} - {""})


# --- families -------------------------------------------------------------------------------------


def takes_family(procedure: Procedure) -> bool:
    """Whether spouses and children can apply together, on one application."""
    return any(one.of == CASE for one in procedure.questions)


def questions_of_member(procedure: Procedure) -> tuple[Question, ...]:
    """The questions that a member of the family answers."""
    return tuple(one for one in questions_to_ask(procedure) if one.of != CASE)


def facts_of_family(procedure: Procedure, answers: Collection[str]) -> frozenset[str]:
    """What the answers of the person who applies say of every member of the family."""
    of_case = {fact for one in procedure.questions if one.of == CASE for fact in one.facts}
    return frozenset(of_case.intersection(answers) - {TITLE_HOLDER} | {FAMILY_MEMBER})


def family_excluded(procedure: Procedure, answers: Collection[str]) -> Advice | None:
    """Why nobody of this person's family may apply as well, which needs no name; None if they may.

    The list is asked what it would say to them.
    """
    return stop_of(procedure, facts_of_family(procedure, answers), {})


def is_adult(born: str, *, on: date) -> bool:
    """Whether somebody declares for themselves: who is not surely a minor does."""
    return birth_fact(born, on) != _MINOR


def told_apart(people: Sequence[Sequence[str]]) -> list[str]:
    """What each is called so that no two are called the same: "" for somebody alone.

    Each says how they can be called, the shortest way first; fathers and sons share names.
    """
    if len(people) == 1:
        return [""]
    folded = [[way.casefold() for way in ways] for ways in people]

    def first(ways: Sequence[str]) -> str:
        alone = (
            way
            for at, way in enumerate(ways)
            if [each[at] for each in folded].count(way.casefold()) == 1
        )
        return next(alone, ways[-1])

    return [first(ways) for ways in people]


def paper_of(requirement: str, member: int) -> str:
    """The name of a paper: "passport", or "passport.7" of the member of the family with that key.

    Files, absences and requests name papers by it, so that equal papers of two people never mix.
    """
    return f"{requirement}{_suffix(member)}"


def _suffix(member: int) -> str:
    return f".{member}" if member else ""


# --- papers ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who applies: one of the family has a `member`; `called` where there are several."""

    facts: frozenset[str]
    member: int = 0
    called: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededPaper(Item):
    """A paper of one person; `id` is its name as by `paper_of`."""

    requirement: str
    member: int = 0
    called: str = ""

    @property
    def title_at_desk(self) -> str:
        """The title in German, with whose paper it is."""
        return f"{self.called}: {self.title.de}" if self.called else self.title.de


@dataclass(frozen=True, slots=True)
class Needed:
    """What a case needs: papers to upload, and originals, money and the like to bring."""

    papers: tuple[NeededPaper, ...]
    originals: tuple[NeededPaper, ...]

    def paper(self, name: str) -> NeededPaper | None:
        """The paper to upload of that name."""
        return next((one for one in self.papers if one.id == name), None)

    def missing(
        self, *, there: Collection[str], absent: Collection[str]
    ) -> tuple[NeededPaper, ...]:
        """The papers that are not there and may not, or were not said to, be absent."""
        return tuple(
            one
            for one in self.papers
            if one.id not in there and not (one.if_available and one.id in absent)
        )


def needed(catalogue: Catalogue, procedure: Procedure, people: Sequence[Person]) -> Needed:
    """What these people need, one after the other, who applies first.

    What is of the case is needed once, by the answers of who applies. A form that is signed on
    paper is brought whatever its row says.
    """
    of_case = {one.id for one in procedure.requirements if one.of == CASE}
    papers: list[NeededPaper] = []
    originals: list[NeededPaper] = []
    for person in people:
        for item in items(procedure, person.facts):
            if person.member and item.id in of_case:
                continue
            form = catalogue.procedure(item.see) if item.see else None
            if item.by == BRING or (form and form.kind == _SIGNED_ON_PAPER):
                originals.append(_of_person(item, person))
            elif item.by != ONLINE:
                papers.append(_of_person(item, person))
    return Needed(tuple(papers), tuple(originals))


def _of_person(item: Item, person: Person) -> NeededPaper:
    said = {each.name: getattr(item, each.name) for each in fields(Item)}
    return NeededPaper(
        **said | {"id": paper_of(item.id, person.member)},
        requirement=item.id,
        member=person.member,
        called=person.called,
    )


def unstated(procedure: Procedure) -> tuple[Text, ...]:
    """The papers of a list that the office has yet to state: until then it is not finished."""
    return tuple(one.title for one in procedure.requirements if one.office_states)


def is_finished(procedure: Procedure) -> bool:
    """Whether people can apply by this list: papers are stated, and some of them are uploaded."""
    sent = any(one.by == UPLOAD for one in procedure.requirements)
    return sent and not unstated(procedure)


def stop_of(
    procedure: Procedure, facts: Collection[str], days: Mapping[str, date]
) -> Advice | None:
    """The note that says who goes elsewhere, and where."""
    return next((one for one in advice(procedure, facts, days) if one.kind == "stop"), None)


def is_urgent(
    procedure: Procedure,
    facts: Collection[str],
    days: Mapping[str, date],
    *,
    on: date,
    grace_days: int,
) -> bool:
    """Whether the application has to be there so soon that an informal one today is safer.

    It has to before a title ends, and before a time is over that is counted from a day onwards;
    what is counted backwards is a recommendation.
    """
    ends = [day for name, day in days.items() if name == "title_ends_on"]
    for note in procedure.notes:
        counted = note.counts_from in days and note.offset.startswith("+")
        if counted and holds(note.condition, facts):
            ends.append(shift(days[note.counts_from], note.offset))
    return any((day - on).days <= grace_days for day in ends)

"""Which papers an application needs, and which of them are there; plain Python."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from documents.catalogue_types import BRING, ONLINE, UPLOAD, Catalogue, Procedure, Question, Text
from documents.checklist import Advice, Item, advice, birth_fact, holds, items, shift

_AGES = frozenset({"age_under_18", "age_18_to_23", "age_24_or_more", "age_18_or_more"})
_SIGNED_ON_PAPER = "form"
FAMILY_MEMBER = "family_member"


def questions_to_ask(procedure: Procedure) -> tuple[Question, ...]:
    """The questions of a procedure but those that the date of birth answers."""
    return tuple(one for one in procedure.questions if not _AGES.issuperset(one.facts or ("",)))


def facts_of(answers: Collection[str], *, born: str, on: date) -> frozenset[str]:
    """The facts of a case: what was answered, and the age on a day."""
    return frozenset(answers) - _AGES | ({birth_fact(born, on)} - {""})


@dataclass(frozen=True, slots=True)
class Needed:
    """What a case needs: papers to upload, and originals, money and the like to bring."""

    papers: tuple[Item, ...]
    originals: tuple[Item, ...]

    def paper(self, name: str) -> Item | None:
        """The paper to upload of that name."""
        return next((one for one in self.papers if one.id == name), None)

    def missing(self, *, there: Collection[str], absent: Collection[str]) -> tuple[Item, ...]:
        """The papers that are not there and may not, or were not said to, be absent."""
        return tuple(
            one
            for one in self.papers
            if one.id not in there and not (one.if_available and one.id in absent)
        )


def needed(catalogue: Catalogue, procedure: Procedure, facts: Collection[str]) -> Needed:
    """What these facts ask for; a form that is signed on paper is brought whatever its row says."""
    papers: list[Item] = []
    originals: list[Item] = []
    for item in items(procedure, facts):
        form = catalogue.procedure(item.see) if item.see else None
        if item.by == BRING or (form and form.kind == _SIGNED_ON_PAPER):
            originals.append(item)
        elif item.by != ONLINE:
            papers.append(item)
    return Needed(tuple(papers), tuple(originals))


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


def takes_family(procedure: Procedure) -> bool:
    """Whether the list knows of family members: it asks for whom the application is."""
    return FAMILY_MEMBER in procedure.facts


def family_excluded(procedure: Procedure, facts: Collection[str]) -> Advice | None:
    """The note for which nobody of this holder's family may apply as well; None if they may.

    `facts` are the holder's; the list is asked what it would say to a family member.
    """
    roles: set[str] = set()
    for question in procedure.questions:
        if FAMILY_MEMBER in question.facts:
            roles.update(question.facts)
    return stop_of(procedure, {*facts} - roles | (roles & {FAMILY_MEMBER}), {})


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

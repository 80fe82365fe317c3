"""What everybody on an application answered, as the desk reads it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from config.foundation.admin_bases import wall_day
from documents.applications.actions import drafts
from documents.applications.completeness import (
    questions_of_member,
    questions_to_ask,
    told_apart,
)
from documents.applications.models import Application, FamilyMember
from documents.catalogue_types import Question
from documents.steps import spoken


def said_by(application: Application) -> list[tuple[str, str, str]]:
    """Whose answer, to what, and which: "" as whose for somebody alone, "–" for no answer."""
    _catalogue, procedure = drafts.procedure_of(application)
    people: list[Application | FamilyMember] = [application, *application.members.all()]
    called = told_apart([one.ways_to_call for one in people])
    found = _of_one(called[0], application, questions_to_ask(procedure))
    for name, member in zip(called[1:], people[1:], strict=True):
        found += _of_one(name, member, questions_of_member(procedure))
    return found


def _of_one(
    called: str, person: Application | FamilyMember, questions: Iterable[Question]
) -> list[tuple[str, str, str]]:
    given = drafts.answers_of(person)
    found = []
    for question in questions:
        answer = spoken(question, given)
        if isinstance(answer, date):
            words = wall_day(answer)
        else:
            words = ", ".join(text.de for text in answer or [])
        found.append((called, question.title.de, words or "–"))
    return found

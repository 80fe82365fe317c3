"""What everybody on an application answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from documents.applications.actions import drafts
from documents.applications.completeness import (
    questions_of_member,
    questions_to_ask,
    told_apart,
)
from documents.applications.models import Application, FamilyMember
from documents.catalogue_types import Text
from documents.steps import spoken

Said = list[tuple[Text, Sequence[Text] | date | None]]


def said_by(application: Application) -> list[tuple[str, Said]]:
    """Everybody with what they answered to which question; "" for somebody alone."""
    _catalogue, procedure = drafts.procedure_of(application)
    people: list[Application | FamilyMember] = [application, *application.members.all()]
    found = []
    for called, person in zip(
        told_apart([one.ways_to_call for one in people]), people, strict=True
    ):
        is_member = isinstance(person, FamilyMember)
        asked = questions_of_member(procedure) if is_member else questions_to_ask(procedure)
        given = drafts.answers_of(person)
        found.append((called, [(each.title, spoken(each, given)) for each in asked]))
    return found

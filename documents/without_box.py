"""The catalogue of an office without a pickup box: nothing of it speaks of one; plain Python."""

from __future__ import annotations

from dataclasses import replace

from documents.catalogue_types import Catalogue, Note, Procedure, Requirement
from documents.checklist import facts_in

_BOX = "pickup_box"  # how the names of the lists about it begin


def is_of_box(slug: str) -> bool:
    """Whether a list or sheet is about the pickup box."""
    return slug.startswith(_BOX)


def without_box(whole: Catalogue) -> Catalogue:
    """The catalogue without the lists of the box, what leads to them and what only they ask."""
    kept = tuple(_shorten(one) for one in whole.procedures if not is_of_box(one.id))
    return replace(whole, procedures=kept)


def _shorten(procedure: Procedure) -> Procedure:
    papers = tuple(row for row in procedure.requirements if not is_of_box(row.see))
    notes = tuple(row for row in procedure.notes if not is_of_box(row.see))
    gone = _facts(*procedure.requirements, *procedure.notes) - _facts(*papers, *notes)
    questions = tuple(
        replace(asked, options=tuple(option for option in asked.options if option.fact not in gone))
        for asked in procedure.questions
    )
    return replace(procedure, questions=questions, requirements=papers, notes=notes)


def _facts(*rows: Requirement | Note) -> set[str]:
    return {fact for row in rows for fact in facts_in(row.condition)}

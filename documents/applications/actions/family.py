"""Members of a family on a draft: they come with answers and papers of their own, and go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from config.foundation.actions import action
from documents.answer_codes import Answers
from documents.applications.actions.blobs import delete_blobs
from documents.applications.actions.drafts import (
    answers_of,
    as_json,
    claim_draft,
    procedure_of,
    require_open,
)
from documents.applications.actions.refusals import NotEligible, TooManyMembers
from documents.applications.completeness import facts_of_family, paper_of, stop_of, takes_family
from documents.applications.limits import MEMBERS_AT_MOST
from documents.applications.models import Application, FamilyMember
from documents.applications.states import Role


@action
def add_member(
    *,
    application: Application,
    version: int,
    role: Role,
    family_name: str,
    given_names: str,
    birth_date: str,
    answers: Answers,
    now: datetime,
) -> FamilyMember:
    """Somebody of the family applies, too; the same twice is a quiet success.

    Whoever is there already and answers otherwise is corrected. `birth_date` is in stored form.
    Raises NotOpen, NotEligible, TooManyMembers and ApplicationChanged.
    """
    names: dict[str, Any] = {
        "family_name": family_name,
        "given_names": given_names,
        "birth_date": birth_date,
    }
    said = {"role": role, "answers": as_json(answers)}
    _wait_for_equal_presses(application)
    there = application.members.filter(**names).first()
    if there is not None and {name: getattr(there, name) for name in said} == said:
        return there
    require_open(application.procedure, now=now)
    claim_draft(application, version=version, now=now)
    _catalogue, procedure = procedure_of(application)
    shared = facts_of_family(procedure, answers_of(application).facts)
    stop = stop_of(procedure, shared | answers.facts, answers.days)
    if stop is not None:
        raise NotEligible(stop)
    is_full = there is None and application.members.count() >= MEMBERS_AT_MOST
    if is_full or not takes_family(procedure):
        raise TooManyMembers
    found, _is_new = application.members.update_or_create(**names, defaults=said)
    return found


@action
def remove_member(*, application: Application, version: int, member_id: int, now: datetime) -> None:
    """Takes somebody out with every paper of theirs; who is gone already is a quiet success.

    Raises ApplicationChanged.
    """
    _wait_for_equal_presses(application)
    member = application.members.filter(pk=member_id).first()
    if member is None:
        return
    claim_draft(application, version=version, now=now)
    theirs = paper_of("", member.pk)
    for file in application.files.filter(paper__endswith=theirs):
        delete_blobs([application.pk], file=file.pk)
        file.delete()
    application.absences.filter(paper__endswith=theirs).delete()
    member.delete()


def _wait_for_equal_presses(application: Application) -> None:
    """What an equal press at the same moment does is done by then; a draft may be gone."""
    Application.objects.select_for_update(no_key=True).filter(pk=application.pk).first()

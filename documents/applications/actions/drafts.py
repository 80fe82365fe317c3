"""The entries of an application before it is sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import F

from config.foundation import limits
from config.foundation.actions import action
from config.foundation.office import office_day
from config.foundation.outbox import forget_files
from config.foundation.persons import canonical_email, digest, person_key
from documents.answer_codes import Answers
from documents.applications import sealing, store
from documents.applications.actions.blobs import delete_blobs
from documents.applications.actions.refusals import (
    ApplicationChanged,
    NotEligible,
    NotOpen,
    StoreFull,
    TooManyDrafts,
)
from documents.applications.completeness import (
    MARRIED,
    Needed,
    Person,
    facts_of,
    facts_of_family,
    is_urgent,
    needed,
    stop_of,
    told_apart,
)
from documents.applications.limits import DRAFTS_PER, DRAFTS_PER_VISITOR, LEAST_FREE_SHARE
from documents.applications.models import Application, FamilyMember
from documents.applications.readiness import open_intake
from documents.applications.states import Role, Status
from documents.catalogue import catalogue_of, version_on
from documents.catalogue_types import Catalogue, Procedure
from documents.checklist import Advice


def require_open(procedure: str, *, now: datetime) -> None:
    """Raises NotOpen unless the office takes this application at `now` (UTC)."""
    if open_intake(procedure, now=now) is None:
        raise NotOpen


@action
def open_draft(
    *, procedure: str, answers: Answers, language: str, visitor: str, now: datetime, on: date
) -> Application:
    """A new application with its own key, after the questions; `visitor` is who limits count by.

    Raises NotOpen, NotEligible, TooManyDrafts and StoreFull.
    """
    require_open(procedure, now=now)
    version, _digest = version_on(on)
    _require_eligible(catalogue_of(version), procedure, answers)
    if store.free_share() < LEAST_FREE_SHARE:
        raise StoreFull
    if not limits.take_of_visitor(
        "application", visitor, limit=DRAFTS_PER_VISITOR, per=DRAFTS_PER, now=now
    ):
        raise TooManyDrafts
    key = sealing.new_key()
    return Application.objects.create(
        procedure=procedure,
        catalogue_id=version,
        answers=as_json(answers),
        language=language,
        recipient=key.recipient,
        sealed_key=key.sealed,
        sealed_for=key.sealed_for,
        created_at=now,
        touched_at=now,
    )


@action
def save_answers(
    *, application: Application, version: int, answers: Answers, now: datetime, on: date
) -> None:
    """Other answers to the questions, judged by the list of today; papers stay.

    Raises NotOpen, NotEligible, ApplicationChanged.
    """
    require_open(application.procedure, now=now)
    catalogue, _digest = version_on(on)
    _require_eligible(catalogue_of(catalogue), application.procedure, answers)
    claim_draft(
        application, version=version, now=now, answers=as_json(answers), catalogue_id=catalogue
    )


@action
def save_person(
    *,
    application: Application,
    version: int,
    family_name: str,
    given_names: str,
    birth_date: str,
    email: str,
    phone: str,
    language: str,
    now: datetime,
) -> None:
    """Who applies, and where letters go; another address has to prove itself anew.

    `birth_date` is in stored form, `email` normalised. Raises ApplicationChanged.
    """
    address = digest("address", canonical_email(email))
    changes: dict[str, Any] = {
        "family_name": family_name,
        "given_names": given_names,
        "birth_date": birth_date,
        "email": email,
        "phone": phone,
        "language": language,
        "address_key": address,
        "person_key": person_key(
            family_name=family_name, given_names=given_names, birth_date=birth_date
        ),
    }
    if address != application.address_key:
        changes |= {"verified_at": None, "codes": [], "attempts": 0}
    claim_draft(application, version=version, now=now, **changes)


@action
def end_draft(*, application: Application, now: datetime) -> None:
    """Deletes a draft with all of its papers; what was sent stays. Twice is a quiet success."""
    rows = Application.objects.filter(pk=application.pk, status=Status.STARTED)
    if rows.update(touched_at=now):
        delete_blobs([application.pk])
        forget_files([application.subject])
        rows.delete()


def claim_draft(
    application: Application,
    *,
    now: datetime,
    version: int | None = None,
    statuses: Collection[Status] = (Status.STARTED,),
    **changes: object,
) -> None:
    """Makes everybody else who writes this draft wait until the transaction has ended.

    With `version` only as the page showed it; each change makes a new version. Raises
    ApplicationChanged when it is another one by now, was sent, or is gone.
    """
    rows = Application.objects.filter(
        pk=application.pk, status__in=sorted(statuses), forgotten_at=None
    )
    if version is not None:
        rows = rows.filter(version=version)
    if not rows.update(touched_at=now, version=F("version") + 1, **changes):
        raise ApplicationChanged
    application.refresh_from_db()


# --- what the answers amount to -------------------------------------------------------------------


def as_json(answers: Answers) -> dict[str, Any]:
    """The answers as they are stored."""
    days = {name: day.isoformat() for name, day in answers.days.items()}
    return {"facts": sorted(answers.facts), "days": days}


def answers_of(person: Application | FamilyMember) -> Answers:
    """What was answered."""
    kept: Mapping[str, Any] = person.answers
    days = {name: date.fromisoformat(day) for name, day in kept.get("days", {}).items()}
    return Answers(frozenset(kept.get("facts", ())), days)


def procedure_of(application: Application) -> tuple[Catalogue, Procedure]:
    """The list by which this application is judged."""
    catalogue = catalogue_of(application.catalogue_id)
    procedure = catalogue.procedure(application.procedure)
    if procedure is None:
        raise LookupError(application.procedure)
    return catalogue, procedure


def everybody_on(
    application: Application,
) -> list[tuple[Application | FamilyMember, frozenset[str]]]:
    """Who applies, then each member of the family: with what was answered for them."""
    _catalogue, procedure = procedure_of(application)
    own = answers_of(application).facts
    shared = facts_of_family(procedure, own)
    members = application.members.all()
    return [(application, own), *((one, shared | answers_of(one).facts) for one in members)]


def needed_by(application: Application, *, on: date) -> Needed:
    """What everybody on a draft needs on a day; once it is sent, on the day of sending."""
    catalogue, procedure = procedure_of(application)
    day = office_day(application.sent_at) if application.sent_at else on
    everybody = everybody_on(application)
    has_spouse = any(
        isinstance(one, FamilyMember) and one.role == Role.SPOUSE for one, _facts in everybody
    )
    people = []
    for called, (one, said) in zip(
        told_apart([one.ways_to_call for one, _facts in everybody]), everybody, strict=True
    ):
        member = one.pk if isinstance(one, FamilyMember) else 0
        if has_spouse and not member:
            said |= {MARRIED}  # whatever was ticked
        facts = facts_of(said, born=one.birth_date, on=day)
        people.append(Person(facts, member=member, called=called))
    return needed(catalogue, procedure, people)


def stop_for(application: Application) -> Advice | None:
    """The first reason for which somebody on this application has to go elsewhere."""
    _catalogue, procedure = procedure_of(application)
    stops = (
        stop_of(procedure, facts, answers_of(one).days) for one, facts in everybody_on(application)
    )
    return next((stop for stop in stops if stop), None)


def who_is_late(application: Application, *, now: datetime) -> list[Application | FamilyMember]:
    """Those on a draft for whom an informal application today is safer; none once it is closed."""
    intake = open_intake(application.procedure, now=now)
    if intake is None:
        return []
    _catalogue, procedure = procedure_of(application)
    when: dict[str, Any] = {"on": office_day(now), "grace_days": intake.grace_days}
    return [
        one
        for one, facts in everybody_on(application)
        if is_urgent(procedure, facts, answers_of(one).days, **when)
    ]


def _require_eligible(catalogue: Catalogue, slug: str, answers: Answers) -> None:
    procedure = catalogue.procedure(slug)
    if procedure is None:
        raise NotOpen
    stop = stop_of(procedure, answers.facts, answers.days)
    if stop is not None:
        raise NotEligible(stop)

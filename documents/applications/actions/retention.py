"""The end of an application: the key first, then papers and the person; states stay for counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from config.foundation.actions import action
from config.foundation.outbox import forget_files
from documents.applications.actions.blobs import delete_blobs
from documents.applications.actions.processing import erase_old_originals
from documents.applications.models import (
    Absence,
    Application,
    ApplicationEvent,
    DocumentRequest,
    FamilyMember,
    File,
    Intake,
    Transfer,
)
from documents.applications.states import Status

BATCH = 50


@dataclass(frozen=True, kw_only=True)
class Periods:
    """How long each class stays."""

    draft_idle: timedelta
    draft: timedelta
    withdrawn: timedelta
    closed: timedelta
    open: timedelta
    staff: timedelta


def forget_in_batches(*, now: datetime, periods: Periods, apply: bool) -> Iterator[tuple[str, int]]:
    """Forgets what outlived its class at `now` (UTC): yields a class and the rows of a batch."""
    for name, rows in _classes(now, periods).items():
        if not apply:
            yield name, rows.count()
            continue
        yield name, 0
        while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
            act = delete_drafts if name == "drafts" else erase
            yield name, act(applications=keys, now=now)
    unsent = File.objects.filter(
        document_request__isnull=False,
        document_request__ended_at=None,
        received_at__lte=now - periods.draft,
    )
    keys = list(unsent.values_list("pk", flat=True))
    yield "papers not sent", delete_unsent(files=keys, now=now) if apply else len(keys)
    yield "names of staff", _forget_staff(now - periods.staff, apply=apply)
    if apply:
        erase_old_originals(now=now)


def _forget_staff(before: datetime, *, apply: bool) -> int:
    """Who of the office took a step or opened an intake so long ago; the steps stay."""
    steps = ApplicationEvent.objects.filter(by__isnull=False, at__lte=before)
    reviews = Application.objects.filter(taken_at__lte=before)
    intakes = Intake.objects.filter(opened_by__isnull=False, opened_at__lte=before)
    copies = Transfer.objects.filter(made_by__isnull=False, made_at__lte=before)
    if not apply:
        return steps.count() + reviews.count() + intakes.count() + copies.count()
    return (
        steps.update(by=None)
        + reviews.update(taken_by=None, taken_at=None)
        + intakes.update(opened_by=None)
        + copies.update(made_by=None, confirmed_by=None)
    )


def _classes(now: datetime, periods: Periods) -> dict[str, QuerySet[Application]]:
    kept = Application.objects.filter(forgotten_at=None).order_by("pk")
    return {
        "drafts": kept.filter(status=Status.STARTED).filter(
            Q(touched_at__lte=now - periods.draft_idle) | Q(created_at__lte=now - periods.draft)
        ),
        "withdrawn": kept.filter(status=Status.WITHDRAWN, ended_at__lte=now - periods.withdrawn),
        "closed": kept.filter(status=Status.CLOSED, ended_at__lte=now - periods.closed),
        "never closed": kept.filter(ended_at=None, sent_at__lte=now - periods.open),
    }


@action
def delete_drafts(*, applications: list[int], now: datetime) -> int:
    """Deletes drafts with all they have; one that was sent meanwhile stays."""
    drafts = Application.objects.filter(pk__in=applications, status=Status.STARTED)
    keys = list(drafts.select_for_update().values_list("pk", flat=True))
    delete_blobs(keys)
    forget_files([f"application/{key}" for key in keys])
    return Application.objects.filter(pk__in=keys).delete()[1].get("applications.Application", 0)


@action
def delete_unsent(*, files: list[int], now: datetime) -> int:
    """Deletes files that somebody uploaded and did not send; what was sent meanwhile stays."""
    rows = File.objects.filter(pk__in=files, document_request__isnull=False)
    owners = list(rows.values_list("application", flat=True))
    # whoever sends them at this moment has been waited for
    list(Application.objects.filter(pk__in=owners).select_for_update(no_key=True))
    unsent = list(rows.filter(document_request__ended_at=None))
    for file in unsent:
        delete_blobs([file.application_id], file=file.pk)
        file.delete()
    return len(unsent)


@action
def erase(*, applications: list[int], now: datetime) -> int:
    """Drops the keys of applications that were sent, so that nothing opens their papers again.

    Personal columns are blanked; procedure, states and counts stay. Twice is a quiet success.
    """
    rows = Application.objects.filter(pk__in=applications, forgotten_at=None).exclude(
        status=Status.STARTED
    )
    keys = list(rows.select_for_update().values_list("pk", flat=True))
    delete_blobs(keys)
    forget_files([f"application/{key}" for key in keys])
    File.objects.filter(application__in=keys).delete()
    Absence.objects.filter(application__in=keys).delete()
    DocumentRequest.objects.filter(application__in=keys).delete()
    FamilyMember.objects.filter(application__in=keys).delete()
    return Application.objects.filter(pk__in=keys).update(
        sealed_key=None,
        recipient="",
        sealed_for="",
        answers={},
        family_name="",
        given_names="",
        birth_date="",
        email="",
        phone="",
        person_key="",
        address_key="",
        codes=[],
        forgotten_at=now,
        version=F("version") + 1,
    )

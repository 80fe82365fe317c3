"""Papers that the office asks for again, and the letters about that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from config.foundation.actions import action
from config.foundation.notification_kinds import Attempt, prepares
from config.foundation.office import office_day
from config.foundation.outbox import Notification
from config.foundation.staff import Staff
from documents.applications import notifications
from documents.applications.actions.blobs import delete_blobs
from documents.applications.actions.drafts import claim_draft, needed_by
from documents.applications.actions.refusals import ApplicationChanged, Incomplete
from documents.applications.completeness import Needed
from documents.applications.links import link_secret
from documents.applications.models import Application, DocumentRequest, RequestedPaper
from documents.applications.states import TAKES_FILES, WHOLE, Objection, Status
from documents.applications.transitions import (
    TransitionNotAllowed,
    require_as_shown,
    transition,
    wait_for_others,
)


@action
def request_papers(
    *,
    application: Application,
    version: int,
    papers: Mapping[str, Objection],
    due_on: date,
    by: Staff,
    now: datetime,
) -> DocumentRequest:
    """Asks for `papers` of the list of this application, each for a reason, until `due_on`.

    The same press twice is a quiet success. Raises TransitionNotAllowed.
    """
    wait_for_others(application)
    before = open_request(application)
    if before is not None and version == application.version - 1:
        same = before.due_on == due_on and asked_of(before) == dict(papers)
        if same:
            return before
    require_as_shown(application, version)
    needed = needed_by(application, on=office_day(now))
    if not papers or any(needed.paper(each) is None for each in papers):
        raise TransitionNotAllowed
    transition(application, Status.PAPERS_MISSING, action="request_papers", now=now, by=by)
    request = DocumentRequest.objects.create(
        application=application, requested_at=now, due_on=due_on
    )
    RequestedPaper.objects.bulk_create(
        RequestedPaper(document_request=request, paper=paper, objection=objection)
        for paper, objection in papers.items()
    )
    notifications.enqueue_request(request, now=now)
    return request


@action
def take_request_back(*, application: Application, version: int, by: Staff, now: datetime) -> None:
    """The papers are not needed after all; the person is told."""
    require_as_shown(application, version)
    request = open_request(application)
    if request is None:
        raise TransitionNotAllowed
    transition(application, Status.IN_REVIEW, action="end_request", now=now, by=by)
    end_request(application, now=now)
    notifications.enqueue_request_over(request, now=now)


def open_request(application: Application) -> DocumentRequest | None:
    """What the office waits for from this person; None while it waits for nothing."""
    if application.status != Status.PAPERS_MISSING:
        return None
    return application.document_requests.filter(ended_at=None).first()


def asked_of(request: DocumentRequest) -> dict[str, Objection]:
    """The papers of a request with their reasons, in the order of the list."""
    return {row.paper: Objection(row.objection) for row in request.papers.all()}


def papers_asked(request: DocumentRequest) -> Needed:
    """What a request asks for, as the list of its application has it."""
    application, asked = request.application, asked_of(request)
    needed = needed_by(application, on=office_day(request.requested_at))
    return Needed(tuple(one for one in needed.papers if one.id in asked), ())


def papers_to_add(application: Application, *, on: date) -> Needed:
    """What its person may add now: every paper of a draft, later what the office asked for."""
    request = open_request(application)
    return needed_by(application, on=on) if request is None else papers_asked(request)


def claim_papers(
    application: Application, *, now: datetime, version: int | None = None
) -> DocumentRequest | None:
    """Claims a draft, or an application whose papers are missing; returns what is asked for.

    Raises ApplicationChanged.
    """
    claim_draft(application, now=now, version=version, statuses=TAKES_FILES)
    return open_request(application)


@action
def supply(
    *, application: Application, request_id: int, version: int, arrived_at: datetime
) -> DocumentRequest:
    """Sends everything that was asked for, once; sending it again is a quiet success.

    Raises ApplicationChanged and Incomplete.
    """
    wait_for_others(application)
    rows = application.document_requests.select_related("application")
    done = rows.filter(pk=request_id, is_supplied=True).first()
    if done is not None:
        return done
    request = claim_papers(application, version=version, now=arrived_at)
    if request is None or request.pk != request_id:
        raise ApplicationChanged
    there = request.files.filter(state__in=sorted(WHOLE)).values_list("paper", flat=True)
    absent = request.absences.values_list("paper", flat=True)
    missing = papers_asked(request).missing(there=set(there), absent=set(absent))
    if missing:
        raise Incomplete(missing)
    transition(application, Status.IN_REVIEW, action="supply", now=arrived_at)
    DocumentRequest.objects.filter(pk=request.pk).update(ended_at=arrived_at, is_supplied=True)
    request.refresh_from_db()
    notifications.enqueue_supplied(request, now=arrived_at)
    return request


def end_request(application: Application, *, now: datetime) -> None:
    """Ends what is open, within the step that ends it; what was not sent is deleted."""
    for request in application.document_requests.filter(ended_at=None):
        DocumentRequest.objects.filter(pk=request.pk).update(ended_at=now)
        for file in request.files.all():
            delete_blobs([application.pk], file=file.pk)
        request.files.all().delete()
        request.absences.all().delete()


@prepares(
    *(notifications.RECEIPT, notifications.LINK),
    *(notifications.REQUEST, notifications.REQUEST_REMINDER),
)
def prepare_link(notification: Notification, now: datetime) -> Attempt | None:
    """The link to an application that the office still has."""
    application = Application.objects.filter(pk=notification.about, forgotten_at=None).first()
    return Attempt(now=now, secret=link_secret(application)) if application else None

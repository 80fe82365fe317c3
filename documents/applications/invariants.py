"""What must hold of applications at every moment, as queries that name the rows that break it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import Q

from config.foundation.office import office_day
from documents.applications import store
from documents.applications.actions import drafts, upkeep
from documents.applications.completeness import paper_of
from documents.applications.models import (
    Application,
    ApplicationEvent,
    DocumentRequest,
    FamilyMember,
    File,
    Page,
)
from documents.applications.states import OPEN, TRANSITIONS, WHOLE, FileState, Status

SHOWN = 50


def sent_is_complete(now: datetime) -> list[str]:
    """I35: what was sent has every paper of its list, but for one that turned out to be malware."""
    waiting = Application.objects.filter(status__in=sorted(OPEN), forgotten_at=None)
    broken = []
    for row in waiting.order_by("-sent_at")[:SHOWN]:
        files = row.files.filter(document_request=None).exclude(state=FileState.REFUSED, scan="off")
        there = {file.paper for file in files if file.state in WHOLE or file.scan == "found"}
        said = row.absences.filter(document_request=None)
        absent = set(said.values_list("paper", flat=True))
        needed = drafts.needed_by(row, on=office_day(now))
        if needed.missing(there=there, absent=absent):
            broken.append(str(row.reference))
    return broken


def papers_are_missing_while_asked_for(now: datetime) -> list[str]:
    """I40: papers are missing exactly while a request for them is open."""
    kept = Application.objects.filter(forgotten_at=None)
    asked = Q(document_requests__in=DocumentRequest.objects.filter(ended_at=None))
    missing = Q(status=Status.PAPERS_MISSING)
    broken = kept.filter(missing & ~asked | asked & ~missing)
    return [str(row.reference) for row in broken[:SHOWN]]


def papers_are_of_somebody(now: datetime) -> list[str]:
    """I41: what came for a member of the family names somebody on that application."""
    sent = File.objects.exclude(application__status=Status.STARTED).filter(paper__contains=".")
    members = FamilyMember.objects.values_list("application", "pk")
    known = {(application, paper_of("", pk)) for application, pk in members}
    broken = {
        f"application/{application}"
        for application, paper in sent.order_by().values_list("application", "paper").distinct()
        if (application, paper[paper.rindex(".") :]) not in known
    }
    return sorted(broken)[:SHOWN]


def steps_are_in_the_table(now: datetime) -> list[str]:
    """I25b: every recorded step of an application is one that the table of transitions knows."""
    # what is handed over stays closed
    steps = ApplicationEvent.objects.exclude(action="transfer").order_by()
    pairs = steps.values_list("from_status", "to_status").distinct()
    return [f"{a} -> {b}" for a, b in pairs if Status(b) not in TRANSITIONS[Status(a)]]


def last_step_is_the_state(now: datetime) -> list[str]:
    """I25c: the last step of an application leads to the state of its row."""
    sent = Application.objects.exclude(status=Status.STARTED)
    last = {event.application_id: event.to_status for event in ApplicationEvent.objects.all()}
    rows = sent.values_list("pk", "status")
    return [f"application/{pk}" for pk, status in rows if last.get(pk) != status][:SHOWN]


def pages_belong_to_files_that_are_whole(now: datetime) -> list[str]:
    """I38: what was refused or erased has neither pages nor a key, and an ended request no file."""
    pages = Page.objects.exclude(file__state=FileState.READY).values_list("pk", flat=True)
    kept = Page.objects.exclude(file__application__forgotten_at=None)
    unsent = File.objects.filter(
        document_request__ended_at__isnull=False, document_request__is_supplied=False
    )
    return [
        *(f"page/{pk}" for pk in pages[:SHOWN]),
        *(f"page/{pk}" for pk in kept.values_list("pk", flat=True)[:SHOWN]),
        *(f"file/{pk}" for pk in unsent.values_list("pk", flat=True)[:SHOWN]),
    ]


def blobs_are_there(now: datetime) -> list[str]:
    """I39: every blob that a row names lies in the store; what lacks is never mended."""
    return sorted(upkeep.named_blobs() - set(store.names()))[:SHOWN]


INVARIANTS: list[tuple[str, str, Callable[[datetime], list[str]]]] = [
    ("I35", "what was sent is complete", sent_is_complete),
    ("I40", "papers are missing while they are asked for", papers_are_missing_while_asked_for),
    ("I41", "papers of a family are of somebody on it", papers_are_of_somebody),
    ("I25b", "steps of applications are in the table", steps_are_in_the_table),
    ("I25c", "the last step of an application is its state", last_step_is_the_state),
    ("I38", "nothing is left of what was refused or erased", pages_belong_to_files_that_are_whole),
    ("I39", "every blob that is named is there", blobs_are_there),
]

"""The papers that are not sent yet: files come, go and change places; one may be absent."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection
from datetime import date, datetime

from django.db.models import F, Max, QuerySet, Sum

from config.foundation import limits
from config.foundation.actions import action
from documents.applications import store
from documents.applications.actions.blobs import delete_after_commit, delete_blobs, digest_of, keep
from documents.applications.actions.document_requests import claim_papers, papers_to_add
from documents.applications.actions.refusals import (
    ApplicationChanged,
    FileTooLarge,
    NotWhole,
    StoreFull,
    TooMuch,
)
from documents.applications.limits import (
    APPLICATION_BYTES,
    FILE_BYTES,
    FILES_PER,
    FILES_PER_VISITOR,
    PAPER_FILES,
)
from documents.applications.models import Absence, Application, File
from documents.applications.states import FileState, Scan

logger = logging.getLogger(__name__)
_APART = 1000  # positions are changed beyond all that are in use


def receive_file(
    *,
    application: Application,
    paper: str,
    upload_id: uuid.UUID,
    content: bytes,
    visitor: str,
    now: datetime,
    on: date,
    before: Collection[uuid.UUID] = (),
) -> File:
    """Keeps a file of a paper, sealed, before anything else is asked of it.

    The same upload once more is the file that is there. It becomes the last of its paper, or comes
    before those uploads in `before` that were quicker. `visitor` is who limits count by. Raises
    FileTooLarge, TooMuch, NotWhole, StoreFull, ApplicationChanged, and TooMuch for a paper that
    this application does not need.
    """
    there = File.objects.filter(application=application, upload_id=upload_id).first()
    if there is not None:
        return there
    if not content:
        raise NotWhole
    if len(content) > FILE_BYTES:
        raise FileTooLarge
    if papers_to_add(application, on=on).paper(paper) is None:
        raise ApplicationChanged
    if not limits.take_of_visitor(
        "application-file", visitor, limit=FILES_PER_VISITOR, per=FILES_PER, now=now
    ):
        raise TooMuch
    # Outside of the transaction: nobody who books waits for a disk.
    try:
        blob = keep(content, application=application)
    except store.StoreFull as error:
        raise StoreFull from error
    try:
        return _record_file(
            application=application,
            paper=paper,
            upload_id=upload_id,
            before=before,
            blob=blob,
            size=len(content),
            sha512=digest_of(content),
            now=now,
            on=on,
        )
    except BaseException:
        store.delete(blob)
        raise


@action
def _record_file(
    *,
    application: Application,
    paper: str,
    upload_id: uuid.UUID,
    before: Collection[uuid.UUID],
    blob: str,
    size: int,
    sha512: str,
    now: datetime,
    on: date,
) -> File:
    asked = claim_papers(application, now=now)
    there = application.files.filter(upload_id=upload_id).first()
    if there is not None:  # the same form twice, at once
        delete_after_commit([blob])
        return there
    if papers_to_add(application, on=on).paper(paper) is None:
        raise ApplicationChanged  # meanwhile whose it is was taken out, or something else asked for
    files = application.files.filter(document_request=asked)
    of_paper = files.filter(paper=paper)
    total = files.aggregate(total=Sum("size"))["total"] or 0
    if of_paper.count() >= PAPER_FILES or total + size > APPLICATION_BYTES:
        raise TooMuch
    all_of_paper = application.files.filter(paper=paper)  # those that were sent before as well
    application.absences.filter(paper=paper, document_request=asked).delete()
    return File.objects.create(
        application=application,
        document_request=asked,
        paper=paper,
        position=_make_room(of_paper, all_of_paper, before=before),
        upload_id=upload_id,
        scan=Scan.WAITING,
        size=size,
        sha512=sha512,
        original=blob,
        received_at=now,
    )


def _make_room(
    of_paper: QuerySet[File], all_of_paper: QuerySet[File], *, before: Collection[uuid.UUID]
) -> int:
    """The position of a new file."""
    quicker = of_paper.filter(upload_id__in=before).order_by("position").first()
    if quicker is None:
        last: int = all_of_paper.aggregate(last=Max("position"))["last"] or 0
        return last + 1
    behind = of_paper.filter(position__gte=quicker.position)
    behind.update(position=F("position") + _APART + 1)
    of_paper.filter(position__gt=_APART).update(position=F("position") - _APART)
    return quicker.position


@action
def remove_file(*, application: Application, file_id: int, now: datetime) -> None:
    """Takes out a file that was not sent; one that is gone already is a quiet success."""
    asked = claim_papers(application, now=now)
    for file in application.files.filter(pk=file_id, document_request=asked):
        delete_blobs([application.pk], file=file.pk)
        file.delete()


@action
def move_file(*, application: Application, file_id: int, now: datetime) -> None:
    """Puts a file one place before where it was; the first stays."""
    asked = claim_papers(application, now=now)
    files = application.files.filter(document_request=asked)
    file = files.filter(pk=file_id).first()
    if file is None:
        raise ApplicationChanged
    shown = files.filter(paper=file.paper).exclude(state=FileState.REFUSED)
    before = shown.filter(position__lt=file.position).last()
    if before is None:
        return
    rows = application.files
    rows.filter(pk=file.pk).update(position=F("position") + _APART)
    rows.filter(pk=before.pk).update(position=file.position)
    rows.filter(pk=file.pk).update(position=before.position)


@action
def mark_absent(
    *, application: Application, paper: str, absent: bool, now: datetime, on: date
) -> None:
    """Notes that the person does not have a paper, or takes that back.

    Raises ApplicationChanged for a paper that may not be absent, or of which files are there.
    """
    asked = claim_papers(application, now=now)
    item = papers_to_add(application, on=on).paper(paper)
    files = application.files.filter(paper=paper, document_request=asked)
    files = files.exclude(state=FileState.REFUSED)
    if item is None or not item.if_available or (absent and files.exists()):
        raise ApplicationChanged
    rows = application.absences.filter(paper=paper, document_request=asked)
    if not absent:
        rows.delete()
    elif not rows.exists():
        Absence.objects.create(
            application=application, document_request=asked, paper=paper, said_at=now
        )

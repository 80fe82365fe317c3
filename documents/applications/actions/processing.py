"""What happens to a file once it is kept: drawn as pages, scanned, and its original erased."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet, Sum

from config.foundation.actions import action
from documents.applications import scanner, store
from documents.applications.actions.blobs import (
    BlobChanged,
    delete_after_commit,
    digest_of,
    keep,
    original_content,
)
from documents.applications.conversion import ConverterBusy, Drawn, convert
from documents.applications.limits import APPLICATION_PAGES, ORIGINAL_KEPT, PAPER_PAGES
from documents.applications.models import Application, File, Page
from documents.applications.sealing import KeyMissing
from documents.applications.states import FileState, Scan
from documents.applications.transitions import transition_file

logger = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)


def process_file(file_id: int, *, now: datetime, patience: float = 0) -> File | None:
    """Draws and scans one file as far as that is possible now; None when it is gone.

    Whatever fails by a fault of ours leaves the file as it was received, and a sweep tries again.
    """
    file = _claim(file_id, now=now)
    if file is not None:
        try:
            _process(file, now=now, patience=patience)
        except ConverterBusy:
            _give_back(file)
        except (KeyMissing, BlobChanged, FileNotFoundError, store.StoreFull) as fault:
            if File.objects.filter(pk=file.pk).exists():  # its person may have taken it out
                logger.error("file %s can't be read or kept: %s", file.pk, type(fault).__name__)
    return File.objects.filter(pk=file_id).first()


def process_due(*, now: datetime, limit: int) -> int:
    """Goes on with files that wait for the converter or the scanner; returns how many it took.

    The least tried first: a file that fails by a fault of ours never holds up the others.
    """
    files = File.objects.filter(
        Q(state=FileState.RECEIVED) | Q(scan=Scan.WAITING),
        Q(leased_until=None) | Q(leased_until__lte=now),
        original__isnull=False,
    )
    taken = list(files.order_by("attempts", "pk").values_list("pk", flat=True)[:limit])
    for pk in taken:
        process_file(pk, now=now)
    return len(taken)


@action
def erase_old_originals(*, now: datetime) -> int:
    """Erases originals that nobody could scan for seven days; their pages stay, not scanned."""
    old = File.objects.filter(
        state=FileState.READY, scan=Scan.WAITING, received_at__lte=now - ORIGINAL_KEPT
    )
    kept = dict(old.values_list("pk", "original"))
    delete_after_commit([name for name in kept.values() if name])
    # nothing waits for a scanner any more that has nothing left to scan
    return old.filter(pk__in=kept).update(original=None, scan=Scan.OFF)


def _claim(file_id: int, *, now: datetime) -> File | None:
    rows = File.objects.filter(pk=file_id, original__isnull=False)
    free = rows.filter(Q(leased_until=None) | Q(leased_until__lte=now))
    if not free.update(leased_until=now + LEASE, attempts=F("attempts") + 1):
        return None
    return rows.select_related("application").first()


def _give_back(file: File) -> None:
    File.objects.filter(pk=file.pk).update(leased_until=None, attempts=F("attempts") - 1)


def _process(file: File, *, now: datetime, patience: float) -> None:
    content = original_content(file)
    if file.state == FileState.RECEIVED:
        drawn = convert(content, patience=patience)
        if drawn.refusal:
            _refuse(file=file, code=drawn.refusal)
            return
        if not _keep_pages(file, drawn):
            return
    _record_scan(file=file, found=scanner.scan(content))


def _keep_pages(file: File, drawn: Drawn) -> bool:
    """Stores the pages and names them in rows; False when the file is refused or gone."""
    names: list[str] = []
    try:
        for page in drawn.pages:
            names.append(keep(page.content, application=file.application))
        rows = [
            Page(
                file=file,
                number=number,
                blob=name,
                size=len(page.content),
                sha512=digest_of(page.content),
                width=page.width,
                height=page.height,
                warnings=list(page.warnings),
            )
            for number, (name, page) in enumerate(zip(names, drawn.pages, strict=True), start=1)
        ]
        kept = _record_pages(file=file, rows=rows)
    except BaseException:
        _delete(names)
        raise
    if not kept:
        _delete(names)
    return kept


@action
def _record_pages(*, file: File, rows: list[Page]) -> bool:
    # whoever counts or sends waits: pages of two files at once are both counted
    locked = Application.objects.select_for_update(no_key=True).filter(pk=file.application_id)
    if locked.first() is None:
        return False  # ended meanwhile, with all its files
    sent_together = File.objects.filter(
        application=file.application_id, document_request=file.document_request_id
    )
    others = sent_together.exclude(pk=file.pk)
    of_paper = others.filter(paper=file.paper)
    if _pages(others) + len(rows) > APPLICATION_PAGES or _pages(of_paper) + len(rows) > PAPER_PAGES:
        _refuse(file=file, code="too_many_pages")
        return False
    if not transition_file(file, FileState.READY, pages_count=len(rows), leased_until=None):
        return False  # removed meanwhile
    file.refresh_from_db()
    Page.objects.bulk_create(rows)
    return True


def _pages(files: QuerySet[File]) -> int:
    return files.aggregate(total=Sum("pages_count"))["total"] or 0


@action
def _refuse(*, file: File, code: str, scan: Scan | None = None) -> None:
    """The file can't be used: nothing of it is kept but the reason."""
    names = [*Page.objects.filter(file=file).values_list("blob", flat=True)]
    names += [file.original] if file.original else []
    columns = {"scan": scan} if scan else {"scan": Scan.OFF}
    if transition_file(
        file,
        FileState.REFUSED,
        refusal=code,
        original=None,
        pages_count=0,
        leased_until=None,
        **columns,
    ):
        Page.objects.filter(file=file).delete()
        delete_after_commit(names)
        file.refresh_from_db()


@action
def _record_scan(*, file: File, found: Scan) -> None:
    if found == Scan.FOUND:
        _refuse(file=file, code="virus", scan=Scan.FOUND)
        return
    columns: dict[str, object] = {"scan": found, "leased_until": None}
    if found != Scan.WAITING:
        columns["original"] = None
        delete_after_commit([file.original] if file.original else [])
    File.objects.filter(pk=file.pk).update(**columns)


def _delete(names: list[str]) -> None:
    for name in names:
        store.delete(name)

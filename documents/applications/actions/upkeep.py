"""Keeping store and keys in order: blobs that no row names, and keys that are to be changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config.foundation.actions import action
from documents.applications import sealing, store
from documents.applications.limits import ORPHAN_KEPT
from documents.applications.models import Application, File, Orphan, Page


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What a sweep of the store found and did."""

    blobs: int
    new: int
    waiting: int
    deleted: int
    missing: int


def sweep_store(*, now: datetime, apply: bool) -> Swept:
    """Notes blobs that no row names, and deletes those that were noted a day ago.

    A blob is written before its row: what was listed first and is named by a row since stays. A row
    whose blob is missing is counted and never mended.
    """
    there = set(store.names())  # first: a row that comes later names a blob that is not listed
    named = named_blobs()
    orphans = there - named
    noted = dict(Orphan.objects.values_list("blob", "seen_at"))
    old = {blob for blob in orphans if now - noted.get(blob, now) >= ORPHAN_KEPT}
    if apply:
        Orphan.objects.exclude(blob__in=sorted(orphans - old)).delete()
        for blob in sorted(old - named_blobs()):
            store.delete(blob)
        fresh = [Orphan(blob=blob, seen_at=now) for blob in sorted(orphans - set(noted))]
        Orphan.objects.bulk_create(fresh, ignore_conflicts=True)
    return Swept(
        blobs=len(there),
        new=len(orphans - set(noted)),
        waiting=len(orphans & set(noted) - old),
        deleted=len(old),
        missing=len(named - there),
    )


def rotate_keys(*, apply: bool) -> tuple[int, int]:
    """Seals the keys of all applications to the keys of today; files are not touched.

    Returns how many were sealed anew and how many none of FILE_KEYS opens. Can be stopped at any
    time and goes on where it was.
    """
    sealed_for = sealing.recipients_name()
    old = (
        Application.objects.filter(forgotten_at=None).exclude(sealed_for=sealed_for).order_by("pk")
    )
    done = closed = 0
    for pk in list(old.values_list("pk", flat=True)):
        try:
            done += _reseal(pk=pk, sealed_for=sealed_for, apply=apply)
        except sealing.KeyMissing:
            closed += 1
    return done, closed


@action
def _reseal(*, pk: int, sealed_for: str, apply: bool) -> int:
    kept = Application.objects.filter(pk=pk, forgotten_at=None)
    application = kept.select_for_update(no_key=True).first()
    if application is None:
        return 0  # erased meanwhile
    sealed = sealing.reseal(application.key)
    return kept.update(sealed_key=sealed, sealed_for=sealed_for) if apply else 1


def named_blobs() -> set[str]:
    """Every blob that a row names."""
    originals = File.objects.exclude(original=None).values_list("original", flat=True)
    pages = Page.objects.values_list("blob", flat=True)
    return {name for name in (*originals, *pages) if name}

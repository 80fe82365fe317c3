"""Rows and their blobs: written before the row is there, deleted after it has gone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import partial

from django.db import transaction

from documents.applications import sealing, store
from documents.applications.models import Application, File, Page


class BlobChanged(Exception):
    """A blob is not the one that its row speaks of."""


def digest_of(content: bytes) -> str:
    """What a row remembers of a content."""
    return hashlib.sha512(content).hexdigest()


def keep(content: bytes, *, application: Application) -> str:
    """Seals `content` to the application and stores it; raises store.StoreFull."""
    return store.put(sealing.seal(content, recipient=application.recipient))


def page_content(page: Page) -> bytes:
    """The picture of a page (`file` and `file.application` are selected with it).

    Raises KeyMissing, BlobChanged and FileNotFoundError.
    """
    return _opened(page.blob, page.sha512, page.file.application)


def original_content(file: File) -> bytes:
    """The file as it came; raises KeyMissing, BlobChanged and FileNotFoundError."""
    return _opened(file.original or "", file.sha512, file.application)


def _opened(blob: str, digest: str, application: Application) -> bytes:
    try:
        content = sealing.unseal(store.get(blob), key=application.key)
    except ValueError as error:
        raise BlobChanged(blob) from error
    if digest_of(content) != digest:
        raise BlobChanged(blob)  # another one of the same application
    return content


def delete_blobs(applications: Sequence[int], *, file: int | None = None) -> None:
    """Has the blobs of these applications, or of one file, deleted once the rows have gone."""
    files = File.objects.filter(application__in=applications)
    if file is not None:
        files = files.filter(pk=file)
    pages = Page.objects.filter(file__in=files).values_list("blob", flat=True)
    originals = files.exclude(original=None).values_list("original", flat=True)
    delete_after_commit([*pages, *(name for name in originals if name)])


def delete_after_commit(names: Iterable[str]) -> None:
    """Deletes blobs when the transaction has been kept; a crash leaves them to the sweep."""
    for name in names:
        transaction.on_commit(partial(store.delete, name), robust=True)

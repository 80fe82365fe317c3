"""Where sealed blobs lie: a folder, each under a random name, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

_UNFINISHED = ".part"


class StoreFull(Exception):
    """The disk took no more; nothing was kept."""


def put(blob: bytes) -> str:
    """Keeps `blob` and returns its name; it survives a power cut from then on.

    Raises StoreFull. Whatever else the disk raises is a fault, and leaves nothing either.
    """
    name = uuid.uuid4().hex
    path = _path(name)
    unfinished = path.with_suffix(_UNFINISHED)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f:
            f.write(blob)
            f.flush()
            os.fsync(f.fileno())
        unfinished.rename(path)
        _sync_folder(path.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        if error.errno in {28, 122}:  # no space, no quota left
            raise StoreFull from error
        raise
    return name


def get(name: str) -> bytes:
    """The blob of that name; raises FileNotFoundError."""
    return _path(name).read_bytes()


def delete(name: str) -> None:
    """Removes a blob; one that is gone already is no fault."""
    path = _path(name)
    path.unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        _sync_folder(path.parent)


def names() -> Iterator[str]:
    """The name of every blob that lies there, also of one that was never finished."""
    if _root().is_dir():
        yield from (path.name for path in _root().glob("??/*") if path.is_file())


def can_be_written() -> bool:
    """Whether a blob can be kept, read and deleted just now."""
    try:
        name = put(b"probe")
        kept = get(name)
        delete(name)
    except (OSError, StoreFull):
        return False
    return kept == b"probe"


def free_share() -> float:
    """Which share of the disk is free."""
    _root().mkdir(parents=True, exist_ok=True, mode=0o700)
    usage = shutil.disk_usage(_root())
    return usage.free / usage.total


def _root() -> Path:
    folder: Path = settings.APPLICATIONS.folder
    return folder


def _path(name: str) -> Path:
    return _root() / name[:2] / name


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

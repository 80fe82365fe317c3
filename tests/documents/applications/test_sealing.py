"""Keys and store: what is sealed to whom, and what survives what."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from pyrage import x25519
from pytest_django import Settings

from documents.applications import sealing
from documents.applications import store as blobs
from documents.applications.sealing import KeyMissing

pytestmark = pytest.mark.usefixtures("store")


def test_only_its_own_key_opens_a_blob() -> None:
    mine, other = sealing.new_key(), sealing.new_key()
    blob = sealing.seal(b"passport", recipient=mine.recipient)
    assert b"passport" not in blob
    assert sealing.unseal(blob, key=mine.sealed) == b"passport"
    with pytest.raises(ValueError, match="not sealed to this key"):
        sealing.unseal(blob, key=other.sealed)


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b[:200], lambda b: b + b"x"])
def test_changed_blob_does_not_open(change: object) -> None:
    key = sealing.new_key()
    blob = sealing.seal(b"passport" * 99, recipient=key.recipient)
    assert callable(change)
    with pytest.raises(ValueError, match="as it is"):
        sealing.unseal(change(blob), key=key.sealed)


def test_ring_opens_what_its_former_first_key_sealed(settings: Settings) -> None:
    key = sealing.new_key()
    blob = sealing.seal(b"passport", recipient=key.recipient)
    old = settings.APPLICATIONS.keys
    new = str(x25519.Identity.generate())

    settings.APPLICATIONS = replace(settings.APPLICATIONS, keys=(new, *old))
    assert sealing.unseal(blob, key=key.sealed) == b"passport"
    assert sealing.recipients_name() != key.sealed_for
    moved = sealing.reseal(key.sealed)

    settings.APPLICATIONS = replace(settings.APPLICATIONS, keys=(new,))
    assert sealing.unseal(blob, key=moved) == b"passport"
    with pytest.raises(KeyMissing):
        sealing.unseal(blob, key=key.sealed)


def test_offline_key_opens_when_the_ring_is_lost(settings: Settings) -> None:
    offline = x25519.Identity.generate()
    recipient = str(offline.to_public())
    settings.APPLICATIONS = replace(settings.APPLICATIONS, recovery_recipient=recipient)
    key = sealing.new_key()
    blob = sealing.seal(b"passport", recipient=key.recipient)

    settings.APPLICATIONS = replace(settings.APPLICATIONS, keys=(str(offline),))

    assert sealing.unseal(blob, key=key.sealed) == b"passport"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"keys": ()}, "FILE_KEYS"),
        ({"keys": ("AGE-SECRET-KEY-1NONSENSE",)}, "FILE_KEYS"),
        ({"recovery_recipient": "age1nonsense"}, "FILE_RECOVERY_RECIPIENT"),
    ],
)
def test_ring_that_can_not_work_is_named(
    settings: Settings, change: dict[str, object], words: str
) -> None:
    assert sealing.keys_problem() is None
    settings.APPLICATIONS = replace(settings.APPLICATIONS, **change)
    problem = sealing.keys_problem() or ""
    assert words in problem
    assert "NONSENSE" not in problem


# --- the store ------------------------------------------------------------------------------------


def test_blob_is_kept_for_its_owner_alone(store: Path) -> None:
    name = blobs.put(b"sealed")
    path = store / name[:2] / name
    assert blobs.get(name) == b"sealed"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(blobs.names()) == [name]
    blobs.delete(name)
    blobs.delete(name)
    with pytest.raises(FileNotFoundError):
        blobs.get(name)


@pytest.mark.parametrize("where", ["folder", "write", "fsync"])
def test_full_disk_leaves_nothing(store: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    # F27
    def full(*_any: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    if where == "folder":
        monkeypatch.setattr(Path, "mkdir", full)
    elif where == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(blobs.StoreFull):
        blobs.put(b"sealed")
    assert [path for path in store.rglob("*") if path.is_file()] == []


def test_power_cut_leaves_no_half_blob(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # F41
    def cut(*_any: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", cut)
    with pytest.raises(KeyboardInterrupt):
        blobs.put(b"sealed")
    assert [path.suffix for path in store.rglob("*") if path.is_file()] == [".part"]
    assert [name.endswith(".part") for name in blobs.names()] == [True]

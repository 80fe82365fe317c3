"""Seals what people send: one age identity per application, sealed to the keys of the office.

Whoever has the disk and the database has nothing without one of FILE_KEYS, and nobody has
anything once the sealed identity of an application is gone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

RECOVERY_HINT = "age1…"


class KeyMissing(Exception):
    """None of FILE_KEYS opens this; the offline key may."""


@dataclass(frozen=True, slots=True)
class SealedKey:
    """The key of one application: to whom blobs are sealed, and what opens them, sealed itself.

    `sealed_for` names the keys it is sealed to.
    """

    recipient: str
    sealed: bytes
    sealed_for: str


def new_key() -> SealedKey:
    """A fresh key, sealed to the first of FILE_KEYS and to the offline one."""
    from pyrage import x25519

    identity = x25519.Identity.generate()
    sealed = _seal_key(str(identity).encode())
    return SealedKey(
        recipient=str(identity.to_public()), sealed=sealed, sealed_for=recipients_name()
    )


def reseal(sealed: bytes) -> bytes:
    """The same key, sealed to the keys of today; raises KeyMissing."""
    return _seal_key(_open_key(sealed))


def seal(content: bytes, *, recipient: str) -> bytes:
    """`content`, to be opened with the key of this recipient alone."""
    from pyrage import encrypt, x25519

    sealed: bytes = encrypt(content, [x25519.Recipient.from_str(recipient)])
    return sealed


def unseal(blob: bytes, *, key: bytes) -> bytes:
    """What was sealed to the application whose sealed key this is.

    Raises KeyMissing; and ValueError for a blob that was changed, cut or sealed to another.
    """
    from pyrage import DecryptError, decrypt, x25519

    identity = x25519.Identity.from_str(_open_key(key).decode())
    try:
        content: bytes = decrypt(blob, [identity])
    except DecryptError as error:
        raise ValueError("the blob was not sealed to this key as it is") from error
    return content


def recipients_name() -> str:
    """A name for the keys that new keys are sealed to; it changes with each rotation."""
    return hashlib.sha256("|".join(_recipients()).encode()).hexdigest()[:16]


def keys_problem() -> str | None:
    """A sentence about what is wrong with FILE_KEYS; None when they open what they seal."""
    from pyrage import IdentityError, RecipientError

    if not _keys():
        return "FILE_KEYS (or FILE_KEYS_FILE) is empty."
    try:
        probe = _seal_key(b"probe")
        return None if _open_key(probe) == b"probe" else "FILE_KEYS does not open its own."
    except IdentityError:
        return "FILE_KEYS holds something that is no AGE-SECRET-KEY."
    except RecipientError:
        return f"FILE_RECOVERY_RECIPIENT is no recipient like {RECOVERY_HINT}."


def make_demo_key() -> None:
    """A key beside the papers, which protects nothing: for invented people alone.

    Does nothing where there are keys, or where people may be real.
    """
    from pyrage import x25519

    if not _keys() and settings.APPLICATIONS.is_demonstration:
        file = _demo_key()
        file.touch(mode=0o600)
        file.write_text(str(x25519.Identity.generate()))


def _keys() -> tuple[str, ...]:
    known: tuple[str, ...] = settings.APPLICATIONS.keys
    if known or not settings.APPLICATIONS.is_demonstration:
        return known
    file = _demo_key()
    return (file.read_text().strip(),) if file.is_file() else ()


def _demo_key() -> Path:
    folder: Path = settings.APPLICATIONS.folder
    return folder.parent / "demonstration.key"


def _recipients() -> list[str]:
    from pyrage import x25519

    current = x25519.Identity.from_str(_keys()[0]).to_public()
    offline = settings.APPLICATIONS.recovery_recipient
    return [str(current), *([offline] if offline else [])]


def _seal_key(content: bytes) -> bytes:
    from pyrage import encrypt, x25519

    sealed: bytes = encrypt(content, [x25519.Recipient.from_str(one) for one in _recipients()])
    return sealed


def _open_key(sealed: bytes) -> bytes:
    from pyrage import DecryptError, decrypt, x25519

    keys = [x25519.Identity.from_str(key) for key in _keys()]
    try:
        content: bytes = decrypt(sealed, keys)
    except DecryptError as error:
        raise KeyMissing from error
    return content

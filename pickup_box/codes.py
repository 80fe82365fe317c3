"""Pickup codes: six digits that mean nothing without the contact and the birth date."""

from __future__ import annotations

import hashlib
import re
import secrets

from config.foundation.typed_text import digits_of

DIGITS = 6
COST = 2**14
TRIES = 5  # wrong ones, then the code is void
KEPT = 3  # the newest codes of a deposit that open: a letter tried twice brings two


def mint() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def normalise(text: str) -> str:
    """`text` as typed at the box, as six ASCII digits; "" when it is no code."""
    code = digits_of(text)
    return code if re.fullmatch(rf"[0-9]{{{DIGITS}}}", code) else ""


def slow_hash(text: str, *, salt: str) -> str:
    """64 hex characters that take long to guess. Another cost would kill the codes in use."""
    raw = hashlib.scrypt(text.encode(), salt=salt.encode(), n=COST, r=8, p=5, dklen=32)
    return raw.hex()


def append_hash(hashes: str, new: str) -> str:
    """The stored hashes with `new` added, the oldest dropped when there are too many."""
    return " ".join([*hashes.split(), new][-KEPT:])

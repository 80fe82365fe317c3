"""How the cabinet and we know each other: messages signed with the box's own key."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from config.foundation.persons import digest
from pickup_box.models import Box

SKEW = timedelta(seconds=60)


class BadSignature(Exception):
    """A message that is not the cabinet's, or too old."""


def key_of(box: Box) -> str:
    """The secret that the cabinet and we share; a new generation makes the old one useless."""
    salt = [box.key_salt] if box.key_salt else []
    return digest("box hardware", box.slug, str(box.key_generation), *salt)


def sign(key: str, *parts: str) -> str:
    """The signature over `parts`, in hex."""
    return hmac.new(key.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def check(
    box: Box, *, timestamp: str, nonce: str, signature: str, path: str, body: str, now: datetime
) -> None:
    """Raises BadSignature unless the cabinet signed just this, within the last minute."""
    expected = sign(key_of(box), timestamp, nonce, path, body)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise BadSignature
    if not (timestamp.isascii() and timestamp.isdigit() and 8 <= len(nonce) <= 64):
        raise BadSignature
    if abs(now - datetime.fromtimestamp(int(timestamp[:11]), UTC)) > SKEW:
        raise BadSignature

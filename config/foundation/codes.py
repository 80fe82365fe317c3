"""Six-digit codes that prove a mailbox: the last three work, each for half an hour."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

CODE_LIFETIME = timedelta(minutes=30)
CODES_KEPT = 3  # a letter that comes twice brings two


def random_code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(10**6):06}"


def with_code(
    kept: Sequence[dict[str, str]], hashed: str, *, now: datetime
) -> list[dict[str, str]]:
    """The codes that are `kept` with one more, without the oldest."""
    return [*kept, {"hash": hashed, "at": now.isoformat()}][-CODES_KEPT:]


def is_fresh_code(hashed: str, kept: Sequence[dict[str, str]], *, now: datetime) -> bool:
    """Whether the code of this hash is one of those `kept`, and not older than half an hour."""
    fresh = [
        each["hash"] for each in kept if now - datetime.fromisoformat(each["at"]) < CODE_LIFETIME
    ]
    return any(hmac.compare_digest(hashed, each) for each in fresh)

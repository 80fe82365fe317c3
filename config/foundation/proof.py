"""Proof of work: a small computation that a visitor's device does while machines attack.

No third party is asked and nobody looks at pictures. A puzzle belongs to one session, is good for
five minutes and for one use; nothing is stored until it is used. Who can't compute, for want of
JavaScript or on an old phone, waits two minutes instead; only few may, or machines would.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.utils.crypto import constant_time_compare

from config.foundation import limits
from config.foundation.persons import digest

GOOD_FOR = timedelta(minutes=5)
WAIT = timedelta(minutes=2)
WAIT_AT_MOST = timedelta(minutes=20)
# A desk computer tries them all in half a second; a cheap phone is about ten times slower.
COST = 250_000
WAITING_PLACES, PLACES_PER = 30, timedelta(minutes=10)
# Retention deletes a window a day after its start: what was used stays known long enough.
_SPENT_PER = timedelta(hours=1)


@dataclass(frozen=True)
class Puzzle:
    """What a page needs to ask: the number below `cost` whose hash behind `salt` is `target`.

    `token` proves afterwards when and for whom it was set; `waiting` does so for who waits.
    """

    token: str
    salt: str
    target: str
    waiting: str
    open_at: datetime
    cost: int = COST


def set_puzzle(*, session: str, waiting: str = "", now: datetime) -> Puzzle:
    """A puzzle for one session; a time of waiting that has begun (`waiting`) goes on."""
    salt = secrets.token_hex(8)
    token = _signer(session).sign_object([salt, int(now.timestamp())])
    since = _made_at(waiting, session=session)
    if since is None or now - since > WAIT_AT_MOST or _is_spent(waiting, since):
        waiting, since = token, now
    number = _number(token)
    target = hashlib.sha256(f"{salt}{number}".encode()).hexdigest()
    return Puzzle(token=token, salt=salt, target=target, waiting=waiting, open_at=since + WAIT)


def is_solved(*, token: str, answer: str, session: str, now: datetime) -> bool:
    """Whether `answer` solves a puzzle of this session, for the first time and soon enough."""
    made = _made_at(token, session=session)
    if made is None or now - made > GOOD_FOR:
        return False
    return constant_time_compare(answer, str(_number(token))) and _spend(token, made)


def waited_instead(*, waiting: str, session: str, now: datetime) -> bool:
    """Whether this session has waited long enough, once, and one of the few places is left."""
    made = _made_at(waiting, session=session)
    if made is None or not WAIT <= now - made <= WAIT_AT_MOST or not _spend(waiting, made):
        return False
    return limits.take("proof-wait", "all", limit=WAITING_PLACES, per=PLACES_PER, now=now)


def _signer(session: str) -> Signer:
    return Signer(salt=f"proof of {session}")


def _made_at(token: str, *, session: str) -> datetime | None:
    try:
        _salt, moment = _signer(session).unsign_object(token)
    except BadSignature:
        return None
    return datetime.fromtimestamp(moment, UTC)


def _number(token: str) -> int:
    # kept nowhere: only who knows the secret, or tries them all, can say it
    return int(digest("proof", token), 16) % COST


def _spend(token: str, made: datetime) -> bool:
    # counted in the window in which it was made, so that midnight gives nobody a second use
    return limits.take("proof", token, limit=1, per=_SPENT_PER, now=made)


def _is_spent(token: str, made: datetime) -> bool:
    return limits.used("proof", token, per=_SPENT_PER, now=made) > 0

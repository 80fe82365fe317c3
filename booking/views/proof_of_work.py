"""While machines attack, a small computation comes before a person's entries are taken."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from booking.actions.details import is_proof_needed
from config.foundation import limits, proof


def puzzle_for(request: HttpRequest, *, now: datetime) -> proof.Puzzle | None:
    """The puzzle that comes before these entries; None when there is none or it is done."""
    if not is_proof_needed(visitor=limits.client_address(request), now=now):
        return None
    session = request.session.session_key or ""
    sent = request.POST
    waiting = sent.get("waiting", "")
    if proof.is_solved(
        token=sent.get("puzzle", ""), answer=sent.get("answer", ""), session=session, now=now
    ):
        return None
    if proof.waited_instead(waiting=waiting, session=session, now=now):
        return None
    return proof.set_puzzle(session=session, waiting=waiting, now=now)

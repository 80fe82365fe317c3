"""The same press once more: its answer, and with it the new key of the session, may get lost.

A proof gives a browser a new session, and whoever knew the old one has nothing of it. A person who
never got the answer has only the old one, and presses again. For two minutes the browser that sent
the proof gets in with the same proof, and with no other: a row, under a name that only both of them
together make, says whose it was.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from booking.actions.applicants import MOST_TRIES
from booking.models import Applicant
from config.foundation import limits

MEANWHILE = timedelta(minutes=2)
_PROVED, _KEPT, _ROW = "proved", "kept", "again"


def keep_proof(request: HttpRequest, applicant: Applicant, *, proof: str, now: datetime) -> None:
    """Remembers that this browser has just proved the address of `applicant` with `proof`."""
    _keep(request, proof, {_PROVED: applicant.pk}, now=now)


def recently_verified_applicant(
    request: HttpRequest, *, proof: str, now: datetime
) -> Applicant | None:
    """Whose address this browser proved moments ago with the same `proof`, if anybody's."""
    browser = _browser(request)
    within = limits.take("again", browser, limit=MOST_TRIES, per=MEANWHILE, now=now)
    pk = _kept(request, proof, now=now).get(_PROVED) if browser and within else None
    if pk is None:
        return None
    rows = Applicant.objects.filter(pk=pk, forgotten_at=None)
    return rows.exclude(verified_at=None).first()


def cycle_session_key(request: HttpRequest, *, proof: str, now: datetime) -> None:
    """Gives the session a new key; the same `proof` from the same browser keeps what it held."""
    session = request.session
    if is_lost(request):
        session.update(_kept(request, proof, now=now).get(_KEPT, {}))
    else:
        # what belongs to somebody who signed in is not for the old key
        held = {name: value for name, value in session.items() if not name.startswith("_")}
        _keep(request, proof, {_KEPT: held}, now=now)
    session.cycle_key()


def drop(request: HttpRequest) -> None:
    """Forgets the last proof of this browser: somebody ends everything here."""
    Session.objects.filter(session_key=request.session.get(_ROW, "")).delete()


def is_lost(request: HttpRequest) -> bool:
    """Whether nothing is known of this browser, as after a new key that never reached it."""
    return not request.session.keys()


def _browser(request: HttpRequest) -> str:
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    cookies = [request.COOKIES.get(name, "") for name in names]
    return "|".join(cookies) if any(cookies) else ""


def _name(request: HttpRequest, proof: str) -> str:
    # as long as a key of a session, and nobody can make one up
    both = f"{_browser(request)}|{proof}"
    return salted_hmac("the same press again", both, algorithm="sha256").hexdigest()[:40]


def _keep(request: HttpRequest, proof: str, data: dict[str, Any], *, now: datetime) -> None:
    if _browser(request):
        name = _name(request, proof)
        text = Session.objects.encode(data)
        row = Session(session_key=name, session_data=text, expire_date=now + MEANWHILE)
        # in one statement: the same press may be answered twice at this moment
        Session.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["session_key"],
            update_fields=["session_data", "expire_date"],
        )
        request.session[_ROW] = name


def _kept(request: HttpRequest, proof: str, *, now: datetime) -> dict[str, Any]:
    rows = Session.objects.filter(session_key=_name(request, proof), expire_date__gt=now)
    row = rows.first()
    return row.get_decoded() if row else {}

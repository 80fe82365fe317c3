"""Sessions in the database, read with one plain statement, and not without number.

Every personal page reads one; asking through the ORM costs more than all of Django's middleware.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from config.foundation import limits

_READ = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


# New ones within a minute: a shelter shares one address, and an office behind a proxy that nobody
# told us of has only one. Nobody else needs so many.
NEW_PER_VISITOR, NEW_PER_HOUSE, PER = 90, 240, timedelta(minutes=1)


class TooManySessions(Exception):
    """One address asks for more new sessions than people behind it can need."""


class SessionStore(DatabaseStore):
    """Django's own store with a faster way in; what is written and how is the same."""

    visitor = ""  # the address that limits count by; empty where no request stands behind it

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table of Django's own store."""
        return Session

    def create(self) -> None:
        """Begins a session; raises TooManySessions. One under a new key is no new one."""
        if self.visitor and self.session_key is None and not self._is_within():
            raise TooManySessions
        super().create()

    def _is_within(self) -> bool:
        most = NEW_PER_VISITOR if limits.is_public(self.visitor) else NEW_PER_HOUSE
        return limits.take("session", self.visitor, limit=most, per=PER, now=timezone.now())

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing, under no key, when it is over or never was."""
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(_READ, [self.session_key, now])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])


class LimitedSessionMiddleware(SessionMiddleware):
    """Django's own, with a limit for who begins one session after another."""

    def process_request(self, request: HttpRequest) -> None:
        """Says for whom a session may begin."""
        super().process_request(request)
        if isinstance(request.session, SessionStore):
            request.session.visitor = limits.client_address(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """429 where a page began the session itself."""
        return _wait() if isinstance(error, TooManySessions) else None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """The answer with its cookie, or 429 and no session."""
        try:
            return super().process_response(request, response)
        except TooManySessions:
            return _wait()


def _wait() -> HttpResponse:
    text = render_to_string("429.html")
    return HttpResponse(text, status=429, headers={"Retry-After": "60"})

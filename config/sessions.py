"""Sessions in the database, read with one plain statement.

Every personal page reads one; asking through the ORM costs more than all of Django's middleware.
"""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

_READ = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(DatabaseStore):
    """Django's own store with a faster way in; what is written and how is the same."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table of Django's own store."""
        return Session

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

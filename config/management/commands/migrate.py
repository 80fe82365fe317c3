"""Django's own `migrate`, which people who book meanwhile hardly notice.

A change of a table waits for those who read it, and everybody else waits behind the change. So it
waits for two seconds at most, less than a page does, and then says so.
"""

from __future__ import annotations

from typing import Any

from django.core.management import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError, connections

from config.foundation.commands import OperatorCommand

LOCK_TIMEOUT = "55P03"


class Command(OperatorCommand, Migrate):
    help = (
        "Brings the tables to this version, with the role that owns them. Waits two seconds "
        "for a lock and then gives way to those who book."
    )
    example = ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrates; an index may take as long as it takes."""
        database = connections[options["database"]]
        if database.vendor != "postgresql":
            super().handle(*args, **options)
            return
        with database.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'; SET statement_timeout = 0")
        try:
            super().handle(*args, **options)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != LOCK_TIMEOUT:
                raise
            raise CommandError("a table is in use for long; run migrate again") from error
        with database.cursor() as cursor:
            cursor.execute("RESET lock_timeout; RESET statement_timeout")

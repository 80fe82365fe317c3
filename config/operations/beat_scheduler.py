"""Beat without a file of its own: the database knows when each task last came to its end."""

from __future__ import annotations

from datetime import UTC, datetime

from celery import beat
from django.db import DatabaseError, connection

from config.foundation.sweeps import Sweep

NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class Scheduler(beat.Scheduler):
    """Goes on where the last beat was: an hourly task does not wait an hour after each restart."""

    def setup_schedule(self) -> None:
        """Takes over the table; what never ran, or nobody can tell of, is due at once."""
        super().setup_schedule()
        try:
            ended = dict(Sweep.objects.values_list("task", "ended_at"))
        except DatabaseError:
            ended = {}
        finally:
            connection.close()  # never needed again
        for entry in self.schedule.values():
            entry.last_run_at = ended.get(str(entry.task), NEVER)

"""What every task is: a sweep that leaves word when it came to its end.

A machine whose clock is wrong sweeps nothing: it would end holds, letters and people too early.
"""

from __future__ import annotations

from typing import Any

from celery import Task
from django.utils import timezone

from config.foundation.clock import check_clock
from config.foundation.sweeps import record_sweep
from config.operations.log_ids import running


class Sweeper(Task[..., Any]):
    """The base of all tasks; also when `manage.py tick` calls them without Celery."""

    Request = "config.operations.task_request:UnacknowledgedRequest"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the task and records its end; raises ClockWrong where it must not run."""
        with running(task=self.request.id or self.name):  # `tick` gives no id
            check_clock(now=timezone.now())
            result = super().__call__(*args, **kwargs)
        record_sweep(self.name, now=timezone.now())
        return result

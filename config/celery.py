"""The Celery application and its beat table.

Beat only says when to look; the database says what is due. So a message that comes late, twice or
never does no harm, and `manage.py tick` can serve the same table without Celery.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("soforttermin", task_cls="config.operations.sweep_task:Sweeper")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["config.operations"])
# Messages of the schedule are not acknowledged: a worker whose acknowledgement a frozen broker does
# not hear waits for ever. What is lost comes again. The name is Celery's own default.
app.conf.task_queues = [Queue("celery", no_ack=True)]
app.conf.imports = ["config.operations.worker_watchdog"]  # for workers alone


def every(seconds: int, task: str) -> dict[str, Any]:
    """A line of the beat table; a message that nobody took in time expires."""
    return {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}


app.conf.beat_schedule = {
    "codes": every(2, "config.operations.tasks.send_codes"),
    "letters": every(5, "config.operations.tasks.send_letters"),
    "short messages": every(5, "config.operations.tasks.send_short_messages"),
    "bounces": every(60, "config.operations.tasks.read_bounces"),
    "lapsed holds": every(30, "booking.tasks.expire_due_holds"),
    "offers": every(30, "booking.tasks.offer_slots"),
    "invitations of applications": every(60, "booking.tasks.follow_applications"),
    "slots": every(600, "booking.tasks.open_slots"),
    "doors of the box": every(5, "pickup_box.tasks.watch_doors"),
    "deadlines of the box": every(60, "pickup_box.tasks.keep_deadlines"),
    "counts of the box": every(3600, "pickup_box.tasks.tidy"),
    "papers": every(30, "documents.applications.tasks.process_files"),
    "store of papers": every(3600, "documents.applications.tasks.sweep_store"),
    "invariants": every(3600, "config.operations.tasks.check_invariants"),
    "retention": every(300, "config.operations.tasks.forget"),
}


def intervals() -> dict[str, float]:
    """The seconds between two messages of the schedule, by task."""
    return {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}

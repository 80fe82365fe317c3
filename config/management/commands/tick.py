"""Does what Celery beat would ask for, without Celery: for a dead broker, safe beside Celery."""

from __future__ import annotations

import logging
import time

from django.core.management import CommandError, CommandParser
from django.db import close_old_connections
from django.utils.module_loading import import_string

from config.celery import app
from config.foundation.commands import OperatorCommand
from config.foundation.outbox import LONGEST_SEND
from config.operations import notification_senders

logger = logging.getLogger(__name__)


class Command(OperatorCommand):
    help = "Does what beat and worker would do, without a broker. Safe beside them."
    example = "--every 5"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="everything once, then end")
        parser.add_argument("--every", type=float, default=5, help="seconds between two looks")

    def handle(self, *, once: bool, every: float, **options: object) -> None:
        """Calls every task whose interval is over; with --once, each task once."""
        if not 0.1 <= every <= 3600:
            raise CommandError("--every takes seconds from 0.1 to 3600")
        called: dict[str, float] = {}
        while True:
            failed = self.round(called)
            if once:
                notification_senders.finish(seconds=LONGEST_SEND)
            if once and failed:
                raise CommandError(f"failed: {', '.join(failed)}; the log above tells why")
            if once:
                self.stdout.write(f"Ran {len(called)} tasks.")
                return
            time.sleep(every)
            close_old_connections()

    def round(self, called: dict[str, float]) -> list[str]:
        """Calls what is due by the clock that never jumps; the names of those that failed."""
        failed = []
        for name, entry in app.conf.beat_schedule.items():
            if name in called and time.monotonic() < called[name] + entry["schedule"]:
                continue
            called[name] = time.monotonic()
            try:
                import_string(entry["task"])()
            except Exception as error:
                # the text of an error may quote a person; its type does not
                logger.error("%s failed: %s", entry["task"], type(error).__name__)
                failed.append(name)
        return failed

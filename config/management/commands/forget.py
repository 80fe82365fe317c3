"""manage.py forget [--apply] [--json] [--report FILE]: forgets what outlived its class."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from config.operations.retention import forget_due


class Command(BaseCommand):
    """Retention: blanks or deletes rows by class, and writes down how many of each it was."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Without --apply it only counts."""
        parser.add_argument("--apply", action="store_true", help="do it; without it, only count")
        parser.add_argument("--json", action="store_true", help="counts as JSON")
        parser.add_argument(
            "--report", type=Path, help="evidence file; by default in DATA_DIR/evidence"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the counts; with --apply keeps a report of them as evidence."""
        now = timezone.now()
        counts = forget_due(now=now, apply=options["apply"])
        report = {
            "at": now.isoformat(timespec="seconds"),
            "applied": options["apply"],
            "hours": {
                name: period.total_seconds() / 3600 for name, period in settings.RETENTION.items()
            },
            "rows": counts,
            "total": sum(counts.values()),
        }
        if options["apply"] and report["total"]:
            path = options["report"] or _place(now.strftime("%Y%m%dT%H%M%SZ"))
            path.write_text(json.dumps(report, indent=2), encoding="utf-8")
            self.stderr.write(f"Evidence in {path}")
        if options["json"]:
            self.stdout.write(json.dumps(report))
            return
        for name, count in counts.items():
            self.stdout.write(f"{count:>8} {name}")
        done = "Forgotten" if options["apply"] else "Due (nothing changed, see --apply)"
        self.stdout.write(f"{done}: {report['total']} rows.")


def _place(stamp: str) -> Path:
    folder = Path(settings.DATA_DIR) / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"forget-{stamp}.json"

"""manage.py forget [--apply] [--json] [--report FILE]: forgets what outlived its class."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from config.foundation.commands import OperatorCommand, add_json, counting
from config.operations.retention import forget_in_batches


class Command(OperatorCommand):
    help = (
        "Forgets what has outlived its class of retention, and keeps a report of the counts "
        "as evidence. Without --apply it only counts."
    )
    example = "--apply"

    def add_arguments(self, parser: CommandParser) -> None:
        """Without --apply it only counts."""
        parser.add_argument("--apply", action="store_true", help="do it; without it, only count")
        add_json(parser)
        parser.add_argument(
            "--report", type=Path, help="evidence file; by default in DATA_DIR/evidence"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the counts; with --apply keeps a report of them as evidence."""
        now = timezone.now()
        counts: Counter[str] = Counter()
        steps = forget_in_batches(now=now, apply=options["apply"])
        with counting("rows") as bar:
            for name, count in steps:
                counts[name] += count
                bar(name, count)
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

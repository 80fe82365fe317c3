"""Looks of one person at one subject, as the access log shows them: together, and with others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest

from config.foundation.audit import AccessRecord
from config.foundation.subjects import SubjectsInWords

TOGETHER = timedelta(minutes=15)
AROUND = 10


class LooksTogether(SubjectsInWords):
    """The lines of a page: looks of the same kind within a quarter of an hour are one."""

    def get_results(self, request: HttpRequest) -> None:
        """The last look of each, with how many there were (`count`) and the first (`since`)."""
        super().get_results(request)
        self.result_list = together(self.result_list)


def together(rows: Iterable[AccessRecord]) -> list[Any]:
    """The last of the looks that belong together, with `count` and `since`; in their order."""
    lines: list[Any] = []
    open_lines: dict[tuple[object, ...], Any] = {}
    for row in rows:
        key = (row.by_id, row.kind, row.subject, row.reason)
        line: Any = open_lines.get(key)
        if line is not None and abs(line.at - row.at) <= TOGETHER:
            line.count += 1
            first, last = sorted([line.since, row.at])[0], max(line.at, row.at)
            line.since, line.at = first, last
            continue
        line = row
        line.count, line.since = 1, row.at
        open_lines[key] = line
        lines.append(line)
    return lines


def around(row: AccessRecord) -> tuple[list[Any], list[Any]]:
    """Who looked at the same subject before and after, the nearest first."""
    same = AccessRecord.objects.filter(subject=row.subject).select_related("by")
    before = same.filter(at__lte=row.at).exclude(pk=row.pk).order_by("-at", "-pk")[:AROUND]
    after = same.filter(at__gt=row.at).order_by("at", "pk")[:AROUND]
    return together(before), together(after)

"""What is kept for how long, over all apps: the classes of docs/privacy.md as one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from auditlog.models import LogEntry as ConfigurationEdit
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import Model, Q, QuerySet

from booking.actions.retention import Periods
from booking.actions.retention import forget as forget_applicants
from config.foundation import email_files
from config.foundation.audit import AccessRecord
from config.foundation.bots import BotSignal
from config.foundation.limits import Limit
from config.foundation.outbox import Notification
from config.foundation.staff import KnownSource
from config.operations.append_only_tables import LEAST, erase
from pickup_box.actions.recalls import forget as forget_deposits
from pickup_box.actions.recalls import forgettable

Rows = Callable[[datetime, dict[str, timedelta]], QuerySet[Any]]
BATCH = 1000


@dataclass(frozen=True)
class Expiring:
    """Rows that are deleted whole once they are old."""

    name: str
    rows: Rows


def _finished_letters(now: datetime, keep: dict[str, timedelta]) -> QuerySet[Notification]:
    old, older = now - keep["LETTER"], now - keep["FAILED_LETTER"]
    return Notification.objects.filter(
        Q(sent_at__lte=old) | Q(withdrawn_at__lte=old) | Q(failed_at__lte=older)
    )


EXPIRING = (
    Expiring("P6 letters", _finished_letters),
    Expiring("P7 sessions", lambda now, keep: Session.objects.filter(expire_date__lte=now)),
    Expiring("P8 limits", lambda now, keep: Limit.objects.filter(window__lte=now - keep["LIMIT"])),
    Expiring(
        "P8 signs of machines",
        lambda now, keep: BotSignal.objects.filter(at__lte=now - keep["BOT_SIGNAL"]),
    ),
    Expiring(
        "P8 where staff signed in from",
        lambda now, keep: KnownSource.objects.filter(seen_at__lte=now - keep["KNOWN_SOURCE"]),
    ),
    Expiring(
        "P10 access log",
        lambda now, keep: AccessRecord.objects.filter(
            at__lte=now - max(keep["ACCESS_RECORD"], LEAST)
        ),
    ),
    Expiring(
        "P10 configuration edits",
        lambda now, keep: ConfigurationEdit.objects.filter(
            timestamp__lte=now - max(keep["ACCESS_RECORD"], LEAST)
        ),
    ),
    Expiring(
        "P11 admin log",
        lambda now, keep: LogEntry.objects.filter(
            action_time__lte=now - max(keep["ADMIN_LOG"], LEAST)
        ),
    ),
)
_BOOKING = {
    "drafts": "P1 drafts",
    "appointments": "P2 appointments",
    "cancelled": "P3 cancelled",
    "unclosed visits": "P2 visits nobody closed",
    "stale waiting entries": "P3 waiting entries",
    "tokens": "P7 links",
    "names of staff": "P10 names of staff in steps",
}


def forget_due(*, now: datetime, apply: bool) -> dict[str, int]:
    """Forgets what outlived its class at `now` (UTC); returns how many rows, by class.

    With `apply` false nothing changes. Every row goes in a short transaction of its own or of its
    batch, so a run that was stopped half-way is finished by the next.
    """
    keep = settings.RETENTION
    periods = Periods(
        draft_idle=keep["DRAFT_IDLE"],
        draft=keep["DRAFT"],
        appointment=keep["APPOINTMENT"],
        cancelled=keep["CANCELLED"],
        waiting=keep["WAITING"],
        staff=keep["ACCESS_RECORD"],
    )
    found = forget_applicants(now=now, periods=periods, apply=apply)
    counts = {_BOOKING[name]: count for name, count in found.items()}
    counts["P5 deposits"] = (
        _all_deposits(now, keep)
        if apply
        else forgettable(now=now, **_deposit_periods(keep)).count()
    )
    for expiring in EXPIRING:
        rows = expiring.rows(now, keep)
        counts[expiring.name] = _delete(rows) if apply else rows.count()
    files = list(email_files.old(before=now - keep["LETTER"]))
    counts["P6 letters as files"] = len(files)
    if apply:
        for file in files:
            file.unlink(missing_ok=True)
    return counts


def _deposit_periods(keep: dict[str, timedelta]) -> dict[str, timedelta]:
    return {"after": keep["DEPOSIT"], "unsettled_after": keep["UNSETTLED_DEPOSIT"]}


def _all_deposits(now: datetime, keep: dict[str, timedelta]) -> int:
    total = 0
    while done := forget_deposits(now=now, limit=BATCH, **_deposit_periods(keep)):
        total += done
    return total


def _delete(rows: QuerySet[Model]) -> int:
    total = 0
    model = rows.model
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        gone = erase(model, keys)
        total += gone
        if not gone:
            break  # another run was faster, or the database's clock is behind
    return total

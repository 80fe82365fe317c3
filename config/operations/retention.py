"""What is kept for how long, over all apps: the classes of docs/privacy.md as one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from auditlog.models import LogEntry as ConfigurationEdit
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import Model, Q, QuerySet

from booking.actions.retention import Periods
from booking.actions.retention import forget_in_batches as forget_applicants
from config.foundation import email_files
from config.foundation.audit import AccessRecord
from config.foundation.bots import BotSignal
from config.foundation.limits import Limit
from config.foundation.outbox import Notification
from config.foundation.staff import KnownSource
from config.foundation.substitutions import Substitution
from config.operations.append_only_tables import LEAST, erase
from documents.applications.actions import retention as applications
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
        "P10 rights handed on",
        lambda now, keep: Substitution.objects.filter(
            until__lte=(now - keep["ACCESS_RECORD"]).date()
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
    "invitations": "P3 invitations",
    "appointments": "P2 appointments",
    "cancelled": "P3 cancelled",
    "unclosed visits": "P2 visits nobody closed",
    "stale waiting entries": "P3 waiting entries",
    "tokens": "P7 links",
    "notes and assignments": "P2 notes and assignments of visits",
    "names of staff": "P10 names of staff in steps",
}
_APPLICATIONS = {"names of staff": _BOOKING["names of staff"]}  # all others are of P4


def forget_due(*, now: datetime, apply: bool) -> dict[str, int]:
    """Forgets all that outlived its class at `now` (UTC); returns how many rows, by class."""
    counts: Counter[str] = Counter()
    for name, count in forget_in_batches(now=now, apply=apply):
        counts[name] += count
    return dict(counts)


def forget_in_batches(*, now: datetime, apply: bool) -> Iterator[tuple[str, int]]:
    """Forgets what outlived its class at `now` (UTC): yields a class and the rows of a batch.

    With `apply` false nothing changes. Each batch is a short transaction of its own, so a run that
    was stopped is finished by the next.
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
    for name, count in forget_applicants(now=now, periods=periods, apply=apply):
        yield _BOOKING[name], count
    of_applications = applications.Periods(
        draft_idle=keep["DRAFT_IDLE"],
        draft=keep["DRAFT"],
        withdrawn=keep["WITHDRAWN_APPLICATION"],
        closed=keep["CLOSED_APPLICATION"],
        open=keep["OPEN_APPLICATION"],
        staff=keep["ACCESS_RECORD"],
    )
    for name, count in applications.forget_in_batches(
        now=now, periods=of_applications, apply=apply
    ):
        yield _APPLICATIONS.get(name, f"P4 applications: {name}"), count
    for count in _deposits(now, keep, apply=apply):
        yield "P5 deposits", count
    for expiring in EXPIRING:
        rows = expiring.rows(now, keep)
        for count in _delete(rows) if apply else [rows.count()]:
            yield expiring.name, count
    files = list(email_files.old(before=now - keep["LETTER"]))
    yield "P6 letters as files", len(files)
    if apply:
        for file in files:
            file.unlink(missing_ok=True)


def _deposit_periods(keep: dict[str, timedelta]) -> dict[str, timedelta]:
    return {"after": keep["DEPOSIT"], "unsettled_after": keep["UNSETTLED_DEPOSIT"]}


def _deposits(now: datetime, keep: dict[str, timedelta], *, apply: bool) -> Iterator[int]:
    periods = _deposit_periods(keep)
    yield 0 if apply else forgettable(now=now, **periods).count()
    while apply and (done := forget_deposits(now=now, limit=BATCH, **periods)):
        yield done


def _delete(rows: QuerySet[Model]) -> Iterator[int]:
    model = rows.model
    yield 0
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        gone = erase(model, keys)
        yield gone
        if not gone:
            break  # another run was faster, or the database's clock is behind

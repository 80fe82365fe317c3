"""How the system fares: what `manage.py health` tells people and `/metrics` tells machines."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min

from config.celery import app, intervals
from config.foundation.bounces import BounceMailbox
from config.foundation.broken_invariants import BrokenInvariant
from config.foundation.clock import database_clock
from config.foundation.outbox import BROKEN, Notification, waiting
from config.foundation.relay import Relay
from config.foundation.schema import count_unapplied_migrations
from config.foundation.sweeps import pulses
from config.operations.retention import forget_due

MOST_SKEW = 5  # seconds between this machine's clock and the database's
MOST_DELAY = 300  # seconds that a due letter may be late
MOST_UNREAD = 900  # seconds that the mailbox of bounces may be out of reach
LEAST_DISK = 10  # percent
MOST_LINGERING = timedelta(days=1)  # of a row that has outlived its class
SWEEP_PATIENCE = timedelta(seconds=60)
NEVER = -1


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One measured thing, whether it is well, and what it means; `label` tells twins apart."""

    name: str
    value: float
    well: bool
    says: str
    label: str = ""


def measure(*, now: datetime) -> list[Finding]:
    """Every finding at `now` (UTC); raises DatabaseError when there is no database to ask."""
    return [
        *_database(now),
        *_letters(now),
        *_bounces(now),
        *_sweeps(now),
        *_invariants(),
        *_retention(now),
        *_disk(),
    ]


def _database(now: datetime) -> Iterator[Finding]:
    skew = abs((database_clock() - now).total_seconds())
    yield Finding(
        name="clock_skew_seconds",
        value=round(skew, 1),
        well=skew <= MOST_SKEW,
        says="between this machine's clock and the database's",
    )
    missing = count_unapplied_migrations()
    yield Finding(
        name="migrations_missing",
        value=missing,
        well=not missing,
        says="run manage.py migrate" if missing else "the tables are those of this version",
    )


def _letters(now: datetime) -> Iterator[Finding]:
    due = waiting().filter(due_at__lte=now)
    oldest = due.aggregate(since=Min("due_at"))["since"]
    delay = (now - oldest).total_seconds() if oldest else 0
    yield Finding(name="letters_due", value=due.count(), well=True, says="wait to be sent")
    yield Finding(
        name="letters_delay_seconds",
        value=round(delay),
        well=delay <= MOST_DELAY,
        says="since the oldest of them became due",
    )
    retried = waiting().filter(attempts__gt=0).count()
    yield Finding(name="letters_retried", value=retried, well=True, says="left at no first try")
    failed = Notification.objects.filter(failed_at__gt=now - timedelta(days=1))
    says = "given up within a day"
    yield Finding(name="letters_failed", value=failed.count(), well=True, says=says)
    broken = failed.filter(failure__startswith=BROKEN).count()
    yield Finding(
        name="letters_broken",
        value=broken,
        well=not broken,
        says="of them, that this program could not write; its error log names the cause",
    )
    since = Relay.objects.values_list("failing_since", flat=True).first()
    failing = (now - since).total_seconds() if since else 0
    yield Finding(
        name="relay_failing_seconds",
        value=round(failing),
        well=failing <= MOST_DELAY,
        says="since the mail server was last reached" if since else "the mail server is reached",
    )


def _bounces(now: datetime) -> Iterator[Finding]:
    came_back = Notification.objects.filter(bounced_at__gt=now - timedelta(days=1))
    says = "came back within a day; the start page of the desk names who has to be phoned"
    yield Finding(name="letters_bounced", value=came_back.count(), well=True, says=says)
    since = BounceMailbox.objects.values_list("failing_since", flat=True).first()
    # an address that is no longer set has no mailbox to fail
    failing = (now - since).total_seconds() if since and settings.BOUNCE_IMAP_URL else 0
    yield Finding(
        name="bounce_mailbox_failing_seconds",
        value=round(failing),
        well=failing <= MOST_UNREAD,
        says="since the mailbox of bounces was last read" if failing else "it is read, or not set",
    )


def _sweeps(now: datetime) -> Iterator[Finding]:
    found = pulses(intervals(), patience=SWEEP_PATIENCE, now=now)
    for name, entry in app.conf.beat_schedule.items():
        task, pulse = entry["task"], found[entry["task"]]
        age = (now - pulse.ended_at).total_seconds() if pulse.ended_at else NEVER
        never = "never ran" if pulse.is_late else "has not been due yet"
        yield Finding(
            name="sweep_age_seconds",
            label=name,
            value=round(age, 1),
            well=not pulse.is_late,
            says=f"since {task} last came to its end" if pulse.ended_at else never,
        )


def _invariants() -> Iterator[Finding]:
    broken = dict(BrokenInvariant.objects.order_by("name").values_list("name", "rows"))
    named = f" of {', '.join(broken)}; manage.py check_invariants names them" if broken else ""
    yield Finding(
        name="invariants_broken",
        value=sum(broken.values()),
        well=not broken,
        says=f"rows that must never exist{named}",
    )


def _retention(now: datetime) -> Iterator[Finding]:
    late = sum(forget_due(now=now - MOST_LINGERING, apply=False).values())
    yield Finding(
        name="over_retention",
        value=late,
        well=not late,
        says="rows that should be gone for a day; manage.py forget names their classes",
    )


def _disk() -> Iterator[Finding]:
    usage = shutil.disk_usage(settings.DATA_DIR)
    percent = 100 * usage.free / usage.total
    yield Finding(
        name="disk_free_percent",
        value=round(percent, 1),
        well=percent >= LEAST_DISK,
        says="free where the data lies",
    )

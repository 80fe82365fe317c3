"""What must always hold: what `manage.py check_invariants` asks, asked by a test."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

from django.utils import timezone

from config.operations.invariants import invariants


def broken_invariants(now: datetime, *, app: str = "") -> dict[str, list[str]]:
    """The rows that break an invariant at `now` (UTC), by its id and sentence; of one app or all.

    The pickup box needs no office, which the invariants of booking ask for.
    """
    asked = import_module(f"{app}.invariants").INVARIANTS if app else invariants()
    return {f"{name} {sentence}": rows for name, sentence, check in asked if (rows := check(now))}


def assert_invariants(
    now: datetime | None = None, *, app: str = "", without: tuple[str, ...] = ()
) -> None:
    """Fails with the rows that break an invariant, now or at `now`; `without` are ids."""
    broken = broken_invariants(now or timezone.now(), app=app)
    found = {name: rows for name, rows in broken.items() if name.split()[0] not in without}
    assert found == {}

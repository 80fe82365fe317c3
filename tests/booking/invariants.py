"""What must hold after every test that acts."""

from __future__ import annotations

from datetime import datetime

from booking.invariants import INVARIANTS


def assert_invariants(now: datetime, *, without: tuple[str, ...] = ()) -> None:
    """Fails with the names of the rows that break an invariant; `without` are ids."""
    broken = {name: found for name, _text, check in INVARIANTS if (found := check(now))}
    assert {name: rows for name, rows in broken.items() if name not in without} == {}

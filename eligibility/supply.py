"""Which appointments there are, before a day of need; booking registers who knows that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class Supply:
    """What there is up to a day of need, or at all where no day is given.

    `exists` says whether anybody is served in that time, `free_at` (UTC) when the first appointment
    starts that anybody may take now, `later_at` the first such one after the day.
    """

    exists: bool
    free_at: datetime | None = None
    later_at: datetime | None = None


Ask = Callable[[date | None, datetime], Supply]
_asked: list[Ask] = []


def registers_supply(ask: Ask) -> Ask:
    """Makes `ask` the one that knows; without one, nothing is said about appointments."""
    _asked[:] = [ask]
    return ask


def supply_until(last_day: date | None, *, now: datetime) -> Supply | None:
    """The supply from `now` (UTC) to the end of the local `last_day`; None where nobody knows."""
    return _asked[0](last_day, now) if _asked else None

"""Which appointments there are before a day of need; booking registers who knows that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class Supply:
    """What there is up to a local day: times at all, and times that anybody may take now."""

    exists: bool
    is_free: bool


Ask = Callable[[date, datetime], Supply]
_asked: list[Ask] = []


def registers_supply(ask: Ask) -> Ask:
    """Makes `ask` the one that knows; without one, nothing is said about appointments."""
    _asked[:] = [ask]
    return ask


def supply_until(last_day: date | None, *, now: datetime) -> Supply | None:
    """The supply from `now` (UTC) to the end of the local `last_day`; None where nobody knows."""
    return _asked[0](last_day, now) if _asked and last_day else None

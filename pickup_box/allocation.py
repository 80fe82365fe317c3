"""Which compartment a document gets: plain ordering over what is free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

_NEVER = datetime.min.replace(tzinfo=UTC)


class Size(IntEnum):
    """Sizes of compartments and of what goes in; a bigger one takes the smaller."""

    SMALL = 1
    MEDIUM = 2
    LARGE = 3


@dataclass(frozen=True, kw_only=True)
class Free:
    """A free compartment."""

    pk: int
    number: int
    size: int
    is_low: bool
    used_at: datetime | None = None


def choose(
    free: Iterable[Free], *, size: int, low: bool = False, low_reserve: int = 0
) -> Free | None:
    """The compartment for a document of `size`; None when no suitable one is free.

    The smallest that fits, then the one that rested longest, then the lowest number. Low ones go to
    people who asked for one; others get a low one only while more than `low_reserve` of them
    would stay free. Resting longest spreads the wear and keeps old and new content far apart.
    """
    fitting = [each for each in free if each.size >= size]
    if low:
        fitting = [each for each in fitting if each.is_low]
    elif sum(each.is_low for each in fitting) <= low_reserve:
        fitting = [each for each in fitting if not each.is_low]
    return min(fitting, key=lambda each: _rank(each, low=low), default=None)


def _rank(each: Free, *, low: bool) -> tuple[int, bool, datetime, int]:
    return (each.size, each.is_low and not low, each.used_at or _NEVER, each.number)


def room(free: Sequence[Free], *, low_reserve: int = 0) -> int:
    """How many documents of the smallest size, without a wish, would still find a place."""
    low = sum(each.is_low for each in free)
    return len(free) - min(low, low_reserve)

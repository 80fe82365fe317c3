"""Collecting at the counter instead of the pickup box; who gives appointments registers that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Supply(StrEnum):
    """Whether somebody can be invited to collect at the counter."""

    NONE = "none"  # this office gives no such appointments, or none at present
    FULL = "full"
    FREE = "free"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Whose document it is, in stored form; `contact`, an address or mobile number, is proved."""

    case_reference: str
    birth_date: str
    contact: str
    family_name: str
    given_names: str
    language: str
    # the row that says so ("appointment/17"), for the access log
    subject: str = ""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The invitation that somebody has, and the page where they choose the time."""

    reference: str
    address: str


class CounterPickup(Protocol):
    """What gives appointments at the counter."""

    def supply(self, *, now: datetime) -> Supply:
        """Whether somebody could be invited at `now` (UTC)."""

    def invite(self, holder: Holder, *, now: datetime) -> Chosen | None:
        """Invites within the caller's transaction; None where nobody can be invited."""

    def invited(self, holder: Holder, *, now: datetime) -> Chosen | None:
        """The invitation of this holder that stands."""

    def find_holder(self, number: str) -> Holder | None:
        """Whose appointment or invitation has this number, as typed or scanned."""


_registered: list[CounterPickup] = []


def register_counter_pickup(counter: CounterPickup) -> None:
    """Makes `counter` the one that gives appointments; without one there are none."""
    _registered[:] = [counter]


def counter_pickup() -> CounterPickup | None:
    """Who gives appointments at the counter."""
    return _registered[0] if _registered else None


def counter_supply(*, now: datetime) -> Supply:
    """Whether somebody could be invited to collect at the counter at `now` (UTC)."""
    counter = counter_pickup()
    return Supply.NONE if counter is None else counter.supply(now=now)

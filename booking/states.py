"""The states of an appointment and of a waiting entry, with every step between them."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where an appointment stands."""

    OFFERED = "offered"  # held by the office for somebody who waits
    HELD = "held"  # held by a person who reviews and confirms
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # a hold or an offer that nobody confirmed in time
    DECLINED = "declined"
    DISPLACED = "displaced"  # the office closed the counter; first in line for another time


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.OFFERED: frozenset({Status.BOOKED, Status.DECLINED, Status.EXPIRED, Status.CANCELLED}),
    Status.HELD: frozenset({Status.BOOKED, Status.CANCELLED, Status.EXPIRED}),
    Status.BOOKED: frozenset(
        {Status.CHECKED_IN, Status.CANCELLED, Status.NO_SHOW, Status.DISPLACED}
    ),
    Status.CHECKED_IN: frozenset({Status.COMPLETED, Status.BOOKED}),
    # Staff take a step back. `put_back` may do so for ten minutes: an arrival (the edge to BOOKED
    # above), a completion, and a cancellation by the office before the time begins.
    Status.COMPLETED: frozenset({Status.CHECKED_IN}),
    Status.NO_SHOW: frozenset({Status.CHECKED_IN}),  # arrived late, on the same local day
    Status.CANCELLED: frozenset({Status.BOOKED}),
    Status.DISPLACED: frozenset({Status.BOOKED}),  # the closure was lifted before the time began
    Status.EXPIRED: frozenset(),
    Status.DECLINED: frozenset(),
}

# A hold counts only until its `free_from`; these are the states that may hold a slot at all.
LIVE_FOR_SLOT = frozenset({Status.OFFERED, Status.HELD, Status.BOOKED, Status.CHECKED_IN})
LIVE_FOR_PERSON = frozenset({Status.HELD, Status.BOOKED, Status.CHECKED_IN})
PROVISIONAL = frozenset({Status.OFFERED, Status.HELD})
SETTLED = frozenset({Status.BOOKED, Status.CHECKED_IN})
ENDED = frozenset(Status) - LIVE_FOR_SLOT
# nobody comes any more; who was served or did not come had the time all the same
CALLED_OFF = ENDED - {Status.COMPLETED, Status.NO_SHOW}


def may_move(old: Status, new: Status) -> bool:
    """Whether the table knows a step from `old` to `new`."""
    return new in TRANSITIONS[old]


def is_to_be_reminded(status: Status, revision: int, *, promised: int) -> bool:
    """Whether a reminder that was promised with revision `promised` still tells the truth."""
    return status == Status.BOOKED and revision == promised


class InvitationState(StrEnum):
    """Where an invitation stands; derived from its visits and the clock, never stored."""

    OPEN = "open"
    TAKEN = "taken"  # a time is chosen, or being confirmed
    USED = "used"  # the visit was completed or missed
    OVER = "over"  # nobody chose a time while it was valid
    WITHDRAWN = "withdrawn"


def invitation_state(*, withdrawn: bool, used: bool, taken: bool, over: bool) -> InvitationState:
    """The state of an invitation; whoever has a time keeps it beyond the end of the choice."""
    states = InvitationState
    found = ((withdrawn, states.WITHDRAWN), (used, states.USED), (taken, states.TAKEN))
    first = next((state for holds, state in found if holds), None)
    return first or (states.OVER if over else states.OPEN)


class WaitingStatus(StrEnum):
    """Where a waiting entry stands."""

    WAITING = "waiting"
    SERVED = "served"  # has an appointment
    LEFT = "left"  # by the person's own wish
    ENDED = "ended"  # the day by which help was needed has passed


# Whoever waits again gets a new entry: no step leads back.
WAITING_TRANSITIONS: dict[WaitingStatus, frozenset[WaitingStatus]] = {
    WaitingStatus.WAITING: frozenset(
        {WaitingStatus.SERVED, WaitingStatus.LEFT, WaitingStatus.ENDED}
    ),
    WaitingStatus.SERVED: frozenset(),
    WaitingStatus.LEFT: frozenset(),
    WaitingStatus.ENDED: frozenset(),
}


class NeedByKind(StrEnum):
    """How binding the day is by which a person needs help."""

    HARD = "hard"  # a departure: afterwards an appointment is of no use
    SOFT = "soft"  # an expiry: later is worse, and still needed
    NONE = "none"

"""The states of a deposit, as data."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a document is on its way through the box."""

    DRAFTED = "drafted"  # recorded; waits for a compartment
    ASSIGNED = "assigned"  # a compartment is reserved for it
    LOADED = "loaded"  # it lies in the compartment
    NOTIFIED = "notified"  # the person has a code
    OPENED = "opened"  # the door was told to open for the person
    UNKNOWN = "unknown"  # nobody knows what lies behind the door
    COLLECTED = "collected"  # taken; the compartment is not yet confirmed empty
    CLEARED = "cleared"  # the compartment is confirmed empty: the end
    EXPIRED = "expired"  # not collected in time; the code is dead
    WITHDRAWN = "withdrawn"  # called off
    RECALLED = "recalled"  # staff are taking it out
    REMOVED = "removed"  # staff took it out, the compartment is confirmed empty: the end
    FAULT = "fault"  # the compartment is broken with the document behind it


S = Status
TRANSITIONS: dict[Status, frozenset[Status]] = {
    S.DRAFTED: frozenset({S.ASSIGNED, S.WITHDRAWN}),
    S.ASSIGNED: frozenset({S.LOADED, S.DRAFTED, S.WITHDRAWN, S.FAULT}),
    S.LOADED: frozenset({S.NOTIFIED, S.WITHDRAWN, S.FAULT}),
    S.NOTIFIED: frozenset({S.OPENED, S.EXPIRED, S.WITHDRAWN, S.FAULT}),
    S.OPENED: frozenset({S.COLLECTED, S.UNKNOWN, S.FAULT}),
    S.UNKNOWN: frozenset({S.COLLECTED, S.LOADED, S.REMOVED}),
    S.COLLECTED: frozenset({S.CLEARED}),
    S.EXPIRED: frozenset({S.RECALLED}),
    S.WITHDRAWN: frozenset({S.RECALLED}),
    S.RECALLED: frozenset({S.REMOVED}),
    S.FAULT: frozenset({S.LOADED, S.REMOVED}),
    S.CLEARED: frozenset(),
    S.REMOVED: frozenset(),
}

# Whoever is in one of these has a compartment that nobody else gets.
OCCUPYING = frozenset(S) - {S.DRAFTED, S.CLEARED, S.REMOVED}
ENDED = frozenset({S.CLEARED, S.REMOVED})
# The document is still to be handed out: one such deposit per document.
LIVE = frozenset(S) - {S.WITHDRAWN, S.COLLECTED, S.CLEARED, S.REMOVED}
# Only staff can end these, and nobody makes them: their person is forgotten all the same one day.
UNSETTLED = frozenset({S.UNKNOWN, S.FAULT, S.EXPIRED, S.WITHDRAWN, S.RECALLED, S.COLLECTED})
# Staff take these out, or look.
TO_RECALL = frozenset({S.EXPIRED, S.WITHDRAWN, S.RECALLED, S.UNKNOWN, S.FAULT, S.COLLECTED})

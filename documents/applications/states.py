"""The states of an application and of a file, and every step between them; plain Python.

An application that was never sent is deleted; it has no state of its own for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Status(StrEnum):
    """Where an application stands."""

    STARTED = "started"
    SENT = "sent"
    IN_REVIEW = "in_review"
    PAPERS_MISSING = "papers_missing"
    INVITED = "invited"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How an application was closed; the case system decides, and refusals go by post."""

    GRANTED = "granted"
    REFUSED = "refused"
    SETTLED = "settled"
    NOT_RESPONSIBLE = "not_responsible"
    DUPLICATE = "duplicate"


class Role(StrEnum):
    """Who somebody is to the person of an application on which both apply."""

    SPOUSE = "spouse"
    CHILD = "child"


class Objection(StrEnum):
    """Why the office asks for a paper again."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    INCOMPLETE = "incomplete"
    OUTDATED = "outdated"
    WRONG_PAPER = "wrong_paper"
    NOT_SIGNED = "not_signed"
    NOT_TRANSLATED = "not_translated"


class FileState(StrEnum):
    """What became of a file: kept as it came, drawn as pages, or not usable."""

    RECEIVED = "received"
    READY = "ready"
    REFUSED = "refused"


class Scan(StrEnum):
    """What the scanner for viruses said; `off` where an office runs none."""

    OFF = "off"
    WAITING = "waiting"
    CLEAN = "clean"
    FOUND = "found"


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.STARTED: frozenset({Status.SENT}),
    Status.SENT: frozenset({Status.IN_REVIEW, Status.WITHDRAWN}),
    Status.IN_REVIEW: frozenset(
        {Status.SENT, Status.PAPERS_MISSING, Status.INVITED, Status.CLOSED, Status.WITHDRAWN}
    ),
    Status.PAPERS_MISSING: frozenset({Status.IN_REVIEW, Status.CLOSED, Status.WITHDRAWN}),
    Status.INVITED: frozenset({Status.IN_REVIEW, Status.CLOSED, Status.WITHDRAWN}),
    Status.CLOSED: frozenset({Status.IN_REVIEW}),  # on the same day
    Status.WITHDRAWN: frozenset(),
}
FILE_TRANSITIONS: Mapping[FileState, frozenset[FileState]] = {
    FileState.RECEIVED: frozenset({FileState.READY, FileState.REFUSED}),
    FileState.READY: frozenset({FileState.REFUSED}),  # the scanner was down, and found something
    FileState.REFUSED: frozenset(),
}
SENT = frozenset(Status) - {Status.STARTED}
ENDED = frozenset({Status.CLOSED, Status.WITHDRAWN})
# The office has it, and it is not over.
OPEN = SENT - ENDED
# Its person may add files: to a draft, or what the office asked for.
TAKES_FILES = frozenset({Status.STARTED, Status.PAPERS_MISSING})
# What counts as there: what waits for a fault of ours to pass keeps nobody from sending.
WHOLE = frozenset({FileState.RECEIVED, FileState.READY})

"""The box as a picture: which door stands where and what is the matter behind it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from pickup_box.models import Box, Compartment, Deposit, Opening
from pickup_box.states import OCCUPYING, Status

FREE, CLOSED, OPEN = "free", "closed", "open"
STATES = {
    FREE: _("free"),
    "reserved": _("reserved"),
    "loaded": _("loaded"),
    "ready": _("ready, person informed"),
    OPEN: _("door open"),
    "recall": _("to be taken out"),
    "look": _("please look"),
    CLOSED: _("out of service"),
}
_STATE_OF = {
    Status.ASSIGNED: "reserved",
    Status.LOADED: "loaded",
    Status.NOTIFIED: "ready",
    Status.OPENED: OPEN,
    Status.EXPIRED: "recall",
    Status.WITHDRAWN: "recall",
    Status.RECALLED: "recall",
    Status.UNKNOWN: "look",
    Status.COLLECTED: "look",
    Status.FAULT: "look",
}


@dataclass(frozen=True, kw_only=True)
class Door:
    """One door in the picture."""

    pk: int
    number: int
    state: str
    is_low: bool
    deposit: int | None
    order: str  # the running opening, for the simulator

    @property
    def label(self) -> str:
        """What the state is called."""
        return str(STATES[self.state])


def picture(box: Box) -> list[list[Door | None]]:
    """The doors row by row from the top; None where the cabinet has no door."""
    doors = Compartment.objects.filter(box=box).order_by("number")
    held = Deposit.objects.filter(box=box, status__in=OCCUPYING, compartment__isnull=False)
    inside = {
        at: (pk, status) for at, pk, status in held.values_list("compartment", "pk", "status")
    }
    running = Opening.objects.running().filter(box=box, opened_at__isnull=False)
    pairs = running.values_list("compartment", "nonce")
    orders = {at: str(nonce) for at, nonce in pairs}
    places = {(door.row, door.column): _door(door, inside, orders) for door in doors}
    if not places:
        return []
    height, width = (max(numbers) for numbers in zip(*places, strict=True))
    return [
        [places.get((row, column)) for column in range(1, width + 1)]
        for row in range(height, 0, -1)
    ]


def tally(rows: list[list[Door | None]]) -> list[tuple[str, str, int]]:
    """(state, its name, how many doors), in the order of a document's way."""
    counted = Counter(door.state for row in rows for door in row if door)
    return [(state, str(label), counted[state]) for state, label in STATES.items()]


def _door(door: Compartment, inside: dict[int, tuple[int, str]], orders: dict[int, str]) -> Door:
    deposit, status = inside.get(door.pk, (None, ""))
    state = _STATE_OF[Status(status)] if status else FREE if door.in_service else CLOSED
    order = orders.get(door.pk, "")
    return Door(
        pk=door.pk,
        number=door.number,
        state=OPEN if order else state,
        is_low=door.is_low,
        deposit=deposit,
        order=order,
    )

"""What the hardware tells, and the watch over doors that tell nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from config.foundation.actions import Refused, action
from pickup_box.models import Alarm, Box, Deposit, Nonce, Opening, WrongTry
from pickup_box.states import Status
from pickup_box.transitions import alarm, transition

R = TypeVar("R")
HEARD_FOR = timedelta(hours=1)  # far longer than a signature is valid


class AlreadyHeard(Refused):
    """A message of the hardware that came before: whoever repeats it changes nothing."""


@action
def hear(*, box: Box, nonce: str, now: datetime) -> None:
    """Takes a message of the hardware once; raises AlreadyHeard."""
    Nonce.objects.create(box=box, value=nonce, at=now)


@action
def act_once(*, box: Box, nonce: str, act: Callable[[], R], now: datetime) -> R:
    """Takes a message and does what it tells, both or neither: what failed may be told again.

    Raises AlreadyHeard, Busy and what `act` raises.
    """
    hear(box=box, nonce=nonce, now=now)
    return act()


@action
def ordered(*, box: Box, now: datetime) -> list[Opening]:
    """The doors the hardware should open now; asking is the sign that it lives."""
    Box.objects.filter(pk=box.pk).update(seen_at=now)
    return list(Opening.objects.due(now=now).filter(box=box).select_related("compartment"))


@action
def door_opened(*, box: Box, nonce: UUID, now: datetime) -> bool:
    """Records that a door opened; False when this was known or the order was given up."""
    mine = Opening.objects.running().filter(box=box, nonce=nonce, opened_at=None)
    return bool(mine.update(opened_at=now))


@action
def door_closed(*, box: Box, nonce: UUID, found_empty: bool | None, now: datetime) -> bool:
    """Records that a door closed; False when this was known or the order was given up.

    A person's deposit is then collected; it is cleared when the sensor saw the compartment empty,
    and staff have to look when it saw something left inside.
    """
    opening = Opening.objects.running().filter(box=box, nonce=nonce).first()
    if opening is None:
        return False
    mine = Opening.objects.running().filter(pk=opening.pk)
    if not mine.update(
        opened_at=opening.opened_at or now, closed_at=now, found_empty=found_empty, code_hash=""
    ):
        return False
    deposit = opening.deposit
    if opening.kind != Opening.Kind.COLLECT or deposit is None or deposit.status != Status.OPENED:
        return True
    if found_empty is False:
        _lose(opening, kind=Alarm.Kind.NOT_TAKEN, now=now)
        return True
    transition(deposit, to=Status.COLLECTED, action="door_closed", now=now)
    if found_empty:
        transition(deposit, to=Status.CLEARED, action="door_closed", now=now, detail="sensor")
    return True


@action
def slot_filled(*, box: Box, now: datetime) -> None:
    """Records that something was put into the slot for old documents."""
    Box.objects.filter(pk=box.pk).update(slot_filled_at=now)


@action
def power_returned(*, box: Box, now: datetime) -> int:
    """Gives up every opening that ran while the power was away; returns how many.

    Nobody knows what happened behind these doors: the deposits are `unknown` until staff look.
    """
    running = list(Opening.objects.running().filter(box=box).order_by("pk"))
    for opening in running:
        _lose(opening, kind=Alarm.Kind.POWER_LOST, now=now)
    return len(running)


@action
def watch(*, now: datetime) -> int:
    """Raises the alarm for doors that did not answer or stand open; returns how many it saw.

    An unanswered order is given up: it is never offered to the hardware again.
    """
    silent = list(Opening.objects.unanswered(now=now).order_by("pk"))
    for opening in silent:
        _lose(opening, kind=Alarm.Kind.UNANSWERED, now=now)
    standing = list(Opening.objects.left_open(now=now).order_by("pk"))
    for opening in standing:
        _alarm(opening, kind=Alarm.Kind.LEFT_OPEN, now=now)
    return len(silent) + len(standing)


@action
def sweep(*, now: datetime) -> int:
    """Deletes what only counted for an hour or a day; returns how many rows."""
    heard, _by_model = Nonce.objects.filter(at__lt=now - HEARD_FOR).delete()
    tries, _by_model = WrongTry.objects.filter(at__lt=now - timedelta(days=1)).delete()
    return heard + tries


def _lose(opening: Opening, *, kind: Alarm.Kind, now: datetime) -> None:
    Opening.objects.running().filter(pk=opening.pk).update(failed_at=now, code_hash="")
    deposit = opening.deposit
    if deposit is not None and opening.kind == Opening.Kind.COLLECT:
        deposit = Deposit.objects.get(pk=deposit.pk)
        if deposit.status == Status.OPENED:
            transition(deposit, to=Status.UNKNOWN, action=str(kind.value), now=now)
    _alarm(opening, kind=kind, now=now)


def _alarm(opening: Opening, *, kind: Alarm.Kind, now: datetime) -> None:
    alarm(
        box=opening.box,
        kind=kind,
        cause=f"opening/{opening.pk}",
        compartment=opening.compartment,
        deposit=opening.deposit,
        now=now,
    )

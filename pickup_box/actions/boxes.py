"""Setting up and running a box."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused, action
from config.foundation.staff import Staff
from pickup_box.allocation import Size
from pickup_box.models import Alarm, Box, Compartment, Deposit, Opening
from pickup_box.states import TRANSITIONS, Status
from pickup_box.transitions import alarm, note, open_door, take_turn, transition

CALLS_APART = timedelta(minutes=5)


class CompartmentOccupied(Refused):
    """Something lies, or may lie, behind this door."""

    sentence = _("This compartment is in use. Please take the document out first.")


class BadLayout(Refused):
    """The layout file does not describe compartments."""


@action
def ensure_box(*, slug: str, **facts: Any) -> Box:
    """The box named `slug` with these facts, created or brought up to date.

    Facts that are not named stay as they are. Raises ValidationError for facts that can't be.
    """
    box = Box.objects.filter(slug=slug).first() or Box(slug=slug)
    for name, value in facts.items():
        Box._meta.get_field(name)
        setattr(box, name, value)
    box.full_clean()
    box.save()
    return box


def places(layout: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The compartments that a layout describes, numbered column by column from the top.

    A layout has `low_rows` (rows within reach, counted from the bottom) and `columns`: each says
    how many `times` it stands there and lists the sizes of its `rows` from top to bottom.
    Raises BadLayout.
    """
    try:
        low = set(layout["low_rows"])
        columns_of_rows = [
            list(shape["rows"]) for shape in layout["columns"] for _n in range(shape["times"])
        ]
        found = [
            {
                "row": len(rows) - at,
                "column": column,
                "size": Size[name.upper()].value,
                "is_low": len(rows) - at in low,
            }
            for column, rows in enumerate(columns_of_rows, start=1)
            for at, name in enumerate(rows)
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise BadLayout(_("The layout is not complete: %(what)s") % {"what": error}) from error
    return [{"number": number, **place} for number, place in enumerate(found, start=1)]


@action
def create_compartments(*, box: Box, layout: Mapping[str, Any]) -> int:
    """Adds the compartments of `layout` that `box` does not have yet; returns how many.

    Raises BadLayout when one that exists has another place or size in the layout.
    """
    have = {each.number: each for each in box.compartments.all()}
    new = []
    for place in places(layout):
        there = have.get(place["number"])
        if there is None:
            new.append(Compartment(box=box, **place))
        elif any(getattr(there, name) != value for name, value in place.items()):
            raise BadLayout(
                _("Compartment %(number)s already exists with another place or size.") % place
            )
    Compartment.objects.bulk_create(new)
    return len(new)


@action
def close_compartment(*, compartment: Compartment, by: Staff, now: datetime) -> None:
    """Takes a compartment out of service; raises CompartmentOccupied."""
    empty = Compartment.objects.free().filter(pk=compartment.pk)
    if empty.update(in_service=False) != 1 and Compartment.objects.occupied().filter(
        pk=compartment.pk
    ):
        raise CompartmentOccupied


@action
def reopen_compartment(*, compartment: Compartment, by: Staff, now: datetime) -> None:
    """Puts a repaired compartment back into service."""
    Compartment.objects.filter(pk=compartment.pk).update(in_service=True)


@action
def report_broken(*, box: Box, number: int, now: datetime, by: Staff | None = None) -> None:
    """Records that a door is broken: out of service, an alarm, and what is inside is in `fault`."""
    compartment = Compartment.objects.get(box=box, number=number)
    Compartment.objects.filter(pk=compartment.pk).update(in_service=False)
    inside = Deposit.objects.filter(compartment=compartment)
    caught = [s for s, targets in TRANSITIONS.items() if Status.FAULT in targets]
    deposit = inside.filter(status__in=caught).first()
    if deposit:
        transition(deposit, to=Status.FAULT, action="report_broken", by=by, now=now)
    alarm(
        box=box,
        kind=Alarm.Kind.DOOR_FAULT,
        cause=f"compartment/{compartment.pk}/{now:%Y-%m-%dT%H:%M}",
        compartment=compartment,
        deposit=deposit,
        now=now,
    )


@action
def look_inside(*, compartment: Compartment, by: Staff, reason: str, now: datetime) -> Opening:
    """Opens a door for staff who want to look; the reason is kept."""
    take_turn(compartment.box)
    inside = Deposit.objects.filter(compartment=compartment).exclude(
        status__in=[Status.CLEARED, Status.REMOVED]
    )
    # claimed, so that what is noted is the state it has until this is on record
    deposit = inside.select_for_update(no_key=True).first()
    if deposit:
        note(deposit, action="look_inside", by=by, now=now, detail=reason[:60])
    return open_door(
        deposit=deposit,
        compartment=compartment,
        kind=Opening.Kind.LOOK,
        by=by,
        reason=reason[:60],
        now=now,
    )


@action
def renew_key(*, box: Box) -> Box:
    """Gives the box a new key: the old one and all enrolled terminals end at once."""
    Box.objects.filter(pk=box.pk).update(
        key_generation=F("key_generation") + 1, key_salt=secrets.token_hex()
    )
    return Box.objects.get(pk=box.pk)


@action
def stop_box(*, box: Box, by: Staff, now: datetime) -> None:
    """Lets the terminal open nothing until somebody starts the box again."""
    Box.objects.filter(pk=box.pk).update(status=Box.Status.STOPPED)


@action
def start_box(*, box: Box, by: Staff, now: datetime) -> None:
    """Puts a stopped or pausing box back into operation and marks these alarms as handled."""
    Box.objects.filter(pk=box.pk).update(status=Box.Status.OPEN, paused_until=None)
    halted = [Alarm.Kind.STOPPED, Alarm.Kind.PAUSED]
    box.alarms.filter(kind__in=halted, handled_at=None).update(handled_at=now, handled_by=by)


@action
def handle_alarms(*, alarms: Iterable[Alarm], by: Staff, now: datetime) -> int:
    """Marks alarms as handled; returns how many were still open."""
    open_ones = Alarm.objects.filter(pk__in=[each.pk for each in alarms], handled_at=None)
    return open_ones.update(handled_at=now, handled_by=by)


@action
def call_staff(*, box: Box, now: datetime) -> None:
    """Raises the alarm that somebody at the terminal needs help, once in a few minutes."""
    span = int(now.timestamp() // CALLS_APART.total_seconds())
    alarm(box=box, kind=Alarm.Kind.CALL, cause=f"box/{box.pk}/{span}", now=now)

"""The one place where the status of a deposit is written, and what the actions share."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused
from config.foundation.audit import AccessRecord, record_access
from config.foundation.staff import Staff
from pickup_box.models import Alarm, Box, Compartment, Deposit, DepositEvent, Opening
from pickup_box.states import OCCUPYING, TRANSITIONS, Status


class TransitionNotAllowed(Refused):
    """The deposit is in another state than this act needs; says who brought it there and when."""

    sentence = _("This is not possible now. Please try again or call us.")


def take_turn(box: Box) -> Box:
    """Waits until nobody else acts in `box`, until the transaction ends; returns its fresh row."""
    Box.objects.filter(pk=box.pk).update(turn=F("turn") + 1)
    return Box.objects.get(pk=box.pk)


def transition(
    deposit: Deposit,
    *,
    to: Status,
    action: str,
    now: datetime,
    by: Staff | None = None,
    detail: str = "",
    **columns: object,
) -> Deposit:
    """Brings `deposit` into the state `to` and records the step, in one conditional UPDATE.

    A code never survives the state it was made for; a compartment's rest begins when it is
    given up. Raises TransitionNotAllowed when the state
    table says no or when somebody was first. Assumes a transaction.
    """
    before = Status(deposit.status)
    if to not in TRANSITIONS[before]:
        raise refuse(deposit)
    if to is not Status.NOTIFIED:
        columns.setdefault("code_hashes", "")
    mine = Deposit.objects.filter(pk=deposit.pk, status=before)
    if mine.update(status=to, status_since=now, **columns) != 1:
        raise refuse(deposit)
    held = deposit.compartment_id
    if held and to not in OCCUPYING:
        Compartment.objects.filter(pk=held).update(used_at=now)
    deposit.refresh_from_db()
    DepositEvent.objects.create(
        deposit=deposit,
        at=now,
        action=action,
        from_status=before,
        to_status=to,
        by=by,
        compartment_id=deposit.compartment_id or held,
        detail=detail,
    )
    return deposit


def note(
    deposit: Deposit, *, action: str, now: datetime, by: Staff | None = None, detail: str = ""
) -> None:
    """Records a step that leaves the state as it is."""
    DepositEvent.objects.create(
        deposit=deposit,
        at=now,
        action=action,
        from_status=deposit.status,
        to_status=deposit.status,
        by=by,
        compartment_id=deposit.compartment_id,
        detail=detail,
    )


def refuse(deposit: Deposit) -> TransitionNotAllowed:
    """The refusal that tells the second of two who was first, when, and what the state is now."""
    deposit = Deposit.objects.get(pk=deposit.pk)
    last = deposit.events.select_related("by").last()
    who = str(last.by) if last and last.by else gettext("the box")
    return TransitionNotAllowed(
        gettext("This is not possible: the state is “%(state)s” since %(when)s (by %(who)s).")
        % {
            "state": deposit.get_status_display(),
            "when": date_format(localtime(deposit.status_since), "D, d.m.Y, H:i"),
            "who": who,
        }
    )


def done_before(deposit: Deposit, *, to: Status, action: str, by: Staff | None) -> bool:
    """Whether the same person already did just this: then doing it again is a quiet success."""
    last = deposit.events.last()
    return bool(
        last and deposit.status == to == last.to_status and (last.action, last.by) == (action, by)
    )


def alarm(
    *,
    box: Box,
    kind: Alarm.Kind,
    cause: str,
    now: datetime,
    compartment: Compartment | None = None,
    deposit: Deposit | None = None,
) -> None:
    """Raises an alarm, once for one cause."""
    row = Alarm(box=box, kind=kind, cause=cause, at=now, compartment=compartment, deposit=deposit)
    Alarm.objects.bulk_create([row], ignore_conflicts=True)


def open_door(
    *,
    deposit: Deposit | None,
    compartment: Compartment,
    kind: Opening.Kind,
    by: Staff,
    now: datetime,
    reason: str = "",
) -> Opening:
    """Orders a door open for staff; one that is already being opened stays one order."""
    take_turn(compartment.box)  # two orders at once become one
    record_access(
        by=by,
        kind=AccessRecord.Kind.OPEN,
        subject=f"compartment/{compartment.pk}",
        reason=reason or str(kind.value),
        now=now,
    )
    running = Opening.objects.running().filter(compartment=compartment).first()
    return running or Opening.objects.create(
        box_id=compartment.box_id,
        compartment=compartment,
        deposit=deposit,
        kind=kind,
        by=by,
        reason=reason,
        requested_at=now,
    )

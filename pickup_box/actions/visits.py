"""A person at the terminal."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused, action
from pickup_box import codes
from pickup_box.hashing import code_hash
from pickup_box.models import Alarm, Box, Deposit, Opening, WrongTry
from pickup_box.preconditions import OldDocument
from pickup_box.states import Status
from pickup_box.transitions import alarm, note, take_turn, transition

WRONG_TRIES = 10  # at one terminal ...
WRONG_WINDOW = timedelta(minutes=15)  # ... in this time
PAUSE = timedelta(minutes=5)
OPENINGS_PER_MINUTE = 3
OPENINGS_PER_HOUR = 20
IDENTIFIED_FOR = timedelta(minutes=2)  # long enough to put the old document into the slot
SAME_PRESS = timedelta(seconds=30)


class WrongPickupCode(Refused):
    """Contact, code and birth date don't belong together; which of them is nobody's business."""

    sentence = _(
        "These three entries don't match, or the code is no longer valid. Please "
        "check them. A code stops working after five wrong attempts. If you need "
        "help, call the number below."
    )


class TerminalPaused(Refused):
    """Too many wrong tries at this terminal."""

    sentence = _(
        "There were many wrong entries. The terminal is paused for a short time. "
        "Please try again in 5 min."
    )


class BoxStopped(Refused):
    """The box opens nothing until staff have looked."""

    sentence = _(
        "The box is out of operation at the moment. Your document is safe. Please call us."
    )


class DoorBroken(Refused):
    """The person's compartment is out of service."""

    sentence = _("Your compartment can't be opened at the moment. Please call us.")


class DoorInUse(Refused):
    """Staff are at the person's compartment."""

    sentence = _("A member of staff is at your compartment. Please try again in a moment.")


class OldDocumentNeeded(Refused):
    """The person is right, and has to put the old document into the slot first."""

    sentence = _("Please put your old document into the slot first.")

    def __init__(self, deposit: Deposit) -> None:
        super().__init__()
        self.deposit = deposit


def collect(*, box: Box, contact: str, code: str, birth_date: str, now: datetime) -> Opening:
    """Opens the compartment for which contact, code and birth date are right.

    Pressing twice opens once. Raises WrongPickupCode (the same for everything that is wrong),
    OldDocumentNeeded, TerminalPaused, BoxStopped, DoorBroken or DoorInUse.
    """
    # slow, so it comes before the transaction
    hashed = code_hash(box=box, contact=contact, code=code, birth_date=birth_date)
    return _raise_or_return(_collect(box=box, contact=contact, hashed=hashed, now=now))


def hand_in_and_collect(
    *, deposit: Deposit, issue: int, identified_at: datetime, now: datetime
) -> Opening:
    """Opens the compartment for a person who was identified and put the old document in.

    Raises OldDocumentNeeded while the slot's sensor has seen nothing, WrongPickupCode when two
    minutes are over or the code died meanwhile, and what `collect` raises.
    """
    outcome = _hand_in(deposit=deposit, issue=issue, identified_at=identified_at, now=now)
    return _raise_or_return(outcome)


def others_waiting(opening: Opening, *, now: datetime) -> int:
    """How many more documents this person's contact can collect from the box in the same visit."""
    if opening.deposit is None:
        return 0
    same = Deposit.objects.filter(box=opening.box_id, contact=opening.deposit.contact)
    return same.collectable(now=now).count()


def _raise_or_return(outcome: Opening | Refused) -> Opening:
    # Counts and alarms are to stay, so a refusal is raised only after the commit.
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


@action
def _collect(*, box: Box, contact: str, hashed: str, now: datetime) -> Opening | Refused:
    box = take_turn(box)
    if halted := _halted(box, now=now):
        return halted
    again = _same_press(box, contact, hashed, now=now)
    if again:
        return again
    deposit = _match(box, contact, hashed, now=now)
    if deposit is None:
        _count_wrong_try(box, contact, now=now)
        return WrongPickupCode()
    if deposit.old_document == OldDocument.EXPECTED:
        return OldDocumentNeeded(deposit)
    return _open(box, deposit, hashed=hashed, old_document_in=False, now=now)


@action
def _hand_in(
    *, deposit: Deposit, issue: int, identified_at: datetime, now: datetime
) -> Opening | Refused:
    box = take_turn(deposit.box)
    if halted := _halted(box, now=now):
        return halted
    running = Opening.objects.running().filter(deposit=deposit, kind=Opening.Kind.COLLECT).first()
    if running and running.requested_at > now - SAME_PRESS:
        return running
    valid = Deposit.objects.filter(pk=deposit.pk, issue=issue).collectable(now=now).first()
    if valid is None or identified_at <= now - IDENTIFIED_FOR:
        return WrongPickupCode()
    if box.slot_sensor:
        seen = Box.objects.filter(pk=box.pk, slot_filled_at__gte=identified_at)
        if not seen.update(slot_filled_at=None):
            return OldDocumentNeeded(deposit)
    return _open(box, valid, hashed="", old_document_in=True, now=now)


def _halted(box: Box, *, now: datetime) -> Refused | None:
    if box.status == Box.Status.STOPPED:
        return BoxStopped()
    if box.paused_until and box.paused_until > now:
        return TerminalPaused()
    return None


def _same_press(box: Box, contact: str, hashed: str, *, now: datetime) -> Opening | None:
    running = Opening.objects.running().filter(box=box, deposit__contact=contact)
    return running.filter(code_hash=hashed, requested_at__gt=now - SAME_PRESS).first()


def _match(box: Box, contact: str, hashed: str, *, now: datetime) -> Deposit | None:
    """Counts a try for every deposit of the contact, compares where tries are left, and gives
    the tries back when one of them matched."""
    theirs = Deposit.objects.filter(box=box, contact=contact).collectable(now=now)
    counted = [each.pk for each in theirs.order_by("pk")]
    allowed = [
        pk
        for pk in counted
        if Deposit.objects.filter(pk=pk, wrong_tries__lt=codes.TRIES).update(
            wrong_tries=F("wrong_tries") + 1
        )
    ]
    matching = [
        each
        for each in Deposit.objects.select_related("compartment").filter(pk__in=allowed)
        if _is_among(hashed, each.code_hashes)
    ]
    if not matching:
        return None
    Deposit.objects.filter(pk__in=allowed).update(wrong_tries=F("wrong_tries") - 1)
    return Deposit.objects.get(pk=matching[0].pk)


def _is_among(hashed: str, stored: str) -> bool:
    return any(hmac.compare_digest(hashed, one) for one in stored.split())


def _count_wrong_try(box: Box, contact: str, *, now: datetime) -> None:
    """Makes codes void that used up their tries, and pauses a terminal that sees too many."""
    WrongTry.objects.create(box=box, at=now)
    used_up = Deposit.objects.filter(box=box, contact=contact, wrong_tries__gte=codes.TRIES)
    for deposit in used_up.exclude(code_hashes=""):
        # somebody may move it at this moment: then its code is void by that
        if Deposit.objects.filter(pk=deposit.pk, status=deposit.status).update(code_hashes=""):
            note(deposit, action="void_code", now=now, detail="five wrong tries")
        alarm(
            box=box,
            kind=Alarm.Kind.CODE_VOID,
            cause=f"deposit/{deposit.pk}/{deposit.issue}",
            compartment=deposit.compartment,
            deposit=deposit,
            now=now,
        )
    since = max(now - WRONG_WINDOW, box.paused_until or now - WRONG_WINDOW)
    if WrongTry.objects.filter(box=box, at__gt=since).count() >= WRONG_TRIES:
        Box.objects.filter(pk=box.pk).update(paused_until=now + PAUSE)
        alarm(box=box, kind=Alarm.Kind.PAUSED, cause=f"box/{box.pk}/{now.isoformat()}", now=now)


def _open(
    box: Box, deposit: Deposit, *, hashed: str, old_document_in: bool, now: datetime
) -> Opening | Refused:
    compartment = deposit.compartment
    if compartment is None or not compartment.in_service:
        return DoorBroken()
    if Opening.objects.running().filter(compartment=compartment).exists():
        return DoorInUse()
    if _opens_too_much(box, now=now):
        Box.objects.filter(pk=box.pk).update(status=Box.Status.STOPPED)
        alarm(box=box, kind=Alarm.Kind.STOPPED, cause=f"box/{box.pk}/{now.isoformat()}", now=now)
        return BoxStopped()
    old = OldDocument.SURRENDERED if old_document_in else deposit.old_document
    transition(deposit, to=Status.OPENED, action="collect", now=now, old_document=old)
    return Opening.objects.create(
        box=box,
        compartment=compartment,
        deposit=deposit,
        kind=Opening.Kind.COLLECT,
        requested_at=now,
        by_contact=True,
        by_code=True,
        by_birth_date=True,
        old_document_in=old_document_in,
        code_hash=hashed,
    )


def _opens_too_much(box: Box, *, now: datetime) -> bool:
    mine = Opening.objects.filter(box=box, kind=Opening.Kind.COLLECT)
    limits = {
        timedelta(minutes=1): OPENINGS_PER_MINUTE,
        timedelta(hours=1): OPENINGS_PER_HOUR,
    }
    return any(
        mine.filter(requested_at__gt=now - per).count() >= most for per, most in limits.items()
    )

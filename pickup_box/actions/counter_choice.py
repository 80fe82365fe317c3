"""Choosing the counter instead of the box, on one's own phone."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from config.foundation import limits
from config.foundation.actions import Refused, action
from config.foundation.counter_pickup import Chosen, CounterPickup, Holder, counter_pickup
from pickup_box.actions.visits import WrongPickupCode
from pickup_box.hashing import code_hash
from pickup_box.models import Box, Deposit
from pickup_box.models.deposit import CHOOSE_COUNTER
from pickup_box.states import Status
from pickup_box.transitions import take_turn, transition

# A guess from afar must neither open anything nor make the code void: it has limits of its own.
TRIES_PER_CONTACT, PER_DAY = 10, timedelta(days=1)
TRIES_PER_VISITOR, PER_HOUR = 30, timedelta(hours=1)


class NoCounterTimes(Refused):
    """Nobody can be invited to the counter; the code is as good as before."""

    sentence = _(
        "No appointment at the counter is available at the moment. Your document stays in the box, "
        "and your code still works. Please collect it there, try again later, or call us."
    )


class TooManyCodes(Refused):
    """Too many tries for one contact, or from one place."""

    sentence = _(
        "There were too many attempts. Please try again tomorrow, use your code at the box, or "
        "call us."
    )


def choose_counter(
    *,
    box: Box,
    contact: str,
    code: str,
    birth_date: str,
    family_name: str,
    given_names: str,
    language: str,
    visitor: str,
    now: datetime,
) -> Chosen:
    """Takes a document out of the box's hands and invites its holder to the counter.

    Contact, code and birth date are what opens the door. The same press twice is a quiet success.
    `visitor` is the address limits count by. Raises WrongPickupCode, TooManyCodes or
    NoCounterTimes; then the code works as before.
    """
    # counted outside the action: a refusal must not undo it
    within = [
        limits.take("counter-contact", contact, limit=TRIES_PER_CONTACT, per=PER_DAY, now=now),
        limits.take("counter-visitor", visitor, limit=TRIES_PER_VISITOR, per=PER_HOUR, now=now),
    ]
    if not all(within):
        raise TooManyCodes
    counter = counter_pickup()
    if counter is None:
        raise NoCounterTimes
    # slow, so it comes before the transaction
    hashed = code_hash(box=box, contact=contact, code=code, birth_date=birth_date)
    names = {"family_name": family_name, "given_names": given_names, "language": language}
    return _choose(counter, box=box, contact=contact, hashed=hashed, names=names, now=now)


@action
def _choose(
    counter: CounterPickup,
    *,
    box: Box,
    contact: str,
    hashed: str,
    names: dict[str, str],
    now: datetime,
) -> Chosen:
    box = take_turn(box)  # at the terminal somebody may type the same code
    theirs = Deposit.objects.filter(box=box, contact=contact)
    deposit = _matching(theirs.collectable(now=now), hashed)
    if deposit is None:
        return _chosen_before(counter, theirs, hashed, names, now=now)
    deposit = transition(deposit, to=Status.WITHDRAWN, action=CHOOSE_COUNTER, now=now)
    limits.take("counter-chosen", f"{deposit.subject} {hashed}", limit=1, per=PER_DAY, now=now)
    chosen = counter.invite(_holder(deposit, names), now=now)
    if chosen is None:
        raise NoCounterTimes  # and nothing has changed: the code works as before
    return chosen


def _matching(deposits: QuerySet[Deposit], hashed: str) -> Deposit | None:
    found = None
    for each in deposits.order_by("pk"):
        if any(hmac.compare_digest(hashed, one) for one in each.code_hashes.split()):
            found = found or each
    return found


def _chosen_before(
    counter: CounterPickup,
    deposits: QuerySet[Deposit],
    hashed: str,
    names: dict[str, str],
    *,
    now: datetime,
) -> Chosen:
    """What the same press brought a moment ago; raises WrongPickupCode."""
    gone = deposits.filter(status__in=[Status.WITHDRAWN, Status.RECALLED, Status.REMOVED])
    for each in gone.filter(events__action=CHOOSE_COUNTER).order_by("pk"):
        if limits.used("counter-chosen", f"{each.subject} {hashed}", per=PER_DAY, now=now):
            found = counter.invited(_holder(each, names), now=now)
            if found is not None:
                return found
    raise WrongPickupCode


def _holder(deposit: Deposit, names: dict[str, str]) -> Holder:
    return Holder(
        case_reference=deposit.case_reference,
        birth_date=deposit.holder_birth_date,
        contact=deposit.contact,
        **names,
    )

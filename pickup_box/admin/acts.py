"""What staff can do to a deposit, state by state: one table for all pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.foundation.staff import Staff
from pickup_box.actions import deposits, recalls
from pickup_box.actions.recalls import Found
from pickup_box.models import Deposit
from pickup_box.states import Status

Do = Callable[[Deposit, Staff, datetime, str], Deposit]


@dataclass(frozen=True)
class Act:
    """One button."""

    name: str
    label: Promise
    do: Do
    asks_reason: bool = False


def _settle(found: Found) -> Do:
    return lambda deposit, by, now, reason: recalls.settle(
        deposit=deposit, found=found, by=by, now=now
    )


ACTS = {
    act.name: act
    for act in (
        Act(
            "assign",
            _("Reserve a compartment and open it"),
            lambda deposit, by, now, reason: deposits.assign(deposit=deposit, by=by, now=now),
        ),
        Act(
            "load",
            _("It is in, the door is closed"),
            lambda deposit, by, now, reason: deposits.load(deposit=deposit, by=by, now=now),
        ),
        Act(
            "give_back",
            _("The compartment is empty: free it"),
            lambda deposit, by, now, reason: deposits.give_back(deposit=deposit, by=by, now=now),
        ),
        Act(
            "check_load",
            _("Checked by a second person"),
            lambda deposit, by, now, reason: deposits.check_load(deposit=deposit, by=by, now=now),
        ),
        Act(
            "reissue",
            _("Send a new code"),
            lambda deposit, by, now, reason: deposits.reissue(deposit=deposit, by=by, now=now),
        ),
        Act(
            "recall",
            _("Open it to take the document out"),
            lambda deposit, by, now, reason: recalls.recall(deposit=deposit, by=by, now=now),
        ),
        Act(
            "remove",
            _("Taken out, the compartment is empty"),
            lambda deposit, by, now, reason: recalls.remove(deposit=deposit, by=by, now=now),
        ),
        Act(
            "confirm_empty",
            _("I saw the compartment empty"),
            lambda deposit, by, now, reason: recalls.confirm_empty(deposit=deposit, by=by, now=now),
        ),
        Act("settle_empty", _("I looked: it is empty"), _settle(Found.EMPTY)),
        Act("settle_inside", _("I looked: it is still inside"), _settle(Found.INSIDE)),
        Act("settle_taken_out", _("I took the document out"), _settle(Found.TAKEN_OUT)),
        Act(
            "withdraw",
            _("Withdraw"),
            lambda deposit, by, now, reason: deposits.withdraw(
                deposit=deposit, by=by, reason=reason, now=now
            ),
            asks_reason=True,
        ),
    )
}

_BY_STATUS = {
    Status.DRAFTED: ["assign", "withdraw"],
    Status.ASSIGNED: ["load", "give_back", "withdraw"],
    Status.LOADED: ["withdraw"],
    Status.NOTIFIED: ["reissue", "withdraw"],
    Status.UNKNOWN: ["settle_empty", "settle_inside", "settle_taken_out"],
    Status.COLLECTED: ["confirm_empty"],
    Status.EXPIRED: ["recall"],
    Status.WITHDRAWN: ["recall"],
    Status.RECALLED: ["remove"],
    Status.FAULT: ["settle_inside", "settle_taken_out"],
}


def acts_for(deposit: Deposit) -> list[Act]:
    """The buttons that make sense for `deposit` now; the verbs themselves decide."""
    names = _BY_STATUS.get(Status(deposit.status), [])
    if deposit.status == Status.WITHDRAWN and deposit.compartment_id is None:
        names = []
    if deposit.status == Status.LOADED and deposit.box.four_eyes and not deposit.checked_by_id:
        names = ["check_load", *names]
    return [ACTS[name] for name in names]

"""What staff can do to a deposit, state by state: one table for all pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.foundation.staff import Staff
from pickup_box.actions import deposits, recalls
from pickup_box.actions.recalls import Found
from pickup_box.models import Deposit
from pickup_box.states import Status


@dataclass(frozen=True)
class Act:
    """One button and the action behind it."""

    name: str
    label: Promise
    action: Callable[..., Deposit]
    asks_reason: bool = False

    def do(self, deposit: Deposit, *, by: Staff, now: datetime, reason: str) -> Deposit:
        """Does it; raises what the action raises."""
        more = {"reason": reason} if self.asks_reason else {}
        return self.action(deposit=deposit, by=by, now=now, **more)


def _settle(found: Found) -> Callable[..., Deposit]:
    return partial(recalls.settle, found=found)


ACTS = {
    act.name: act
    for act in (
        Act("assign", _("Reserve a compartment and open it"), deposits.assign),
        Act("load", _("It is in, the door is closed"), deposits.load),
        Act("give_back", _("The compartment is empty: free it"), deposits.give_back),
        Act("check_load", _("Checked by a second person"), deposits.check_load),
        Act("reissue", _("Send a new code"), deposits.reissue),
        Act("recall", _("Open it to take the document out"), recalls.recall),
        Act("remove", _("Taken out, the compartment is empty"), recalls.remove),
        Act("confirm_empty", _("I saw the compartment empty"), recalls.confirm_empty),
        Act("settle_empty", _("I looked: it is empty"), _settle(Found.EMPTY)),
        Act("settle_inside", _("I looked: it is still inside"), _settle(Found.INSIDE)),
        Act("settle_taken_out", _("I took the document out"), _settle(Found.TAKEN_OUT)),
        Act("withdraw", _("Withdraw"), deposits.withdraw, asks_reason=True),
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
    """The buttons that make sense for `deposit` now; the actions themselves decide."""
    names = _BY_STATUS.get(Status(deposit.status), [])
    if deposit.status == Status.WITHDRAWN and deposit.compartment_id is None:
        names = []
    if deposit.status == Status.LOADED and deposit.box.four_eyes and not deposit.checked_by_id:
        names = ["check_load", *names]
    return [ACTS[name] for name in names]

"""What staff can do to a deposit, state by state, and what was done in words: one for all pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils.functional import Promise
from django.utils.timezone import localtime
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

    @property
    def step(self) -> str:
        """The name of the step that it leaves."""
        return "settle" if self.name.startswith("settle_") else self.name

    def do(self, deposit: Deposit, *, by: Staff, now: datetime, reason: str) -> Deposit:
        """Does it; raises what the action raises."""
        more = {"reason": reason} if self.asks_reason else {}
        return self.action(deposit=deposit, by=by, now=now, **more)


# What a step of a deposit is called once it is done.
STEPS: dict[str, Promise] = {
    "amend": _("details corrected"),
    "assign": _("compartment reserved, door opened"),
    "check_load": _("checked by a second person"),
    "choose_counter": _("person chose the counter and is invited to an appointment"),
    "collect": _("collected"),
    "confirm_empty": _("compartment seen empty"),
    "door_closed": _("door closed"),
    "draft": _("document recorded"),
    "expire": _("time to collect is over"),
    "give_back": _("compartment given back, it was empty"),
    "issue_code": _("code sent"),
    "load": _("put in, door closed"),
    "look_inside": _("door opened to look inside"),
    "notify": _("message sent"),
    "recall": _("door opened to take the document out"),
    "reissue": _("new code promised"),
    "remove": _("document taken out, compartment empty"),
    "report_broken": _("door reported broken"),
    "settle": _("looked behind the door"),
    "void_code": _("code void after too many wrong tries"),
    "withdraw": _("withdrawn"),
}
TONES = {
    Status.DRAFTED: "info",
    Status.ASSIGNED: "info",
    Status.LOADED: "info",
    Status.NOTIFIED: "success",
    Status.OPENED: "warning",
    Status.UNKNOWN: "danger",
    Status.EXPIRED: "warning",
    Status.WITHDRAWN: "warning",
    Status.RECALLED: "warning",
    Status.COLLECTED: "warning",
    Status.FAULT: "danger",
}


def step_in_words(action: str) -> str:
    """What was done; a step of an older release keeps its name."""
    return str(STEPS.get(action, action))


def told(deposit: Deposit, action: str, *, by: Staff, now: datetime) -> str:
    """The message after a press: which document, what was done, when and by whom."""
    return f"{deposit}: {step_in_words(action)} ({localtime(now):%H:%M}, {by})"


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

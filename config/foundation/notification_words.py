"""What the kinds of letters are called at the desk."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from config.foundation import outbox

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

KINDS: dict[str, StrOrPromise] = {
    "booking.code": _("Code to confirm the address"),
    "booking.confirmation": _("Confirmation of the appointment"),
    "booking.link": _("Link to the appointment"),
    "booking.reminder": _("Reminder of the appointment"),
    "booking.second": _("Notice of a second booking attempt"),
    "booking.cancellation": _("Cancellation"),
    "booking.displacement": _("Appointment lost to a closure"),
    "booking.offer": _("Offer of an appointment"),
    "booking.text_code": _("SMS with the code to confirm the number"),
    "booking.text_reminder": _("Reminder by SMS"),
    "booking.text_called_off": _("Cancellation by SMS"),
    "booking.text_invitation": _("Invitation by SMS"),
    "booking.invitation": _("Invitation to choose an appointment"),
    "booking.invitation_reminder": _("Reminder of the invitation"),
    "booking.invitation_last_call": _("Last call before the end of the invitation"),
    "booking.invitation_over": _("End of the invitation"),
    "booking.waiting_joined": _("Place on the waiting list"),
    "booking.waiting_ended": _("End of the place on the waiting list"),
    "applications.code": _("Code for an online application"),
    "applications.receipt": _("Receipt of an online application"),
    "applications.link": _("Link to an online application"),
    "applications.request": _("Request for papers"),
    "applications.request_reminder": _("Reminder of the request for papers"),
    "applications.request_over": _("Papers no longer needed"),
    "applications.withdrawn": _("Notice of a withdrawn application"),
    "applications.closed": _("Notice of the end of a review"),
    "applications.supplied": _("Receipt of papers sent afterwards"),
    "pickup_ready": _("Document ready to be collected"),
    "pickup_reminder": _("Reminder to collect the document"),
    "pickup_expired": _("Time to collect is over"),
    "pickup_withdrawn": _("Document no longer in the box"),
}
FAILURES: dict[str, StrOrPromise] = {
    "too late": _("not sent before its end"),
    "number refused": _("the number was refused"),
    outbox.UNANSWERED: _("perhaps delivered: the mail server did not answer"),
    outbox.RELAY_FAILED: _("the mail server could not be reached"),
    outbox.GATEWAY_FAILED: _("the service for short messages could not be reached"),
}


class Standing(NamedTuple):
    """How a letter stands: in a word, with its tone at the desk, and in a sentence."""

    word: StrOrPromise
    tone: str
    meaning: StrOrPromise


STANDINGS = {
    "bounced": Standing(
        _("came back"),
        "danger",
        _("A mail server has sent it back: the person does not have it. Please call them."),
    ),
    "failed": Standing(
        _("failed"),
        "danger",
        _("It has not left and is not tried again. Please tell the person in another way."),
    ),
    "withdrawn": Standing(
        pgettext_lazy("a message", "withdrawn"),
        "",
        _("It was not sent, since what it was about was over by the time it was due."),
    ),
    "sent": Standing(
        _("sent"),
        "success",
        _("It was handed over for delivery. That is not proof that it has arrived."),
    ),
    "tried": Standing(
        _("waits"),
        "warning",
        _("It could not leave yet. It is tried again without anybody having to do anything."),
    ),
    "planned": Standing(
        _("planned"),
        "",
        _("It leaves by itself at its time, if what it is about still holds by then."),
    ),
    "waits": Standing(_("waits"), "info", _("It leaves by itself within the next minutes.")),
}
ENDS = ("bounced", "failed", "withdrawn", "sent")


def standing_of(row: outbox.Notification, *, now: datetime) -> str:
    """The key of how a letter stands at `now` (UTC)."""
    for end in ENDS:
        if getattr(row, f"{end}_at"):
            return end
    if row.attempts:
        return "tried"
    return "planned" if row.due_at > now else "waits"


def kind_in_words(kind: str) -> str:
    """As staff call it; a kind of an older release keeps its name."""
    return str(KINDS.get(kind, kind))


def failure_in_words(failure: str) -> str:
    """Why it was not sent; what a mail server answered stays as it was."""
    if failure.startswith(outbox.BROKEN):
        return str(_("the text could not be written; please tell whoever runs the system"))
    return str(FAILURES.get(failure, failure))

"""What the page of a deposit shows: its facts, what is missing, its letters, steps and openings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.foundation.admin_bases import tag, wall_day, wall_time
from config.foundation.dates import show_birth_date
from config.foundation.notification_words import kind_in_words
from config.foundation.outbox import Notification
from config.foundation.sheets import qr_svg
from pickup_box.actions import deposits
from pickup_box.admin.deposit_actions import TONES, acts_for, step_in_words
from pickup_box.models import Deposit, DepositEvent
from pickup_box.preconditions import Missing
from pickup_box.states import Status

MISSING: dict[Missing, Promise] = {
    Missing.CONSENT: gettext_lazy("Declaration of consent"),
    Missing.CONSENT_REVOKED: gettext_lazy("Consent was revoked"),
    Missing.REPRESENTATIVE: gettext_lazy("Legal representative"),
    Missing.AUTHORITY: gettext_lazy("Proof of representation or authority"),
    Missing.PIN_LETTER: gettext_lazy("PIN letter"),
    Missing.OLD_DOCUMENT: gettext_lazy("Old document"),
}
# What a status change of `settle` found.
_FOUND = {
    "empty": gettext_lazy("it was empty"),
    "inside": gettext_lazy("the document is inside"),
    "taken_out": gettext_lazy("document taken out"),
}


@dataclass(frozen=True)
class Gap:
    """One thing that is missing, and what to do about it."""

    what: str
    todo: str
    needs_consent: bool


def gaps_of(deposit: Deposit, *, now: datetime) -> list[Gap]:
    """Everything that stands between a waiting document and the box."""
    if deposit.status != Status.DRAFTED:
        return []
    return [
        Gap(str(MISSING[each]), str(deposits.REFUSAL_FOR[each].sentence), each == Missing.CONSENT)
        for each in deposits.missing_of(deposit, now=now)
    ]


def state_of(deposit: Deposit, *, now: datetime) -> SafeString:
    """The status as a coloured word; what is recorded waits for a compartment or is not whole."""
    if deposit.status == Status.DRAFTED:
        if deposits.missing_of(deposit, now=now):
            return tag(_("not complete yet"), "warning")
        return tag(_("waits for a compartment"), "info")
    return tag(deposit.get_status_display(), TONES.get(Status(deposit.status), ""))


def beside(deposit: Deposit, *, now: datetime) -> dict[str, Any]:
    """The context of the page besides its form."""
    gaps = gaps_of(deposit, now=now)
    return {
        "deposit": deposit,
        "acts": [act for act in acts_for(deposit) if not gaps or act.name != "assign"],
        "state": state_of(deposit, now=now),
        "gaps": gaps,
        "amends": any(not gap.needs_consent for gap in gaps),
        "waits": deposit.status == Status.DRAFTED,
        "born": show_birth_date(deposit.holder_birth_date) if deposit.holder_birth_date else "–",
        "consent": _consent(deposit),
        "qr": qr_svg(deposit.reference, title=deposit.reference),
        "steps": steps_in_words(deposit.events.order_by("-pk")),
        "letters": _letters(deposit),
        "openings": deposit.openings.select_related("by", "compartment").order_by("-pk"),
        "show_save_and_add_another": False,
        "show_save_and_continue": False,
    }


def _consent(deposit: Deposit) -> str:
    if deposit.consent is None:
        return _("missing")
    if deposit.consent.revoked_on:
        return _("revoked on %s") % wall_day(deposit.consent.revoked_on)
    return _("received on %s") % wall_day(deposit.consent.received_on)


def steps_in_words(steps: QuerySet[DepositEvent], *, named: bool = False) -> list[str]:
    """ "Freitag 15:49, Birgit Kurz: Dokument erfasst"; `named` says of which document."""
    found = []
    for step in steps.select_related("by", "compartment", "deposit"):
        at = wall_time(step.at)
        who = str(step.by or _("by itself"))
        door = _("Compartment %s") % step.compartment.number if step.compartment else ""
        detail = "" if step.action == "amend" else str(_FOUND.get(step.detail, step.detail))
        what = str(step.deposit) if named else door
        said = ", ".join(filter(None, (step_in_words(step.action), what, detail)))
        found.append(f"{at}, {who}: {said}")
    return found


def _letters(deposit: Deposit) -> list[tuple[str, SafeString]]:
    letters = Notification.objects.filter(subject=deposit.subject).order_by("pk")
    return [(kind_in_words(each.kind), _outcome(each)) for each in letters]


def _outcome(letter: Notification) -> SafeString:
    if letter.failed_at:
        return tag(_("failed"), "danger")
    if letter.withdrawn_at:
        return tag(_("not sent, no longer needed"))
    if letter.sent_at:
        sent = _("sent")
        return tag(f"{sent} {wall_time(letter.sent_at)}", "success")
    return tag(_("waits"), "info")

"""The wording of every code in `eligibility.rules`: kind, plain, short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from config.foundation.office import ServiceStatus, service_status

if TYPE_CHECKING:  # the stubs' name for a text that is translated when it is shown
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Choice:
    """One answer to "what happened?", with the line that helps to choose it."""

    title: _StrPromise
    hint: _StrPromise


@dataclass(frozen=True)
class Referral:
    """Who helps instead, when an emergency appointment does not."""

    title: _StrPromise
    text: _StrPromise


CATEGORIES = {
    "expired": Choice(
        _("My residence title has expired"),
        _("The last day on the card or in the passport has passed."),
    ),
    "expiring": Choice(
        _("My residence title expires within 7 days"),
        _("And you have no appointment at the immigration office yet."),
    ),
    "job_loss": Choice(
        _("I could lose my job"),
        _("Because of your residence papers. You can prove it."),
    ),
    "urgent_travel": Choice(
        _("I have to travel abroad urgently within 7 days"),
        _("For a personal reason or for work. You can prove it."),
    ),
    "lost_document": Choice(
        _("I have lost my residence document"),
        _("Lost or stolen, for example your residence card."),
    ),
    "other": Choice(
        _("Something else"),
        _("We will show you who can help."),
    ),
}

REASONS = {
    "title_expired": _("Your residence title has expired."),
    "title_expires_soon": _("Your residence title expires within 7 days."),
    "job_at_risk": _("You could lose your job, and you can prove it."),
    "travel_soon": _("You have to travel abroad urgently within 7 days, and you can prove why."),
    "document_lost": _("You have lost your residence document."),
    "expires_later": _(
        "Your residence title is valid for more than 7 days. Emergency appointments "
        "are only for titles that have expired or expire within 7 days."
    ),
    "has_appointment": _(
        "You already have an appointment at the immigration office. Emergency "
        "appointments are for people who have no appointment."
    ),
    "job_proof_missing": _("You need proof that you could lose your job."),
    "departure_past": _("The day of your departure has passed."),
    "departure_later": _(
        "Your journey begins in more than 7 days. Emergency appointments are only for "
        "journeys within the next 7 days."
    ),
    "travel_proof_missing": _("You need proof of the reason for your journey."),
    "passport_lost": _(
        "Your national passport is issued by your own country, not by the immigration office."
    ),
    "no_category": _("Emergency appointments are only for the five situations in our list."),
}

ROUTES = {
    "regular": Referral(
        _("Make a regular application"),
        _(
            "Please apply now, online or in writing. The office checks your papers and "
            "then sends you an appointment."
        ),
    ),
    # instead of the ordinary way, while the office gives no ordinary appointments
    "regular_restricted": Referral(
        _("Make a regular application"),
        _(
            "Please apply now, online or in writing. The office is not giving regular "
            "appointments at the moment, but your application still counts."
        ),
    ),
    "keep_appointment": Referral(
        _("Keep the appointment you have"),
        _("If you can't come or the appointment is too late for you, please write to the office."),
    ),
    "employer": Referral(
        _("Ask your employer for a letter"),
        _(
            "It should say that you could lose your job without valid papers. It can be a "
            "letter or an e-mail. When you have it, come back here. You can then book an "
            "emergency appointment."
        ),
    ),
    "travel_proof": Referral(
        _("Get proof first"),
        _(
            "For example a doctor's letter, a death certificate, a letter about the "
            "business trip or the tickets. When you have it, come back here. You can then "
            "book an emergency appointment."
        ),
    ),
    "ask": Referral(
        _("Write to the office"),
        _("Please say what happened and what you need now."),
    ),
    "embassy": Referral(
        _("Contact your country's embassy or consulate"),
        _(
            "Please apply there for a new passport, and report the loss to the "
            "police. If your residence title was a sticker in the passport, go back "
            "and choose “Residence card or sticker in my passport”."
        ),
    ),
}


def referral_at(code: str, *, now: datetime) -> Referral | None:
    """Who helps instead, as the office works at `now` (UTC); None for no code of a way."""
    return ROUTES.get(way_of(code, now=now))


def way_of(code: str, *, now: datetime) -> str:
    """The code of a way as the office works at `now` (UTC)."""
    restricted = service_status().state_at(now) == ServiceStatus.State.RESTRICTED
    return "regular_restricted" if restricted and code == "regular" else code


# ways on which somebody comes back here as soon as there is a proof
PROOF_FIRST = frozenset({"employer", "travel_proof"})

HINTS = {
    "applied_in_time": _(
        "If you applied for an extension before your title expired, your title "
        "usually remains valid until the office decides (§ 81 (4) AufenthG). You "
        "can ask for a provisional certificate (Fiktionsbescheinigung)."
    ),
    "apply_in_time": _(
        "Apply for the extension before your title expires, online or in writing. The "
        "last day still counts. The title then usually stays valid until the office "
        "decides (§ 81 (4) AufenthG)."
    ),
    "keep_appointment": _(
        "Keep the appointment you already have until you know whether you still need it."
    ),
    "bring_proof": _(
        "Please bring the proof to the appointment. You don't need to upload anything here."
    ),
    "report_loss": _(
        "Report the loss to the police and bring the report if you have one. If you "
        "find the card again, please don't use it."
    ),
}

YES_NO = (("yes", _("Yes")), ("no", _("No")))
TRAVEL_REASONS = (
    ("personal", _("Personal, for example illness or death in the family")),
    ("professional", _("For work, for example a business trip")),
)
LOST_DOCUMENTS = (
    ("residence_card", _("Residence card or sticker in my passport")),
    ("fiction_certificate", _("Provisional certificate (Fiktionsbescheinigung)")),
    ("travel_document", _("German travel document (Reiseausweis)")),
    ("supplement", _("Supplementary sheet (Zusatzblatt)")),
    ("passport", _("Only the passport of my country")),
)

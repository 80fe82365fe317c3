"""The wording of every code in `eligibility.rules`: kind, plain, short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:  # the stubs' name for a text that is translated when it is shown
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Choice:
    """One answer to "what happened?", with the line that helps to choose it."""

    title: _StrPromise
    hint: _StrPromise


@dataclass(frozen=True)
class Route:
    """Who helps instead, when an emergency appointment does not."""

    title: _StrPromise
    text: _StrPromise


CATEGORIES = {
    "expired": Choice(
        _("My residence title has expired"),
        _("The last day on the card or in the passport is over."),
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
        _("I must travel abroad urgently within 7 days"),
        _("For a personal or work reason. You can prove it."),
    ),
    "lost_document": Choice(
        _("I have lost my residence document"),
        _("For example your residence card. Stolen counts too."),
    ),
    "other": Choice(
        _("Something else"),
        _("We show you who can help."),
    ),
}

REASONS = {
    "title_expired": _("Your residence title has expired."),
    "title_expires_soon": _("Your residence title expires within 7 days."),
    "job_at_risk": _("You could lose your job, and you can prove it."),
    "travel_soon": _("You must travel abroad urgently within 7 days, and you can prove why."),
    "document_lost": _("You have lost your residence document."),
    "expires_later": _(
        "Your residence title is valid for more than 7 days. "
        "Emergency appointments are for the last 7 days only."
    ),
    "has_appointment": _(
        "You already have an appointment at the immigration office. "
        "Emergency appointments are for people who have none."
    ),
    "job_proof_missing": _("You need a proof that you could lose your job."),
    "departure_past": _("The day of your departure is over."),
    "departure_later": _(
        "You travel in more than 7 days. Emergency appointments are for the next 7 days only."
    ),
    "travel_proof_missing": _("You need a proof of why you must travel."),
    "passport_lost": _(
        "A national passport is not issued by the immigration office but by your own country."
    ),
    "no_category": _("Emergency appointments are for the five situations in our list only."),
}

ROUTES = {
    "regular": Route(
        _("Please make an ordinary application"),
        _(
            "Please apply now, online or in writing. "
            "The office checks your papers and sends you an appointment."
        ),
    ),
    # instead of the ordinary way, while the office gives no ordinary appointments
    "regular_restricted": Route(
        _("Please make an ordinary application"),
        _(
            "Please apply now, online or in writing. The office gives no ordinary appointments at "
            "the moment; your application counts all the same."
        ),
    ),
    "keep_appointment": Route(
        _("Please keep the appointment you have"),
        _("If you can't come, or if it is too late for you, please write to the office."),
    ),
    "employer": Route(
        _("First ask your employer for a letter"),
        _(
            "It says that you could lose your job without valid papers, for example as a letter "
            "or an e-mail. When you have it, you can book an emergency appointment here."
        ),
    ),
    "travel_proof": Route(
        _("First get a proof"),
        _(
            "For example a doctor's letter, a death certificate, a letter about the business trip "
            "or the tickets. When you have it, you can book an emergency appointment here."
        ),
    ),
    "ask": Route(
        _("Please write to the office"),
        _("Say what has happened and what you need now."),
    ),
    "embassy": Route(
        _("Please contact your country's embassy or consulate"),
        _(
            "Ask there for a new passport, and report the loss to the police. "
            "Was your residence title a sticker inside the passport? "
            "Then go back and choose the residence card."
        ),
    ),
}

# ways on which somebody comes back here as soon as there is a proof
PROOF_FIRST = frozenset({"employer", "travel_proof"})

HINTS = {
    "applied_in_time": _(
        "Did you apply for an extension before your title expired? Then it usually counts as "
        "valid until the office decides (§ 81 (4) AufenthG). "
        "You can ask for a certificate that says so."
    ),
    "apply_in_time": _(
        "Apply for the extension before your title expires, online or in writing: its last day "
        "still counts. Then it usually stays valid until the office decides (§ 81 (4) AufenthG)."
    ),
    "keep_appointment": _(
        "Keep the appointment you already have until you know whether you still need it."
    ),
    "bring_proof": _("Please bring the proof to the appointment. Nothing is uploaded here."),
    "report_loss": _(
        "Report the loss to the police and bring the report, if you have one. "
        "If the card is found later, please don't use it."
    ),
}

YES_NO = (("yes", _("Yes")), ("no", _("No")))
TRAVEL_REASONS = (
    ("personal", _("Personal, for example illness or death in the family")),
    ("professional", _("For work, for example a business trip")),
)
LOST_DOCUMENTS = (
    ("residence_card", _("Residence card or residence sticker")),
    ("fiction_certificate", _("Provisional certificate (Fiktionsbescheinigung)")),
    ("travel_document", _("German travel document (Reiseausweis)")),
    ("supplement", _("Supplementary sheet (Zusatzblatt)")),
    ("passport", _("Only the passport of my country")),
)

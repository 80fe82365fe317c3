"""What staff read of a decision: the codes of `labels`, about the person and not to them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from eligibility.labels import LOST_DOCUMENTS, Referral, way_of
from eligibility.rules import PASSPORT

if TYPE_CHECKING:  # the stubs' name for a text that is translated when it is shown
    from django.utils.functional import _StrPromise

REASONS: dict[str, _StrPromise] = {
    "title_expired": _("The person's residence title has expired."),
    "title_expires_soon": _("The person's residence title expires within 7 days."),
    "job_at_risk": _("The person could lose their job and can prove it."),
    "travel_soon": _("The person must travel abroad urgently within 7 days and can prove why."),
    "document_lost": _("The person has lost their residence document."),
    "expires_later": _(
        "The person's residence title is valid for more than 7 days. Emergency appointments are "
        "only for titles that have expired or expire within 7 days."
    ),
    "has_appointment": _(
        "The person already has an appointment at the immigration office. Emergency appointments "
        "are for people who have none."
    ),
    "job_proof_missing": _("The person has no proof that they could lose their job."),
    "departure_past": _("The day of departure has passed."),
    "departure_later": _(
        "The person's journey begins in more than 7 days. Emergency appointments are only for "
        "journeys within the next 7 days."
    ),
    "travel_proof_missing": _("The person has no proof of the reason for the journey."),
    "passport_lost": _(
        "The national passport is issued by the person's own country, not by the immigration "
        "office."
    ),
    "no_category": _("The concern is none of the five emergencies."),
}

ROUTES = {
    "regular": Referral(
        _("Ordinary application"),
        _(
            "The person applies online or in writing. The office checks the papers and then sends "
            "an appointment."
        ),
    ),
    "regular_restricted": Referral(
        _("Ordinary application"),
        _(
            "The person applies online or in writing. The office gives no ordinary appointments at "
            "the moment; the application counts all the same."
        ),
    ),
    "keep_appointment": Referral(
        _("Keep the present appointment"),
        _("If the person can't come or the appointment is too late, they write to the office."),
    ),
    "employer": Referral(
        _("Letter from the employer"),
        _(
            "It says that the job could be lost without valid papers; an e-mail suffices. With it "
            "the person can book an emergency appointment."
        ),
    ),
    "travel_proof": Referral(
        _("Proof of the journey"),
        _(
            "For example a doctor's letter, a death certificate, a letter about the business trip "
            "or the tickets. With it the person can book an emergency appointment."
        ),
    ),
    "ask": Referral(
        _("Letter to the office"),
        _("The person writes what happened and what they need now."),
    ),
    "embassy": Referral(
        _("Embassy or consulate of the person's country"),
        _(
            "The person applies there for a new passport and reports the loss to the police. If "
            "the residence title was a sticker in the passport, check again with the residence "
            "card as the answer."
        ),
    ),
}

LOST = {
    **dict(LOST_DOCUMENTS),
    "residence_card": _("Residence card or sticker in the passport"),
    PASSPORT: _("Only the national passport"),
}


def staff_referral_at(code: str, *, now: datetime) -> Referral | None:
    """Who helps instead, as the office works at `now` (UTC); None for no code of a way."""
    return ROUTES.get(way_of(code, now=now))

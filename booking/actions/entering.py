"""Coming in: entries are kept while their address proves itself; and finding back."""

from __future__ import annotations

import hmac
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from booking.actions.applicants import request_code, save_draft, waive_verification
from booking.actions.holding import require_open
from booking.actions.refusals import TooManyLetters, TooManyLookups, WrongReference
from booking.models import Applicant, Appointment
from config.foundation import limits

HOUR = timedelta(hours=1)
LOOKUPS_PER_REFERENCE = 10
# A shelter shares one address: only wrong lookups count against it.
WRONG_LOOKUPS_PER_VISITOR = 60


def enter(
    *, applicant: Applicant | None, email: str, may_waive: bool, now: datetime, **entries: Any
) -> Applicant:
    """Keeps what a person entered (see `save_draft`) and asks their address to prove itself.

    The proof is waived while our own relay is down, if `may_waive`. A code that was promised a
    moment ago is enough. Raises ServicePaused or NotEligible.
    """
    require_open()
    new_address = applicant is not None and applicant.email != email
    draft = save_draft(applicant=applicant, email=email, now=now, **entries)
    if draft.is_verified or (may_waive and waive_verification(applicant=draft, now=now)):
        return draft
    # after too many letters the next page says where the code went and offers another one
    with suppress(TooManyLetters):
        request_code(applicant=draft, now=now, new_address=new_address)
    return draft


def find_appointment(
    *, reference: str, birth_date: str, visitor: str, now: datetime
) -> Appointment:
    """The appointment with this reference whose person has this birth date (in stored form).

    `visitor` is the address limits count by. Whether the reference exists is not told. Raises
    WrongReference or TooManyLookups.
    """
    tries = limits.used("wrong-lookup", visitor, per=HOUR, now=now)
    counted = limits.take("lookup", reference, limit=LOOKUPS_PER_REFERENCE, per=HOUR, now=now)
    if tries >= WRONG_LOOKUPS_PER_VISITOR or not counted:
        raise TooManyLookups
    found = (
        Appointment.objects.filter(reference=reference, applicant__forgotten_at=None)
        .select_related("applicant")
        .first()
    )
    known = found.applicant.birth_date if found else ""
    if not hmac.compare_digest(known, birth_date) or found is None:
        limits.take("wrong-lookup", visitor, limit=WRONG_LOOKUPS_PER_VISITOR, per=HOUR, now=now)
        raise WrongReference
    return found

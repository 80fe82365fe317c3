"""Coming in: entries are kept while their address proves itself; and finding back."""

from __future__ import annotations

import hmac
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from booking.actions.applicants import defer_verification, enqueue_code, save_draft
from booking.actions.preconditions import require_open
from booking.actions.refusals import (
    TooManyAddresses,
    TooManyLetters,
    TooManyLookups,
    WrongReference,
)
from booking.models import Applicant, Appointment, Invitation
from config.foundation import limits
from config.foundation.actions import action
from config.foundation.office import Office, current_office

Row = TypeVar("Row", Appointment, Invitation)

HOUR = timedelta(hours=1)
LOOKUPS_PER_REFERENCE = 10
# A shelter shares one address: only wrong lookups count against it.
WRONG_LOOKUPS_PER_VISITOR = 60
# So many of one shelter may enter within an hour before their devices are asked for a proof.
ENTRIES_PER_VISITOR = 100
CROWD_WITHIN = timedelta(minutes=10)
# Nobody can have strangers' mailboxes filled by the thousand from one place. A code comes with
# about ten pages, so people who share an address are free up to sixty requests a minute.
ADDRESSES_PER_VISITOR, ADDRESSES_PER = 60, timedelta(minutes=10)


def is_proof_needed(*, visitor: str, now: datetime) -> bool:
    """Whether who enters at `now` (UTC) must first show to be no machine; counts the entry.

    As the office says, by default only while very many are on their way or `visitor`, the address
    limits count by, enters again and again.
    """
    office = current_office()
    if office.proof != Office.Proof.ATTACK:
        return office.proof == Office.Proof.ALWAYS
    if not limits.take("entry", visitor, limit=ENTRIES_PER_VISITOR, per=HOUR, now=now):
        return True
    crowd = Applicant.objects.filter(touched_at__gt=now - CROWD_WITHIN)
    return crowd[: office.proof_above + 1].count() > office.proof_above


@action
def submit_details(
    *,
    applicant: Applicant | None,
    email: str,
    may_waive: bool,
    visitor: str,
    now: datetime,
    **entries: Any,
) -> Applicant:
    """Keeps what a person entered (see `save_draft`) and asks their address to prove itself.

    The proof is waived while our own relay is down, if `may_waive`. A code that was promised a
    moment ago is enough. `visitor` is the address limits count by. Raises ServicePaused,
    NotEligible, EntriesChanged or TooManyAddresses; nothing is kept then.
    """
    require_open(now=now)
    new_address = applicant is not None and applicant.email != email
    draft = save_draft(applicant=applicant, email=email, now=now, **entries)
    if draft.is_verified or (may_waive and defer_verification(applicant=draft, now=now)):
        return draft
    if new_address or applicant is None or draft.pk != applicant.pk:
        _count_address(visitor, now=now)
    # after too many letters the next page says where the code went and offers another one
    with suppress(TooManyLetters):
        enqueue_code(draft, now=now, new_address=new_address)
    return draft


def _count_address(visitor: str, *, now: datetime) -> None:
    within = limits.take_of_visitor(
        "code-address", visitor, limit=ADDRESSES_PER_VISITOR, per=ADDRESSES_PER, now=now
    )
    if not within:
        raise TooManyAddresses


def find_appointment(
    *, reference: str, birth_date: str, visitor: str, now: datetime
) -> Appointment:
    """The appointment with this reference whose person has this birth date (in stored form).

    `visitor` is the address limits count by. Whether the reference exists is not told. Raises
    WrongReference or TooManyLookups.
    """
    rows = Appointment.objects.select_related("applicant")
    found = _look_up(rows, reference, birth_date, visitor=visitor, now=now)
    if found is None:
        raise WrongReference
    return found


def find_invitation(*, reference: str, birth_date: str, visitor: str, now: datetime) -> Invitation:
    """The invitation, as `find_appointment` finds an appointment, within the same limits."""
    rows = Invitation.objects.select_related("applicant", "quota")
    found = _look_up(rows, reference, birth_date, visitor=visitor, now=now)
    if found is None:
        raise WrongReference(
            _("We can't find an invitation with this number and date of birth. Please check both.")
        )
    return found


def _look_up(
    rows: QuerySet[Row], reference: str, birth_date: str, *, visitor: str, now: datetime
) -> Row | None:
    tries = limits.used("wrong-lookup", visitor, per=HOUR, now=now)
    counted = limits.take("lookup", reference, limit=LOOKUPS_PER_REFERENCE, per=HOUR, now=now)
    if tries >= WRONG_LOOKUPS_PER_VISITOR or not counted:
        raise TooManyLookups
    found = rows.filter(reference=reference, applicant__forgotten_at=None).first()
    known = found.applicant.birth_date if found else ""
    if not hmac.compare_digest(known, birth_date) or found is None:
        limits.take("wrong-lookup", visitor, limit=WRONG_LOOKUPS_PER_VISITOR, per=HOUR, now=now)
        return None
    return found

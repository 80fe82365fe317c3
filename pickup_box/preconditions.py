"""What must be settled before a document may go into the box: plain rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

ADULT = 18  # AufenthG §80: only adults can act


class DocumentType(StrEnum):
    """What the box hands out."""

    CARD = "eat"
    TRAVEL_DOCUMENT = "travel_document"


class PinLetter(StrEnum):
    """The closed envelope with PIN and PUK that belongs to a card."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    NOT_NEEDED = "not_needed"  # cards of children have no online function


class OldDocument(StrEnum):
    """Where the document is that the new one replaces."""

    OPEN = "open"
    NONE = "none"
    EXPECTED = "expected"  # goes into the slot of the box
    SURRENDERED = "surrendered"
    LOST = "lost"


class Collector(StrEnum):
    """Who will come."""

    HOLDER = "holder"
    REPRESENTATIVE = "representative"
    AUTHORISED = "authorised"


class Missing(StrEnum):
    """What stands in the way."""

    CONSENT = "consent"
    CONSENT_REVOKED = "consent_revoked"
    REPRESENTATIVE = "representative"
    AUTHORITY = "authority"
    PIN_LETTER = "pin_letter"
    OLD_DOCUMENT = "old_document"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """The facts about one deposit; `holder_birth_date` in stored form."""

    document_type: str
    holder_birth_date: str
    has_consent: bool
    consent_revoked: bool
    pin_letter: str
    old_document: str
    collector: str
    authority_seen: bool


def may_be_minor(birth_date: str, *, today: date) -> bool:
    """Whether the holder may be under 18; an incomplete date counts as its latest day."""
    latest = (birth_date + {4: "-12-31", 7: "-31", 10: ""}[len(birth_date)]).split("-")
    year, month, day = map(int, latest)
    return (year + ADULT, month, day) > (today.year, today.month, today.day)


def missing(situation: Situation, *, today: date) -> list[Missing]:
    """Everything that stands in the way, most fundamental first; empty when nothing does."""
    s = situation
    found = {
        Missing.CONSENT: not s.has_consent,
        Missing.CONSENT_REVOKED: s.has_consent and s.consent_revoked,
        Missing.REPRESENTATIVE: s.collector != Collector.REPRESENTATIVE
        and may_be_minor(s.holder_birth_date, today=today),
        Missing.AUTHORITY: s.collector != Collector.HOLDER and not s.authority_seen,
        Missing.PIN_LETTER: s.document_type == DocumentType.CARD and s.pin_letter == PinLetter.OPEN,
        Missing.OLD_DOCUMENT: s.old_document == OldDocument.OPEN,
    }
    return [reason for reason, stands in found.items() if stands]

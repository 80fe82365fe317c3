"""What can truly be said about the code that a person waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.actions.refusals import TooManyCodes
from booking.models import Applicant
from config.foundation import limits
from config.foundation.codes import CODE_LIFETIME
from config.foundation.office import current_office
from config.foundation.outbox import Notification, waiting

LETTERS_PER_HOUR = 6
HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class CodeStatus:
    """Whether a code is on its way, there or came back, and why no other may be asked for."""

    was_sent: bool
    came_back: bool
    refusal: TooManyCodes | None


def code_status(*, applicant: Applicant, now: datetime) -> CodeStatus:
    """What an applicant may expect at `now` (UTC); who asked for codes is not told."""
    letters = Notification.objects.filter(kind="booking.code", subject=applicant.subject)
    on_its_way = waiting().filter(pk__in=letters, give_up_at__gt=now)
    newest = letters.order_by("-pk").values_list("bounced_at", flat=True).first()
    minted = (datetime.fromisoformat(kept["at"]) for kept in applicant.codes)
    fits = any(now - at < CODE_LIFETIME for at in minted)
    used = limits.used("code-letter", applicant.address_key, per=HOUR, now=now)
    full = used >= LETTERS_PER_HOUR
    return CodeStatus(
        was_sent=fits or on_its_way.exists(),
        came_back=bool(applicant.codes) and newest is not None,  # another address has no codes yet
        refusal=too_many_codes_refusal(now=now) if full else None,
    )


def too_many_codes_refusal(*, now: datetime) -> TooManyCodes:
    """The refusal of another code at `now` (UTC), with the time from which one is possible."""
    next_at = limits.next_window(per=HOUR, now=now).astimezone(current_office().zone)
    return TooManyCodes(f"{next_at:%H:%M}")

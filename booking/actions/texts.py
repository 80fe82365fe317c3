"""Short messages to people who asked for them: whose number it is, and how many may leave."""

from __future__ import annotations

from datetime import datetime, timedelta

from booking import notifications
from booking.actions.refusals import (
    EntriesChanged,
    TooManyTexts,
    TooManyTries,
    WrongCode,
)
from booking.actions.transitions import claim_applicant
from booking.models import Applicant, Appointment
from booking.models.applicants import phone_code_hash
from booking.text_rules import MOST_PER_NUMBER, with_text
from config.foundation import limits
from config.foundation.actions import action
from config.foundation.codes import is_fresh_code
from config.foundation.outbox import Notification
from config.foundation.typed_text import digits_of

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TRIES_PER_CODE = 5


@action
def request_phone_code(*, applicant: Applicant, now: datetime) -> None:
    """Promises a short message with a code for the applicant's number, at most one a minute.

    Raises TooManyTexts when the day's messages to it have left, EntriesChanged when no number is
    to be confirmed.
    """
    if applicant.takes_texts or not (applicant.text_me and applicant.phone):
        raise EntriesChanged
    if limits.used("texts", applicant.phone, per=DAY, now=now) >= MOST_PER_NUMBER:
        raise TooManyTexts
    if limits.take("text-code", applicant.phone, limit=1, per=MINUTE, now=now):
        notifications.enqueue_text_code(applicant, now=now)


def has_requested_phone_code(applicant: Applicant) -> bool:
    """Whether a code for the number was asked for, even if it has not left yet."""
    return Notification.objects.filter(kind="booking.text_code", subject=applicant.subject).exists()


def prove_phone(*, applicant: Applicant, code: str, now: datetime) -> None:
    """Confirms the number with a code as it was typed; confirmed twice is a quiet success.

    Raises WrongCode, TooManyTries after five wrong ones until another code has left, or
    EntriesChanged.
    """
    if applicant.takes_texts:
        return
    newest = applicant.phone_codes[-1]["at"] if applicant.phone_codes else ""
    tries = f"{applicant.subject} {newest}"
    # counted outside the action: a refusal must not undo it
    if not limits.take("text-code-try", tries, limit=TRIES_PER_CODE, per=DAY, now=now):
        raise TooManyTries
    hashed = phone_code_hash(applicant, digits_of(code))
    if not is_fresh_code(hashed, applicant.phone_codes, now=now):
        raise WrongCode
    _change(applicant=applicant, phone_proved_at=now, phone_codes=[])


def stop_texts(*, applicant: Applicant) -> None:
    """Ends the short messages by the person's wish; raises EntriesChanged."""
    _change(applicant=applicant, text_me=False)


@action
def _change(*, applicant: Applicant, **columns: object) -> None:
    # not what a page acts on: no new version
    mine = Applicant.objects.filter(
        pk=applicant.pk, person_key=applicant.person_key, phone=applicant.phone, forgotten_at=None
    )
    if not mine.update(**columns):
        raise EntriesChanged


def vouch_for_phone(applicant: Applicant, *, now: datetime) -> None:
    """Takes a number as confirmed that the desk heard from the person; within a transaction."""
    if applicant.text_me:
        claim_applicant(applicant, phone_proved_at=now)


def count_text(notification: Notification, phone: str, *, now: datetime) -> bool:
    """Counts a message to a number, once a day however often it is tried; says if it may leave."""
    is_first = limits.take("text", notification.message_id, limit=1, per=DAY, now=now)
    return not is_first or limits.take("texts", phone, limit=MOST_PER_NUMBER, per=DAY, now=now)


def count_text_about(
    appointment: Appointment, notification: Notification, *, now: datetime
) -> bool:
    """Counts a message about a locked appointment and to its person; says whether it may leave."""
    texts = with_text(appointment.texts, notification.pk)
    if texts is None or not count_text(notification, appointment.applicant.phone, now=now):
        return False
    Appointment.objects.filter(pk=appointment.pk).update(texts=texts)
    return True

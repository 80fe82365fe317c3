"""The proof that somebody reads the address of an application: a code of six digits."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from config.foundation import limits
from config.foundation.actions import action
from config.foundation.codes import is_fresh_code, random_code, with_code
from config.foundation.notification_kinds import Attempt, prepares
from config.foundation.outbox import Notification
from documents.applications import notifications
from documents.applications.actions.drafts import claim_draft
from documents.applications.actions.refusals import TooManyLetters, TooManyTries, WrongCode
from documents.applications.models import Application
from documents.applications.models.application import code_hash

MOST_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)
# shared with bookings: one mailbox gets so many codes from us
LETTERS_PER_HOUR, HOUR = 6, timedelta(hours=1)


@action
def request_code(*, application: Application, now: datetime) -> None:
    """Promises a letter with a code; raises TooManyLetters and ApplicationChanged."""
    claim_draft(application, now=now)
    last = notifications.last_code_promised_at(application)
    within = last is None or now - last >= RESEND_AFTER
    if not within or not limits.take(
        "code-letter", application.address_key, limit=LETTERS_PER_HOUR, per=HOUR, now=now
    ):
        raise TooManyLetters
    notifications.enqueue_code(application, now=now)


@prepares("applications.code")
@action
def prepare_code(notification: Notification, now: datetime) -> Attempt | None:
    """Mints a code for an address that is not proved yet; the database keeps its hash."""
    unproved = Application.objects.filter(pk=notification.about, verified_at=None)
    application = unproved.select_for_update(no_key=True).first()
    if application is None:
        return None
    code = random_code()
    kept = with_code(application.codes, code_hash(application, code), now=now)
    unproved.update(codes=kept, attempts=0)
    return Attempt(now=now, code=code)


def verify_code(*, application: Application, code: str, now: datetime) -> None:
    """Proves the address with one of the last three codes.

    Raises WrongCode, TooManyTries after five wrong ones until a new code was sent, and
    ApplicationChanged.
    """
    count_try(application=application)  # of its own: a refusal must not undo it
    application.refresh_from_db()
    if not is_fresh_code(code_hash(application, code), application.codes, now=now):
        raise WrongCode
    _mark_verified(application=application, now=now)


@action
def count_try(*, application: Application) -> None:
    """Counts one code that somebody typed; raises TooManyTries."""
    rows = Application.objects.filter(pk=application.pk, attempts__lt=MOST_TRIES)
    if not rows.update(attempts=F("attempts") + 1):
        raise TooManyTries


@action
def _mark_verified(*, application: Application, now: datetime) -> None:
    # of the address as it was read: where it has changed since, nothing is proved
    version = application.version
    claim_draft(application, version=version, now=now, verified_at=now, codes=[], attempts=0)

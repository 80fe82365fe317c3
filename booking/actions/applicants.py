"""Drafts of applicants and the proof that their address is read."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from booking import notifications
from booking.actions.erasure import forget_applicant
from booking.actions.expiry import expire_hold
from booking.actions.refusals import (
    EntriesChanged,
    NotEligible,
    TooManyLetters,
    TooManyTries,
    TransitionNotAllowed,
    WrongCode,
)
from booking.actions.transitions import claim_applicant, release_slot, situation_columns, transition
from booking.actions.verification_codes import HOUR, LETTERS_PER_HOUR, too_many_codes_refusal
from booking.models import Applicant, Appointment, Invitation, Token, WaitingEntry
from booking.models.applicants import code_hash, subject_of_token, void_tokens
from booking.states import SETTLED, Status
from config.foundation import limits
from config.foundation.actions import action
from config.foundation.codes import is_fresh_code
from config.foundation.office import current_office
from config.foundation.outbox import forget_files, row_id
from config.foundation.persons import canonical_email, digest, mail_domain, person_key
from config.foundation.relay import relay_is_down
from config.foundation.staff import Staff

MOST_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)


@action
def save_draft(
    *,
    applicant: Applicant | None,
    family_name: str,
    given_names: str,
    birth_date: str,
    email: str,
    phone: str,
    access_need: str,
    language: str,
    situation: dict[str, Any],
    verified: Applicant | None,
    now: datetime,
    text_me: bool = False,
) -> Applicant:
    """Keeps what a person entered, as a new draft or over the one that is still theirs alone.

    `birth_date` is in stored form, `email` normalised, `now` a UTC instant. `verified` is an
    applicant whose address was proved in the same session: the same mailbox needs no second code.
    Raises NotEligible without a situation, EntriesChanged when other entries were kept meanwhile.
    """
    if not situation:
        raise NotEligible
    person = person_key(family_name=family_name, given_names=given_names, birth_date=birth_date)
    keys = identity_keys(person, email=email)
    entries = {
        "family_name": family_name,
        "given_names": given_names,
        "birth_date": birth_date,
        "email": email,
        "phone": phone,
        "text_me": text_me,
        "access_need": access_need,
        "language": language,
        "situation": situation,
    }
    draft = _claim_draft(applicant, entries)
    changes: dict[str, Any] = entries | keys | {"touched_at": now}
    changes["phone_proved_at"] = _phone_proved_at(phone, draft, verified)
    if draft is not None and draft.address_key != keys["address_key"]:
        changes |= {"verified_at": None, "waived_at": None, "proved_address_key": ""}
        changes |= {"codes": [], "attempts": 0}
        # what was sent to the first address must not prove the second
        void_tokens(subject=draft.subject)
    if verified is not None and verified.address_key == keys["address_key"]:
        kept = draft.verified_at if draft and "verified_at" not in changes else None
        changes["verified_at"] = kept or verified.verified_at
        changes["proved_address_key"] = keys["address_key"]
    if draft is None:
        return Applicant.objects.create(created_at=now, **changes)
    if draft.person_key != keys["person_key"]:
        _end_hold(draft, now=now)
    if draft.situation != situation:
        # what is held stays held, for the reason that is given now
        _carry(draft, now=now, action="answer", **situation_columns(situation))
    claim_applicant(draft, **changes)
    return draft


def _claim_draft(applicant: Applicant | None, entries: dict[str, Any]) -> Applicant | None:
    """The claimed row to write over; None where there is none, or it is an appointment's by now."""
    if applicant is None:
        return None
    try:
        claim_applicant(applicant)
    except EntriesChanged:
        # the same press, twice: the other request was first and has kept the same
        kept = Applicant.objects.filter(pk=applicant.pk, **entries).first()
        if kept is None:
            raise
        claim_applicant(kept)
        applicant = kept
    # asked only now: whoever confirmed a moment ago has been waited for
    return applicant if _is_draft(applicant) else None


def _phone_proved_at(phone: str, *rows: Applicant | None) -> datetime | None:
    # a family shares a number as it shares a mailbox: one code serves all
    proofs = (row.phone_proved_at for row in rows if row is not None and row.phone == phone)
    return next(filter(None, proofs), None)


def identity_keys(person: str, *, email: str) -> dict[str, str]:
    """The columns by which a person, a mailbox and a mail domain are known again."""
    # people without an address, booked by phone, must not count as one household
    mailbox = canonical_email(email) if email else f"none of {person}"
    return {
        "person_key": person,
        "address_key": digest("address", mailbox),
        "domain_key": _domain_key(email),
    }


def _domain_key(email: str) -> str:
    domain = mail_domain(email)
    public = domain in current_office().public_mail_domains.split()
    return "" if public else digest("domain", domain)


def _is_draft(applicant: Applicant) -> bool:
    if applicant.invitation_id is not None:
        return False  # the office entered this person
    settled = applicant.appointments.exclude(status__in={Status.HELD, Status.EXPIRED})
    return not settled.exists() and not applicant.entries.exists()


def _end_hold(applicant: Applicant, *, now: datetime) -> None:
    for lapsed in applicant.appointments.lapsed(now=now).filter(status=Status.HELD):
        expire_hold(appointment=lapsed, now=now)
    for held in applicant.appointments.filter(status=Status.HELD):
        release_slot(held, now=now)
        transition(
            held,
            Status.CANCELLED,
            action="give_up",
            now=now,
            cancel_reason=Appointment.CancelReason.HOLD_GIVEN_UP,
        )


def _carry(
    applicant: Applicant, *, action: str, now: datetime, by: Staff | None = None, **columns: Any
) -> None:
    for held in applicant.appointments.live(now=now).filter(status=Status.HELD):
        transition(held, Status.HELD, action=action, now=now, by=by, **columns, **_kept_hold(held))


@action
def request_code(*, applicant: Applicant, now: datetime) -> None:
    """Promises a letter with a code for the applicant's address.

    Raises TooManyLetters within 60 s of the last one, TooManyCodes after six within the hour,
    whoever asked for them, EntriesChanged when the address is another one by now or is proved.
    """
    claim_applicant(applicant)
    enqueue_code(applicant, now=now)


def enqueue_code(applicant: Applicant, *, now: datetime, new_address: bool = False) -> None:
    """Promises the letter within a transaction that has claimed the applicant.

    Raises what `request_code` raises; a `new_address` need not wait for the last letter's 60 s.
    """
    last = notifications.last_code_promised_at(applicant)
    if last is not None and now - last < RESEND_AFTER and not new_address:
        raise TooManyLetters
    within = limits.take(
        "code-letter", applicant.address_key, limit=LETTERS_PER_HOUR, per=HOUR, now=now
    )
    if not within:
        raise too_many_codes_refusal(now=now)
    notifications.enqueue_code(applicant, now=now)


def verify_code(*, applicant: Applicant, code: str, now: datetime) -> Applicant:
    """Proves the address with one of the last three codes, each valid for 30 minutes.

    Raises WrongCode, TooManyTries after five wrong ones until a new code has been sent, or
    EntriesChanged.
    """
    # The try is counted in a transaction of its own: a refusal must not undo it.
    count_try(applicant=applicant)
    try:
        applicant.refresh_from_db()
    except Applicant.DoesNotExist:
        raise EntriesChanged from None
    if not _fits(applicant, code, now=now):
        raise WrongCode
    return _mark_verified(applicant=applicant, now=now)


@action
def count_try(*, applicant: Applicant) -> None:
    """Counts one code that somebody typed; raises TooManyTries."""
    rows = Applicant.objects.filter(pk=applicant.pk, attempts__lt=MOST_TRIES)
    if not rows.update(attempts=F("attempts") + 1):
        raise TooManyTries


def _fits(applicant: Applicant, code: str, *, now: datetime) -> bool:
    return is_fresh_code(code_hash(applicant, code), applicant.codes, now=now)


@action
def _mark_verified(*, applicant: Applicant, now: datetime) -> Applicant:
    _prove(applicant, now=now)
    void_tokens(subject=applicant.subject)
    return applicant


def _prove(applicant: Applicant, *, now: datetime) -> None:
    # of the address as it was read: where the entries have changed since, nothing is proved
    claim_applicant(
        applicant,
        verified_at=now,
        proved_address_key=applicant.address_key,
        touched_at=now,
        codes=[],
        attempts=0,
    )


@action
def follow_language(*, applicant: Applicant, language: str) -> None:
    """Has letters written in the language of the page on which somebody goes on booking.

    Who has an appointment chooses that language on its page, and a letter says so.
    """
    if applicant.language == language or applicant.appointments.filter(status__in=SETTLED).exists():
        return
    Applicant.objects.filter(pk=applicant.pk).update(language=language)
    applicant.language = language


def applicant_of_link(*, secret: str, now: datetime) -> Applicant | None:
    """The draft that a link from a code letter belongs to; None when the link is not valid."""
    subject = subject_of_token(secret, purpose=Token.Purpose.VERIFY, now=now)
    return Applicant.objects.filter(pk=row_id(subject)).first() if subject else None


@action
def verify_link(*, secret: str, now: datetime) -> Applicant:
    """Proves the address by the link of a code letter, in any browser; raises WrongCode."""
    applicant = applicant_of_link(secret=secret, now=now)
    if applicant is None:
        raise WrongCode
    _prove(applicant, now=now)
    # looked at again: the link may have ended, with its address, before the row was ours
    if subject_of_token(secret, purpose=Token.Purpose.VERIFY, now=now) != applicant.subject:
        raise WrongCode
    void_tokens(subject=applicant.subject)
    return applicant


@action
def defer_verification(*, applicant: Applicant, now: datetime) -> bool:
    """Lets a person go on unverified while our own mail relay is down; says whether it is.

    The address is verified later; the caller allows one waived hold per session. Raises
    EntriesChanged.
    """
    if not relay_is_down(now):
        return False
    claim_applicant(applicant, waived_at=now)
    return True


def discard_draft(*, applicant: Applicant, now: datetime) -> None:
    """Ends and deletes a draft by its person's wish; an appointment or entry keeps its person."""
    for _attempt in range(3):
        # a hold may be extended or confirmed at this very moment: look again, then act
        with suppress(TransitionNotAllowed):
            return _discard(applicant=applicant, now=now)
    raise TransitionNotAllowed


@action
def _discard(*, applicant: Applicant, now: datetime) -> None:
    # whatever the entries are by now: they are to go
    rows = Applicant.objects.filter(pk=applicant.pk, forgotten_at=None)
    mine = rows.select_for_update(no_key=True).first()
    if mine is None:
        return
    _end_hold(mine, now=now)
    if _is_draft(mine) and not mine.appointments.exists():
        void_tokens(subject=mine.subject)
        forget_files([mine.subject])
        mine.delete()
    elif mine.invitation_id is not None:
        return  # the office invited this person: the invitation stays until it ends
    elif not mine.entries.exists():
        forget_applicant(mine, now=now)


@action
def correct_person(
    *,
    applicant: Applicant,
    family_name: str,
    given_names: str,
    birth_date: str,
    now: datetime,
    by: Staff,
) -> None:
    """Mends name or birth date on a caseworker's word; the slot stays.

    Raises AlreadyBooked when that person has an appointment already, or EntriesChanged.
    """
    key = person_key(family_name=family_name, given_names=given_names, birth_date=birth_date)
    claim_applicant(
        applicant,
        family_name=family_name,
        given_names=given_names,
        birth_date=birth_date,
        person_key=key,
    )
    for appointment in applicant.appointments.live(now=now):
        transition(
            appointment,
            Status(appointment.status),
            action="correct_person",
            now=now,
            by=by,
            person_key=key,
            mistake_reported_at=None,
            **_kept_hold(appointment),
        )
    WaitingEntry.objects.active().filter(applicant=applicant).update(person_key=key)
    Invitation.objects.filter(applicant=applicant).update(person_key=key)


def _kept_hold(appointment: Appointment) -> dict[str, Any]:
    columns = ("held_until", "free_from")
    return {name: getattr(appointment, name) for name in columns if getattr(appointment, name)}


@action
def allow_namesake(*, applicant: Applicant, now: datetime, by: Staff) -> None:
    """Lets somebody book who shares name and birth date with another person.

    Raises TransitionNotAllowed once the applicant has an appointment, or EntriesChanged.
    """
    claim_applicant(applicant)
    if not _is_draft(applicant):
        raise TransitionNotAllowed
    taken = Appointment.objects.filter(person_key=applicant.person_key)
    highest = taken.order_by("-namesake_number").values_list("namesake_number", flat=True).first()
    claim_applicant(applicant, namesake_number=(highest or 0) + 1, flagged_at=None, touched_at=now)
    _carry(
        applicant,
        now=now,
        action="correct_person",
        by=by,
        namesake_number=applicant.namesake_number,
    )


@action
def end_double_booking_check(*, applicant: Applicant) -> None:
    """Takes somebody off the desk's list: it is the same person, or the other time is gone.

    What they asked for stays as it is. Raises EntriesChanged.
    """
    claim_applicant(applicant, flagged_at=None)

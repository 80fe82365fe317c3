"""Drafts of applicants and the proof that their address is read."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from booking import letters
from booking.actions.moving import action, move, rest_slot
from booking.actions.refusals import (
    NotEligible,
    TooManyLetters,
    TooManyTries,
    TransitionNotAllowed,
    WrongCode,
)
from booking.models import Applicant, Appointment, Token, WaitingEntry
from booking.models.applicants import CODE_LIFETIME, code_hash, subject_of_token, void_tokens
from booking.states import Status
from config.foundation import limits
from config.foundation.letters import relay_is_down, row_id
from config.foundation.office import current_office
from config.foundation.persons import canonical_email, digest, mail_domain, person_key
from config.foundation.staff import Staff

MOST_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)
LETTERS_PER_HOUR = 6
HOUR = timedelta(hours=1)


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
) -> Applicant:
    """Keeps what a person entered, as a new draft or over the one that is still theirs alone.

    `birth_date` is in stored form, `email` normalised, `now` a UTC instant. `verified` is an
    applicant whose address was proved in the same session: the same mailbox needs no second code.
    Raises NotEligible without a situation.
    """
    if not situation:
        raise NotEligible
    person = person_key(family_name=family_name, given_names=given_names, birth_date=birth_date)
    # people without an address, booked by phone, must not count as one household
    mailbox = canonical_email(email) if email else f"none of {person}"
    keys = {
        "person_key": person,
        "address_key": digest("address", mailbox),
        "domain_key": _domain_key(email),
    }
    draft = applicant if applicant is not None and _is_draft(applicant) else None
    if draft is None:
        draft = Applicant(created_at=now)
    elif draft.address_key != keys["address_key"]:
        draft.verified_at = draft.waived_at = None
        draft.codes, draft.attempts = [], 0
        # what was sent to the first address must not prove the second
        void_tokens(subject=draft.subject)
    if draft.pk:
        draft.version += 1
    if draft.pk and draft.person_key != keys["person_key"]:
        _end_hold(draft, now=now)
    entries = {
        "family_name": family_name,
        "given_names": given_names,
        "birth_date": birth_date,
        "email": email,
        "phone": phone,
        "access_need": access_need,
        "language": language,
        "situation": situation,
        "touched_at": now,
    }
    for name, value in (entries | keys).items():
        setattr(draft, name, value)
    if verified is not None and verified.address_key == keys["address_key"]:
        draft.verified_at = draft.verified_at or verified.verified_at
    draft.save()
    return draft


def _domain_key(email: str) -> str:
    domain = mail_domain(email)
    public = domain in current_office().public_mail_domains.split()
    return "" if public else digest("domain", domain)


def _is_draft(applicant: Applicant) -> bool:
    settled = applicant.appointments.exclude(status__in={Status.HELD, Status.EXPIRED})
    return not settled.exists() and not applicant.entries.exists()


def _end_hold(applicant: Applicant, *, now: datetime) -> None:
    for held in applicant.appointments.filter(status=Status.HELD):
        move(
            held,
            Status.CANCELLED,
            verb="give_up",
            now=now,
            cancel_reason=Appointment.CancelReason.HOLD_GIVEN_UP,
        )
        rest_slot(held.slot_id, office=current_office(), now=now)


@action
def request_code(*, applicant: Applicant, now: datetime, new_address: bool = False) -> None:
    """Promises a letter with a code for the applicant's address.

    Raises TooManyLetters within 60 s of the last one, unless that went to another address, or
    after six within the hour.
    """
    last = letters.last_code_promised_at(applicant)
    if last is not None and now - last < RESEND_AFTER and not new_address:
        raise TooManyLetters
    within = limits.take(
        "code-letter", applicant.address_key, limit=LETTERS_PER_HOUR, per=HOUR, now=now
    )
    if not within:
        raise TooManyLetters
    letters.promise_code(applicant, now=now)


def verify_code(*, applicant: Applicant, code: str, now: datetime) -> Applicant:
    """Proves the address with one of the last three codes, each valid for 30 minutes.

    Raises WrongCode, or TooManyTries after five wrong ones until a new code has been sent.
    """
    # The try is counted in a transaction of its own: a refusal must not undo it.
    _count_try(applicant=applicant)
    applicant.refresh_from_db()
    if not _fits(applicant, code, now=now):
        raise WrongCode
    return _mark_verified(applicant=applicant, now=now)


@action
def _count_try(*, applicant: Applicant) -> None:
    rows = Applicant.objects.filter(pk=applicant.pk, attempts__lt=MOST_TRIES)
    if not rows.update(attempts=F("attempts") + 1):
        raise TooManyTries


def _fits(applicant: Applicant, code: str, *, now: datetime) -> bool:
    given = code_hash(applicant, code)
    fresh = [
        kept["hash"]
        for kept in applicant.codes
        if now - datetime.fromisoformat(kept["at"]) < CODE_LIFETIME
    ]
    return any(hmac.compare_digest(given, each) for each in fresh)


@action
def _mark_verified(*, applicant: Applicant, now: datetime) -> Applicant:
    applicant.verified_at, applicant.touched_at = now, now
    applicant.codes, applicant.attempts = [], 0
    applicant.version += 1
    applicant.save(update_fields=["verified_at", "touched_at", "codes", "attempts", "version"])
    void_tokens(subject=applicant.subject)
    return applicant


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
    return _mark_verified(applicant=applicant, now=now)


@action
def waive_verification(*, applicant: Applicant, now: datetime) -> bool:
    """Lets a person go on unverified while our own mail relay is down; says whether it is.

    The address is verified later; the caller allows one waived hold per session.
    """
    if not relay_is_down(now):
        return False
    applicant.version += 1
    unproved = Applicant.objects.filter(pk=applicant.pk, verified_at=None)
    unproved.update(waived_at=now, version=applicant.version)
    applicant.waived_at = now
    return True


@action
def discard_draft(*, applicant: Applicant, now: datetime) -> None:
    """Ends and deletes a draft by its person's wish; an appointment or entry keeps its person."""
    _end_hold(applicant, now=now)
    if _is_draft(applicant) and not applicant.appointments.exists():
        void_tokens(subject=applicant.subject)
        applicant.delete()
    elif not applicant.entries.exists():
        forget_applicant(applicant, now=now)


def forget_applicant(applicant: Applicant, *, now: datetime) -> None:
    """Blanks every personal column of an applicant without a live appointment or entry."""
    live = applicant.appointments.live(now=now)
    if live.exists() or applicant.entries.active().exists():
        return
    void_tokens(subject=applicant.subject)
    for appointment in applicant.appointments.all():
        void_tokens(subject=appointment.subject)
    applicant.appointments.update(person_key="", situation={}, need_by=None, missing=[])
    applicant.entries.update(person_key="")
    Applicant.objects.filter(pk=applicant.pk).update(
        family_name="",
        given_names="",
        birth_date="",
        email="",
        phone="",
        access_need="",
        person_key="",
        address_key="",
        domain_key="",
        situation={},
        codes=[],
        forgotten_at=now,
    )


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

    Raises AlreadyBooked when that person has an appointment already.
    """
    key = person_key(family_name=family_name, given_names=given_names, birth_date=birth_date)
    applicant.family_name, applicant.given_names = family_name, given_names
    applicant.birth_date, applicant.person_key = birth_date, key
    applicant.save(update_fields=["family_name", "given_names", "birth_date", "person_key"])
    for appointment in applicant.appointments.live(now=now):
        move(
            appointment,
            Status(appointment.status),
            verb="correct_person",
            now=now,
            by=by,
            person_key=key,
            mistake_reported_at=None,
            **_kept_hold(appointment),
        )
    WaitingEntry.objects.active().filter(applicant=applicant).update(person_key=key)


def _kept_hold(appointment: Appointment) -> dict[str, Any]:
    columns = ("held_until", "free_from")
    return {name: getattr(appointment, name) for name in columns if getattr(appointment, name)}


@action
def allow_namesake(*, applicant: Applicant, now: datetime, by: Staff) -> None:
    """Lets somebody book who shares name and birth date with another person.

    Raises TransitionNotAllowed once the applicant has an appointment.
    """
    if not _is_draft(applicant):
        raise TransitionNotAllowed
    taken = Appointment.objects.filter(person_key=applicant.person_key)
    highest = taken.order_by("-namesake").values_list("namesake", flat=True).first()
    applicant.namesake = (highest or 0) + 1
    applicant.flagged_at, applicant.touched_at = None, now
    applicant.save(update_fields=["namesake", "flagged_at", "touched_at"])

"""From the consent on paper to the document behind its door."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused, action
from config.foundation.staff import Staff
from pickup_box.allocation import Free, choose
from pickup_box.models import Box, Compartment, Consent, Deposit, DepositEvent, Opening
from pickup_box.notifications import enqueue_message
from pickup_box.preconditions import Missing, Situation, missing
from pickup_box.states import OCCUPYING, Status
from pickup_box.transitions import done_before, note, open_door, refuse, take_turn, transition

# no letters that look alike; staff may have to type what the scanner can't read
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
REFERENCE_LENGTH = 8


class BoxFull(Refused):
    """No suitable compartment is free."""

    sentence = _(
        "No suitable compartment is free. The document keeps its place in the queue; "
        "the person may also collect it at the counter."
    )


class CompartmentTaken(Refused):
    """Somebody took the compartment in between: `assign` chooses again."""


class DocumentAlreadyInBox(Refused):
    """The same document of the same case is on its way already."""

    sentence = _(
        "This document of this case is already recorded. Please look it up by its case reference."
    )


class UnknownReference(Refused):
    """Nothing has the scanned reference."""

    sentence = _("No document has this reference. Please scan it again or type it.")


class DoorStillOpen(Refused):
    """The door has not been closed yet."""

    sentence = _("The door is still open. Please close it first.")


class SecondPersonNeeded(Refused):
    """The four-eyes rule: whoever loaded can't check."""

    sentence = _("A second person has to check this. Please ask a colleague.")


class ContactFixed(Refused):
    """The code is bound to the contact; while the document is in the box it can't change."""

    sentence = _(
        "The contact can't be changed while the document is in the box. "
        "Withdraw the deposit, take the document out and record it anew with the new contact."
    )


class PreconditionMissing(Refused):
    """Something has to be settled before the document may go into the box."""


class ConsentMissing(PreconditionMissing):
    """No paper."""

    sentence = _(
        "The signed declaration of consent (German original) is missing. Record it when it has "
        "arrived, or offer a pickup at the counter."
    )


class ConsentRevoked(PreconditionMissing):
    """The paper was revoked."""

    sentence = _("The consent was revoked. Please offer a pickup at the counter.")


class RepresentativeMissing(PreconditionMissing):
    """The holder is, or may be, under 18."""

    sentence = _("The holder is under 18. Please record the legal representative who will collect.")


class AuthorityNotSeen(PreconditionMissing):
    """Somebody else collects and nobody has seen the proof."""

    sentence = _(
        "Please record the day on which you saw the proof of representation or the authority."
    )


class PinLetterMissing(PreconditionMissing):
    """The PIN letter of a card."""

    sentence = _(
        "The receipt of the PIN letter is not confirmed. Ask the person to confirm it in writing, "
        "or hand the letter over at the counter."
    )


class OldDocumentMissing(PreconditionMissing):
    """Nobody knows where the old document is."""

    sentence = _(
        "Please record what happens to the old document: handed in, reported lost, "
        "to be put into the slot of the box, or there is none."
    )


REFUSAL_FOR: dict[Missing, type[PreconditionMissing]] = {
    Missing.CONSENT: ConsentMissing,
    Missing.CONSENT_REVOKED: ConsentRevoked,
    Missing.REPRESENTATIVE: RepresentativeMissing,
    Missing.AUTHORITY: AuthorityNotSeen,
    Missing.PIN_LETTER: PinLetterMissing,
    Missing.OLD_DOCUMENT: OldDocumentMissing,
}


@action
def draft(*, box: Box, by: Staff, now: datetime, **facts: object) -> Deposit:
    """Records a document that is to go through `box`; the case's valid consent is attached.

    Raises DocumentAlreadyInBox.
    """
    consents = Consent.objects.filter(box=box, case_reference=facts["case_reference"])
    newest = consents.order_by(F("revoked_on").desc(nulls_first=True), "-pk").first()
    facts.setdefault("consent", newest)
    facts.setdefault("arrived_at", now)
    deposit = Deposit.objects.create(
        box=box,
        reference="".join(secrets.choice(ALPHABET) for _n in range(REFERENCE_LENGTH)),
        status_since=now,
        **facts,
    )
    DepositEvent.objects.create(
        deposit=deposit, at=now, action="draft", to_status=Status.DRAFTED, by=by
    )
    return deposit


def find(*, reference: str) -> Deposit:
    """The deposit whose reference was scanned or typed; raises UnknownReference."""
    text = "".join(reference.split()).replace("-", "").upper()
    try:
        return Deposit.objects.select_related("box", "compartment", "consent").get(reference=text)
    except Deposit.DoesNotExist as error:
        raise UnknownReference from error


def missing_of(deposit: Deposit, *, now: datetime) -> list[Missing]:
    """Everything that has to be settled before the document may go into the box."""
    consent = deposit.consent
    return missing(
        Situation(
            document_type=deposit.document_type,
            holder_birth_date=deposit.holder_birth_date,
            has_consent=consent is not None,
            consent_revoked=consent is not None and consent.revoked_on is not None,
            pin_letter=deposit.pin_letter,
            old_document=deposit.old_document,
            collector=deposit.collector,
            authority_seen=deposit.authority_seen_on is not None,
        ),
        today=deposit.box.local_day(now),
    )


def check_preconditions(deposit: Deposit, *, now: datetime) -> None:
    """Raises the refusal for the most fundamental thing that is missing, if anything is."""
    if found := missing_of(deposit, now=now):
        raise REFUSAL_FOR[found[0]]


def assign(*, deposit: Deposit, by: Staff, now: datetime) -> Deposit:
    """Reserves the most suitable compartment and opens its door for loading.

    Raises a PreconditionMissing, BoxFull or TransitionNotAllowed.
    """
    while True:
        try:
            return _assign(deposit=deposit, by=by, now=now)
        except CompartmentTaken:
            continue


@action
def _assign(*, deposit: Deposit, by: Staff, now: datetime) -> Deposit:
    deposit = Deposit.objects.select_related("box", "consent").get(pk=deposit.pk)
    if done_before(deposit, to=Status.ASSIGNED, action="assign", by=by):
        return deposit
    check_preconditions(deposit, now=now)
    box = take_turn(deposit.box)
    chosen = choose(
        free_compartments(box),
        size=deposit.size,
        low=deposit.wishes_low,
        low_reserve=box.low_reserve,
    )
    if chosen is None:
        raise refuse(deposit) if deposit.status != Status.DRAFTED else BoxFull
    deposit = transition(
        deposit, to=Status.ASSIGNED, action="assign", by=by, now=now, compartment_id=chosen.pk
    )
    compartment = Compartment.objects.get(pk=chosen.pk)
    open_door(deposit=deposit, compartment=compartment, kind=Opening.Kind.LOAD, by=by, now=now)
    return deposit


def free_compartments(box: Box) -> list[Free]:
    """What the allocator chooses from; two looks at this box alone, however many there are."""
    held = Deposit.objects.filter(box=box, status__in=OCCUPYING).order_by()
    occupied = set(held.values_list("compartment", flat=True))
    doors = Compartment.objects.filter(box=box, in_service=True).order_by()
    rows = doors.values("pk", "number", "size", "is_low", "used_at")
    return [Free(**row) for row in rows if row["pk"] not in occupied]


@action
def give_back(*, deposit: Deposit, by: Staff, now: datetime) -> Deposit:
    """Frees a reserved compartment that staff saw empty; the document waits again.

    Raises TransitionNotAllowed or DoorStillOpen.
    """
    _door_is_closed(deposit)
    return transition(
        deposit, to=Status.DRAFTED, action="give_back", by=by, now=now, compartment_id=None
    )


@action
def load(*, deposit: Deposit, by: Staff, now: datetime) -> Deposit:
    """Records that the document lies in its compartment; the person is told, unless the box wants
    a second person to check first.

    Raises a PreconditionMissing, DoorStillOpen or TransitionNotAllowed.
    """
    deposit = Deposit.objects.select_related("box", "consent").get(pk=deposit.pk)
    if done_before(deposit, to=Status.LOADED, action="load", by=by):
        return deposit
    check_preconditions(deposit, now=now)
    _door_is_closed(deposit)
    deposit = transition(
        deposit, to=Status.LOADED, action="load", by=by, now=now, loaded_by=by, checked_by=None
    )
    if not deposit.box.four_eyes:
        enqueue_message(deposit, "ready", now=now)
    return deposit


@action
def check_load(*, deposit: Deposit, by: Staff, now: datetime) -> Deposit:
    """Records that a second person checked the loaded compartment, and tells the person.

    Raises SecondPersonNeeded or TransitionNotAllowed.
    """
    deposit = Deposit.objects.select_related("box").get(pk=deposit.pk)
    if deposit.loaded_by == by:
        raise SecondPersonNeeded
    unchecked = Deposit.objects.filter(pk=deposit.pk, status=Status.LOADED, checked_by=None)
    if unchecked.update(checked_by=by) != 1:
        if deposit.checked_by == by:
            return deposit
        raise refuse(deposit)
    deposit.refresh_from_db()
    note(deposit, action="check_load", by=by, now=now)
    enqueue_message(deposit, "ready", now=now)
    return deposit


@action
def reissue(*, deposit: Deposit, by: Staff, now: datetime) -> Deposit:
    """Kills the old code and promises a message with a new one; the deadline stays.

    Raises TransitionNotAllowed, also when the time to collect is over.
    """
    deposit = Deposit.objects.select_related("box").get(pk=deposit.pk)
    valid = Deposit.objects.filter(pk=deposit.pk, status=Status.NOTIFIED, collect_until__gt=now)
    if valid.update(code_hashes="", wrong_tries=0, issue=deposit.issue + 1) != 1:
        raise refuse(deposit)
    deposit.refresh_from_db()
    note(deposit, action="reissue", by=by, now=now)
    enqueue_message(deposit, "ready", now=now)
    return deposit


# What staff may still correct while the document is in the box: it makes collecting easier only.
AMENDABLE_INSIDE = frozenset({"old_document", "pin_letter"})


@action
def amend(*, deposit: Deposit, by: Staff, now: datetime, **facts: object) -> Deposit:
    """Corrects facts of a deposit that waits, and a few of one that is in the box.

    Raises ContactFixed or TransitionNotAllowed.
    """
    may = {Status.DRAFTED}
    if set(facts) <= AMENDABLE_INSIDE:
        may |= {Status.ASSIGNED, Status.LOADED, Status.NOTIFIED}
    rows = Deposit.objects.filter(pk=deposit.pk, status__in=may)
    if rows.update(**facts) != 1:
        raise ContactFixed if "contact" in facts else refuse(deposit)
    deposit.refresh_from_db()
    note(deposit, action="amend", by=by, now=now, detail=", ".join(sorted(facts))[:60])
    return deposit


@action
def withdraw(*, deposit: Deposit, by: Staff, reason: str, now: datetime) -> Deposit:
    """Calls a deposit off: its code is dead at once and staff take out what is inside.

    Raises TransitionNotAllowed.
    """
    return withdraw_in_transaction(deposit, by=by, reason=reason, now=now)


def withdraw_in_transaction(deposit: Deposit, *, by: Staff, reason: str, now: datetime) -> Deposit:
    """What withdrawing does; assumes a transaction."""
    deposit = Deposit.objects.get(pk=deposit.pk)
    if done_before(deposit, to=Status.WITHDRAWN, action="withdraw", by=by):
        return deposit
    was_told = deposit.status == Status.NOTIFIED
    deposit = transition(
        deposit, to=Status.WITHDRAWN, action="withdraw", by=by, now=now, detail=reason[:60]
    )
    if was_told:
        enqueue_message(deposit, "withdrawn", now=now)
    return deposit


def _door_is_closed(deposit: Deposit) -> None:
    standing_open = Opening.objects.running().filter(
        compartment=deposit.compartment_id, opened_at__isnull=False
    )
    if deposit.compartment_id and standing_open.exists():
        raise DoorStillOpen

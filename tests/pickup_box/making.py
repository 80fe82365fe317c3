"""Boxes, people and deposits for tests, brought into their states by the product's own actions."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, date, datetime, timedelta

from django.core import mail

from config.foundation.outbox import Notification, send_next
from config.foundation.staff import Staff
from pickup_box.actions import boxes, consents, deposits, doors, recalls, visits
from pickup_box.models import Box, Compartment, Consent, Deposit, Opening
from pickup_box.states import Status

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Magdeburg
BORN = "1987-03-09"
CONTACT = "+4915112345678"
_numbers = itertools.count(1)


def make_box(*, compartments: int = 4, low: int = 0, slug: str = "", **facts: object) -> Box:
    """A box with so many small compartments, the first `low` of them low."""
    facts = {"name": {"de": "Box am Markt"}, "address": "Markt 1", "state": "ST", **facts}
    box = boxes.ensure_box(slug=slug or f"box-{next(_numbers)}", **facts)
    Compartment.objects.bulk_create(
        Compartment(box=box, number=n, row=1, column=n, is_low=n <= low)
        for n in range(1, compartments + 1)
    )
    return box


def make_staff(name: str = "") -> Staff:
    """Somebody who works here."""
    return Staff.objects.create(username=name or f"box-staff-{next(_numbers)}", is_staff=True)


def make_consent(box: Box, by: Staff, case: str) -> Consent:
    """The signed paper of `case`."""
    return consents.record_consent(
        box=box, case_reference=case, received_on=date(2026, 11, 2), language="de", by=by
    )


def make_draft(
    box: Box, by: Staff, *, consent: bool = True, now: datetime = NOW, **facts: object
) -> Deposit:
    """A deposit for which everything is settled."""
    case = str(facts.setdefault("case_reference", f"AZ-{next(_numbers)}"))
    if consent and not Consent.objects.filter(case_reference=case, revoked_on=None).exists():
        make_consent(box, by, case)
    facts = {
        "document_type": "eat",
        "holder_birth_date": BORN,
        "contact": CONTACT,
        "language": "de",
        "pin_letter": "confirmed",
        "old_document": "none",
        **facts,
    }
    return deposits.draft(box=box, by=by, now=now, **facts)


def close(deposit: Deposit, *, now: datetime = NOW, found_empty: bool | None = None) -> None:
    """The door of `deposit` opens and closes, as the hardware tells."""
    for opening in Opening.objects.running().filter(deposit=deposit):
        doors.door_opened(box=opening.box, nonce=opening.nonce, now=now)
        doors.door_closed(box=opening.box, nonce=opening.nonce, found_empty=found_empty, now=now)


def make_loaded(box: Box, by: Staff, *, now: datetime = NOW, **facts: object) -> Deposit:
    """A deposit that lies behind its closed door."""
    deposit = deposits.assign(
        deposit=make_draft(box, by, consent=True, now=now, **facts), by=by, now=now
    )
    close(deposit, now=now)
    return deposits.load(deposit=deposit, by=by, now=now)


def send_all(now: datetime = NOW) -> list[str]:
    """Sends what is due; returns the outcomes."""
    outcomes = []
    for queue in Notification.Queue:
        while outcome := send_next(queue=queue, now=now):
            outcomes.append(outcome)
    return outcomes


def newest_code() -> str:
    """The code in the newest message that left."""
    return next(filter(None, map(codes_in, reversed(messages()))))[-1]


def codes_in(text: str) -> list[str]:
    """The codes that a message names."""
    return re.findall(r"\b\d{6}\b", text)


def messages() -> list[str]:
    """The texts of all messages that left, by SMS or mail, oldest first."""
    return SENT + [str(each.body) for each in mail.outbox]


SENT: list[str] = []


class Recorder:
    """A gateway that keeps what it was given."""

    def send(self, *, number: str, text: str, message_id: str) -> None:
        """Keeps one message."""
        SENT.append(text)


def make_notified(
    box: Box, by: Staff, *, now: datetime = NOW, **facts: object
) -> tuple[Deposit, str]:
    """A deposit whose person was told, and the code."""
    deposit = make_loaded(box, by, now=now, **facts)
    send_all(now)
    deposit.refresh_from_db()
    assert deposit.status == Status.NOTIFIED
    return deposit, newest_code()


def collect(deposit: Deposit, code: str, *, now: datetime = NOW, **other: str) -> Opening:
    """The person types contact, code and birth date."""
    typed = {"contact": deposit.contact, "birth_date": deposit.holder_birth_date, **other}
    return visits.collect(box=deposit.box, code=code, now=now, **typed)


def wrong(code: str) -> str:
    """A code that is not `code`."""
    return f"{(int(code) + 1) % 10**6:06}"


def make_in(status: Status, box: Box, by: Staff) -> Deposit:
    """A deposit in `status`, brought there on a legal way."""
    if status is Status.DRAFTED:
        return make_draft(box, by)
    if status is Status.ASSIGNED:
        return deposits.assign(deposit=make_draft(box, by), by=by, now=NOW)
    if status is Status.LOADED:
        return make_loaded(box, by)
    deposit, code = make_notified(box, by)
    if status in {Status.OPENED, Status.UNKNOWN, Status.COLLECTED, Status.CLEARED}:
        collect(deposit, code)
        if status is Status.UNKNOWN:
            doors.power_returned(box=box, now=NOW)
        if status in {Status.COLLECTED, Status.CLEARED}:
            close(deposit, found_empty=True if status is Status.CLEARED else None)
    if status in {Status.EXPIRED, Status.RECALLED, Status.REMOVED}:
        recalls.expire(now=NOW + timedelta(days=30))
    if status in {Status.RECALLED, Status.REMOVED}:
        recalls.recall(deposit=deposit, by=by, now=NOW)
    if status is Status.REMOVED:
        recalls.remove(deposit=deposit, by=by, now=NOW)
    if status is Status.WITHDRAWN:
        deposits.withdraw(deposit=deposit, by=by, reason="asked for", now=NOW)
    if status is Status.FAULT:
        assert deposit.compartment
        boxes.report_broken(box=box, number=deposit.compartment.number, now=NOW)
    deposit.refresh_from_db()
    assert deposit.status == status
    return deposit

"""What must not have come of two requests, whatever they were."""

from __future__ import annotations

import json
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, F

from booking.models import Applicant, Appointment, WaitingEntry
from booking.states import LIVE_FOR_SLOT, SETTLED
from config.foundation.persons import canonical_email, digest
from pickup_box.models import Deposit, Opening
from tests.invariants import broken_invariants
from tests.races.pairs.meeting import Answer
from tests.responses import Response

READABLE = {200, 302, 303, 400, 403, 404, 409, 410, 422, 429}


def fault_of(answer: Answer) -> str:
    """What is wrong with an answer; empty when a person or a machine can go on from it."""
    response = answer.response
    if response is None:
        return f"no answer\n{answer.error}"
    status = response.status_code
    if status == 503 and _is_readable(response):
        return ""
    if status not in READABLE:
        return f"answered {status}\n{answer.error}"
    return "" if _is_readable(response) else f"a bare {status}"


def _is_readable(response: Response) -> bool:
    if response.status_code in {302, 303}:
        return bool(response["Location"])
    text = response.content.decode()
    if response["Content-Type"].startswith("application/json"):
        return isinstance(json.loads(text), dict)
    return "<h1" in text or 'role="alert"' in text


def untrue_people(pks: set[int], *, proved: str) -> list[str]:
    """What the rows of these applicants say that is not so; `proved` is the one mailbox of theirs
    that ever got a code."""
    found = []
    genuine = digest("address", canonical_email(proved))
    people = Applicant.objects.filter(pk__in=pks, forgotten_at=None)
    forgotten = Appointment.objects.filter(applicant__in=pks, applicant__forgotten_at__isnull=False)
    for kept in forgotten.filter(status__in=LIVE_FOR_SLOT):
        found.append(f"{kept.status} for somebody who is forgotten")
    for row in people.exclude(verified_at=None).exclude(address_key=genuine).exclude(email=""):
        found.append(f"applicant {row.pk} is verified at a mailbox that never got a code")
    live = Appointment.objects.filter(applicant__in=pks, status__in=LIVE_FOR_SLOT)
    for appointment in live.exclude(person_key=F("applicant__person_key")):
        found.append(f"I10: {appointment.status} for another person than its applicant")
    waiting = WaitingEntry.objects.active().filter(applicant__in=pks)
    for _entry in waiting.exclude(person_key=F("applicant__person_key")):
        found.append("waits for another person than its applicant")
    for entry in waiting.exclude(applicant__address_key=genuine).exclude(applicant__email=""):
        found.append(f"entry {entry.pk} waits at a mailbox that never got a code")
    booked = live.filter(status__in=SETTLED, applicant__verified_at=None)
    for appointment in booked.exclude(applicant__email=""):
        found.append(f"{appointment.status} with a mailbox that proved nothing")
    return found


def untrue_deposit(deposit: Deposit) -> list[str]:
    """Where the record of a deposit does not lead from its first state to its last, and doors of
    its box that were ordered twice."""
    steps = list(deposit.events.order_by("pk").values_list("action", "from_status", "to_status"))
    found, at = [], ""
    for action, old, new in steps:
        if old != at:
            found.append(f"I25a: the step {action!r} starts at {old!r} and not at {at!r}")
        at = new
    running = Opening.objects.running().filter(box=deposit.box).order_by()
    for row in running.values("compartment").annotate(n=Count("pk")).filter(n__gt=1):
        found.append(f"{row['n']} orders to open one door")
    deposit.refresh_from_db()
    return found if deposit.status == at else [*found, "I25a: the deposit is not its last step"]


def broken_beside_writers(now: datetime) -> dict[str, set[str]]:
    """The rows that break an invariant of any app at one moment, while others write."""
    if connection.vendor == "postgresql":  # or it would plan for the few rows of the beginning
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # others write while this is asked
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return {name: set(rows) for name, rows in broken_invariants(now).items()}


def history(reference: str) -> list[str]:
    """What came of the appointment that breaks an invariant, step by step; empty for other rows."""
    found = Appointment.objects.filter(reference=reference).select_related("slot").first()
    if found is None:
        return []
    slot = found.slot
    steps = found.events.order_by("pk").values_list("action", "to_status", "slot", "at")
    times = f"made {found.created_at}, slot {slot.pk} starts {slot.starts_at}"
    closed = (
        f"closed by {slot.closure_id} from {slot.closure.starts_at}" if slot.closure else "open"
    )
    return [times, closed, *(" ".join(map(str, step)) for step in steps)]

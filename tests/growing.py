"""A long history for tests: visits of the past, and more rows of whatever a table holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from auditlog.models import LogEntry
from django.db import models

from booking.models import (
    Applicant,
    Appointment,
    AppointmentEvent,
    Closure,
    Counter,
    Invitation,
    Quota,
    Slot,
    WaitingEntry,
)
from booking.states import Status
from config.foundation.audit import AccessRecord
from config.foundation.bots import BotSignal
from config.foundation.contacts import Link
from config.foundation.office import CounterGroup
from config.foundation.outbox import Notification
from config.foundation.staff import Staff
from config.foundation.substitutions import Substitution
from documents.models import (
    CatalogueVersion,
    Fee,
    Note,
    Procedure,
    Question,
    Reduction,
    Requirement,
)
from pickup_box.models import Alarm, Box, Compartment, Consent, Deposit, DepositEvent
from tests.factories import TUESDAY_NINE, CounterFactory, QuotaFactory

BATCH = 2000
# What differs in the nth copy of a row.
Change = Callable[[int], dict[str, Any]]
LONG_AGO = TUESDAY_NINE - timedelta(days=900)


def _ended_deposit(n: int) -> dict[str, Any]:
    return {
        **{"reference": f"OLD-{n:07}", "status": "removed", "case_reference": "", "contact": ""},
        **{"consent": Consent.objects.first(), "compartment": Compartment.objects.first()},
        **{"code_hashes": "", "arrived_at": LONG_AGO, "status_since": LONG_AGO},
    }


# Tables that get longer with every day of work.
WORKED: dict[type[models.Model], Change] = {
    Closure: lambda n: {"starts_at": LONG_AGO, "ends_at": LONG_AGO + timedelta(hours=n % 9 + 1)},
    BotSignal: lambda n: {"at": LONG_AGO},
    LogEntry: lambda n: {"timestamp": LONG_AGO},
    Substitution: lambda n: {
        "until": LONG_AGO.date(),
        "ended_at": LONG_AGO,
        "ended_by": Staff.objects.first(),
    },
    Consent: lambda n: {"case_reference": f"OLD-{n}"},
    Deposit: _ended_deposit,
    DepositEvent: lambda n: {"action": "look", "to_status": "removed", "from_status": "removed"},
    Alarm: lambda n: {
        "cause": f"old/{n}",
        "handled_at": LONG_AGO,
        "handled_by": Staff.objects.first(),
    },
}
# Tables that somebody sets up.
SET_UP: dict[type[models.Model], Change] = {
    Box: lambda n: {"slug": f"more-{n}"},
    CatalogueVersion: lambda n: {"name": f"Entwurf {n}"},
    Compartment: lambda n: {"number": 10_000 + n, "row": 1, "column": 10_000 + n},
    Counter: lambda n: {"slug": f"more-{n}"},
    CounterGroup: lambda n: {"slug": f"more-{n}"},
    Fee: lambda n: {"code": f"more-{n}"},
    Link: lambda n: {"slug": f"more-{n}"},
    Note: lambda n: {},
    Procedure: lambda n: {"slug": f"more-{n}"},
    Question: lambda n: {"key": f"more-{n}"},
    Quota: lambda n: {"slug": f"more-{n}"},
    Reduction: lambda n: {"slug": f"more-{n}"},
    Requirement: lambda n: {"key": f"more-{n}"},
    Staff: lambda n: {"username": f"more-{n}"},
}


def multiply(tables: dict[type[models.Model], Change], count: int, *, since: int = 0) -> None:
    """Adds copies of the first row of each table."""
    for model, change in tables.items():
        first = model._base_manager.order_by("pk").first()
        assert first is not None, f"the demo has no {model._meta.verbose_name}"
        row = {
            field.attname: getattr(first, field.attname)
            for field in model._meta.concrete_fields
            if not field.primary_key
        }
        for start in range(since, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            model._base_manager.bulk_create(_copy(model, row, change(n)) for n in numbers)


def _copy(model: type[models.Model], row: dict[str, Any], changes: dict[str, Any]) -> models.Model:
    copy = model(**row)
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


def add_visits(count: int, *, since: int = 0) -> None:
    """Adds visits of the past, each with its slot, forgotten person, step, letter and look."""
    counter, by = CounterFactory(slug="old"), Staff.objects.first()
    latest = TUESDAY_NINE - timedelta(days=3)
    for start in range(since, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        times = [latest - timedelta(hours=n) for n in numbers]
        people = Applicant.objects.bulk_create(
            Applicant(language="de", created_at=at, touched_at=at, forgotten_at=at) for at in times
        )
        WaitingEntry.objects.bulk_create(
            WaitingEntry(
                applicant=person, status="served", joined_at=at, ordered_at=at, ended_at=at
            )
            for person, at in zip(people, times, strict=True)
        )
        slots = Slot.objects.bulk_create(
            Slot(counter=counter, starts_at=at, ends_at=at + timedelta(minutes=10)) for at in times
        )
        rows = Appointment.objects.bulk_create(
            Appointment(
                reference=f"OLD-{n:06}",
                applicant=person,
                slot=slot,
                status=Status.COMPLETED,
                outcome="served",
                category="expired",
                created_at=slot.starts_at,
                booked_at=slot.starts_at - timedelta(days=1),
                ended_at=slot.ends_at,
            )
            for n, person, slot in zip(numbers, people, slots, strict=True)
        )
        AppointmentEvent.objects.bulk_create(
            AppointmentEvent(
                appointment=row,
                version=1,
                action="book",
                to_status="completed",
                slot_id=row.slot_id,
                actor="system",
                at=row.created_at,
            )
            for row in rows
        )
        Notification.objects.bulk_create(
            Notification(
                kind="booking.confirmation",
                subject=row.subject,
                language="de",
                promised_at=row.created_at,
                due_at=row.created_at,
                give_up_at=row.created_at,
                sent_at=row.created_at,
                message_id=f"<{row.reference}@example.org>",
            )
            for row in rows
        )
        AccessRecord.objects.bulk_create(
            AccessRecord(at=row.created_at, by=by, kind="view", subject=row.subject) for row in rows
        )


def add_kept_times(count: int, *, since: datetime) -> None:
    """Adds free times of a quota from the instant `since` on, at three counters of their own."""
    quota = QuotaFactory()
    counters = [CounterFactory(slug=f"kept-{number}") for number in range(3)]
    length = timedelta(minutes=quota.slot_minutes)
    begins = [since + number // len(counters) * length for number in range(count)]
    Slot.objects.bulk_create(
        Slot(
            counter=counters[number % len(counters)],
            quota=quota,
            starts_at=at,
            ends_at=at + length,
        )
        for number, at in enumerate(begins)
    )


def add_invitations(count: int, *, since: int = 0) -> None:
    """Adds invitations of the past, each with its person; two of five led to a visit."""
    counter, by, quota = (
        CounterFactory(slug="invited"),
        Staff.objects.first(),
        Quota.objects.first(),
    )
    latest = TUESDAY_NINE - timedelta(days=3)
    for start in range(since, count, BATCH):
        times = {n: latest - timedelta(hours=n) for n in range(start, min(start + BATCH, count))}
        rows = Invitation.objects.bulk_create(
            Invitation(
                reference=f"OI-{n:07}",
                quota=quota,
                issued_at=at - timedelta(days=7),
                issued_by=by,
                # every fifth can still choose
                valid_until=at + timedelta(days=9_000 if n % 5 == 4 else 1),
                withdrawn_at=at if n % 5 == 3 else None,
            )
            for n, at in times.items()
        )
        people = Applicant.objects.bulk_create(
            Applicant(
                invitation=row,
                family_name=f"Mensah {n}",
                birth_date="1990",
                language="de",
                created_at=at,
                touched_at=at,
            )
            for row, (n, at) in zip(rows, times.items(), strict=True)
        )
        came = {n: at for n, at in times.items() if n % 5 < 2}
        slots = Slot.objects.bulk_create(
            Slot(counter=counter, quota=quota, starts_at=at, ends_at=at + timedelta(minutes=20))
            for at in came.values()
        )
        whose = [
            (row, person) for row, person, n in zip(rows, people, times, strict=True) if n in came
        ]
        Appointment.objects.bulk_create(
            Appointment(
                reference=f"OI-{n:07}",
                invitation=row,
                applicant=person,
                slot=slot,
                status=Status.NO_SHOW if n % 5 else Status.COMPLETED,
                outcome="" if n % 5 else "served",
                created_at=slot.starts_at,
                booked_at=slot.starts_at - timedelta(days=1),
                ended_at=slot.ends_at,
            )
            for n, slot, (row, person) in zip(came, slots, whose, strict=True)
        )

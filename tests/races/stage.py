"""What a race is about: many times, and people who may book them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

from django.db import connection

from booking import notifications
from booking.actions.holds import new_reference
from booking.models import (
    Applicant,
    Appointment,
    AppointmentEvent,
    Counter,
    Slot,
    WaitingEntry,
)
from booking.states import Status
from tests.factories import CounterFactory, OfficeFactory, ServiceStatusFactory, situation

PER_COUNTER = 100
PATIENCE = 60  # seconds; whoever has not answered by then hangs


def open_times(count: int, *, now: datetime) -> list[int]:
    """Ids of `count` public times from tomorrow on."""
    OfficeFactory()
    ServiceStatusFactory()
    first = (now + timedelta(days=1)).replace(second=0, microsecond=0)
    counters = [_counter(n) for n in range(-(-count // PER_COUNTER))]
    rows = [
        Slot(
            counter=counters[n // PER_COUNTER],
            starts_at=first + timedelta(minutes=10 * (n % PER_COUNTER)),
            ends_at=first + timedelta(minutes=10 * (n % PER_COUNTER + 1)),
        )
        for n in range(count)
    ]
    return [slot.pk for slot in Slot.objects.bulk_create(rows)]


def _counter(number: int) -> Counter:
    return CounterFactory(slug=str(number + 1), name={"de": f"Schalter {number + 1}"})


def verified_people(count: int, *, now: datetime, prefix: str = "") -> list[int]:
    """Ids of `count` different people whose addresses are verified."""
    rows = [
        Applicant(
            family_name="Öztürk",
            given_names="Çağla",
            birth_date="1990-01-01",
            email=f"race{prefix}{n}@example.org",
            language="de",
            situation=situation(),
            person_key=f"{prefix}{n:0{64 - len(prefix)}}",
            address_key=f"{prefix}{n:0{64 - len(prefix)}}",
            proved_address_key=f"{prefix}{n:0{64 - len(prefix)}}",
            verified_at=now,
            created_at=now,
            touched_at=now,
        )
        for n in range(count)
    ]
    return [row.pk for row in Applicant.objects.bulk_create(rows, batch_size=500)]


def dealt(items: list[int], hands: int) -> list[list[int]]:
    """`items` dealt out like cards."""
    return [items[hand::hands] for hand in range(hands)]


def holds_that_end(
    ends: list[datetime], *, people: list[int], slots: list[int], now: datetime
) -> list[int]:
    """Ids of holds, one for each person and slot, each with its own end."""
    keys = dict(Applicant.objects.filter(pk__in=people).values_list("pk", "person_key"))
    return _appointments(
        [
            Appointment(
                status=Status.HELD,
                applicant_id=person,
                person_key=keys[person],
                slot_id=slot,
                held_until=end,
                free_from=end,
            )
            for end, person, slot in zip(ends, people, slots, strict=True)
        ],
        now=now,
    )


def booked(*, people: list[int], slots: list[int], now: datetime) -> list[int]:
    """Ids of booked appointments, one for each person and slot, with their letters."""
    keys = dict(Applicant.objects.filter(pk__in=people).values_list("pk", "person_key"))
    rows = _appointments(
        [
            Appointment(
                status=Status.BOOKED,
                applicant_id=person,
                person_key=keys[person],
                slot_id=slot,
                booked_at=now,
            )
            for person, slot in zip(people, slots, strict=True)
        ],
        now=now,
    )
    for row in Appointment.objects.filter(pk__in=rows).select_related("applicant"):
        notifications.enqueue_confirmation(row, now=now)
    return rows


def offers(*, people: list[int], slots: list[int], end: datetime, now: datetime) -> list[int]:
    """Ids of open offers, one for each person and slot, whose letters have left."""
    keys = dict(Applicant.objects.filter(pk__in=people).values_list("pk", "person_key"))
    entries = WaitingEntry.objects.bulk_create(
        WaitingEntry(applicant_id=person, person_key=keys[person], joined_at=now, ordered_at=now)
        for person in people
    )
    return _appointments(
        [
            Appointment(
                status=Status.OFFERED,
                applicant_id=entry.applicant_id,
                person_key=entry.person_key,
                slot_id=slot,
                entry=entry,
                held_until=end,
                free_from=end,
            )
            for entry, slot in zip(entries, slots, strict=True)
        ],
        now=now,
    )


def _appointments(rows: list[Appointment], *, now: datetime) -> list[int]:
    for row in rows:
        row.reference, row.created_at = new_reference(), now
        row.situation, row.category = situation(), "expired"
    made = Appointment.objects.bulk_create(rows)
    AppointmentEvent.objects.bulk_create(
        AppointmentEvent(
            appointment=row,
            version=1,
            action="made",
            to_status=row.status,
            slot_id=row.slot_id,
            actor="system",
            at=now,
        )
        for row in made
    )
    return [row.pk for row in made]


def at_once(*presses: Callable[[], int]) -> list[int]:
    """What two presses are told that start together."""
    barrier = Barrier(len(presses))

    def press(each: Callable[[], int]) -> int:
        barrier.wait()
        try:
            return each()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(len(presses))
    try:
        tasks = [pool.submit(press, each) for each in presses]
        return [task.result(timeout=PATIENCE) for task in tasks]
    finally:
        pool.shutdown(wait=False)

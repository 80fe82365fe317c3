"""What a free time says about the people who wait."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from booking.admin.free_times import free_times
from booking.models import Slot
from config.foundation.office import Office, ServiceStatus, forget_memory
from tests.booking.desk import catalogue, clock, desk
from tests.factories import (
    TUESDAY_NINE,
    AppointmentFactory,
    SlotFactory,
    WaitingEntryFactory,
)

__all__ = ["catalogue", "clock", "desk"]
HOUR = timedelta(hours=1)


@pytest.fixture
def free(clock: time_machine.Traveller, desk: Client) -> Slot:
    """Free at one o'clock."""
    return SlotFactory(starts_at=TUESDAY_NINE + 4 * HOUR)


def told() -> list[str]:
    day = timedelta(days=1)
    spans = free_times(since=TUESDAY_NINE, until=TUESDAY_NINE + day, now=TUESDAY_NINE)
    return [span.waiting for span in spans]


def test_nobody_waits(free: Slot) -> None:
    assert told() == [""]


def test_free_time_says_why_it_is_not_offered(free: Slot, desk: Client) -> None:
    WaitingEntryFactory()
    WaitingEntryFactory(need_kind="hard", need_by=date(2026, 11, 23))
    WaitingEntryFactory(need_kind="soft", need_by=date(2026, 11, 23))
    offered = WaitingEntryFactory()
    AppointmentFactory(
        offered=True,
        free_from=TUESDAY_NINE + 3 * HOUR,
        entry=offered,
        applicant=offered.applicant,
        slot=SlotFactory(starts_at=TUESDAY_NINE + 5 * HOUR),
    )
    refused = WaitingEntryFactory()
    AppointmentFactory(expired=True, entry=refused, applicant=refused.applicant, slot=free)
    line = (
        "Waiting list: 5 (with an open offer: 1, needed earlier: 1, offered before: 1, "
        "to be offered next: 2)"
    )
    assert told() == [line]
    assert line in desk.get("/admin/").content.decode()
    assert line in desk.get("/admin/booking/appointment/").content.decode()


def test_who_has_an_earlier_appointment_gains_nothing(free: Slot) -> None:
    entry = WaitingEntryFactory()
    slot = SlotFactory(starts_at=TUESDAY_NINE + 2 * HOUR)
    key = {"person_key": entry.person_key, "applicant": entry.applicant}
    AppointmentFactory(slot=slot, **key)
    assert told() == ["Waiting list: 1 (with an earlier appointment: 1)"]


def test_what_bars_every_offer_is_said_once(free: Slot) -> None:
    WaitingEntryFactory()
    soon = SlotFactory(starts_at=TUESDAY_NINE + HOUR / 2)
    assert told()[0] == "Waiting list: 1 (too soon for an offer)"
    soon.delete()
    ServiceStatus.objects.update_or_create(defaults={"state": "paused"})
    forget_memory()
    assert told() == ["Waiting list: 1 (offers are paused)"]
    Office.objects.update(distribution=Office.Distribution.OPEN)
    forget_memory()
    assert told() == ["Waiting list: 1 (this office makes no offers)"]

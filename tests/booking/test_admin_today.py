"""What the start page of the desk asks somebody to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.test import Client
from django.utils.html import strip_tags

from booking.actions import offers
from booking.actions.undelivered_offers import end_undelivered_offer
from booking.models import Appointment
from config.celery import app
from config.foundation.office import current_office
from config.foundation.outbox import Notification, enqueue
from config.foundation.sweeps import record_sweep
from pickup_box.models import Alarm
from tests.booking.desk import catalogue, clock, desk
from tests.factories import (
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    ServiceWindowFactory,
    SlotFactory,
    WaitingEntryFactory,
)
from tests.pickup_box.making import make_box

__all__ = ["catalogue", "clock", "desk"]
NOW = TUESDAY_NINE


def alarms(desk: Client) -> str:
    """The words between the heading of the alarms and the lists of the day; "" without any."""
    page = desk.get("/admin/").content.decode()
    _before, found, after = page.partition('<section class="desk-alarms"')
    return strip_tags(after.partition("</section>")[0]) if found else ""


@pytest.fixture
def visit(desk: Client) -> Appointment:
    """Somebody booked for this afternoon, everything in order."""
    for entry in app.conf.beat_schedule.values():
        record_sweep(entry["task"], now=NOW)
    slot = SlotFactory(starts_at=NOW + timedelta(hours=5))
    ServiceWindowFactory(
        counter=slot.counter, weekday=NOW.weekday(), opens=time(9), closes=time(18)
    )
    person = ApplicantFactory(family_name="قاسم", given_names="Layla", phone="+49 391 5550123")
    return AppointmentFactory(slot=slot, applicant=person)


def letter_for(visit: Appointment, *, minutes: int) -> None:
    at = NOW - timedelta(minutes=minutes)
    enqueue(kind="booking.confirmation", subject=visit.subject, language="de", now=at)


def letter_refused(visit: Appointment) -> None:  # F12
    letter_for(visit, minutes=2)
    Notification.objects.update(failed_at=NOW, failure="refused 550")


def letter_late(visit: Appointment) -> None:
    letter_for(visit, minutes=6)


def mistake(visit: Appointment) -> None:
    Appointment.objects.update(mistake_reported_at=NOW)


def second_address(visit: Appointment) -> None:
    ApplicantFactory(flagged_at=NOW)


def displaced(visit: Appointment) -> None:
    WaitingEntryFactory(displaced=True)


def offer_undelivered(visit: Appointment) -> None:
    entry = WaitingEntryFactory(applicant=ApplicantFactory(family_name="Kaninchen"))
    slot = SlotFactory(starts_at=visit.slot.starts_at + timedelta(days=2))
    office = current_office()
    offer = offers.offer(slot=slot, office=office, now=NOW)
    assert offer is not None
    assert offer.entry == entry
    end_undelivered_offer(appointment=offer, why="refused 550", now=NOW)


def silent_job(visit: Appointment) -> None:
    record_sweep("config.operations.tasks.send_codes", now=NOW - timedelta(minutes=16))


def box_fault(visit: Appointment) -> None:
    Alarm.objects.create(box=make_box(), kind=Alarm.Kind.DOOR_FAULT, cause="compartment/7", at=NOW)


def test_nothing_to_look_at(desk: Client, visit: Appointment) -> None:
    letter_for(visit, minutes=4)
    assert alarms(desk) == ""


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (letter_refused, ("please phone", "قاسم", "+49 391 5550123")),
        (letter_late, ("please phone", "قاسم")),
        (mistake, ("A mistake in name or date of birth is reported", "قاسم")),
        (second_address, ("second appointment from another address: 1",)),
        (offer_undelivered, ("no letter could tell of have passed on: please phone", "Kaninchen")),
        (displaced, ("lost a time to a closure and still wait: 1",)),
        (silent_job, ("Jobs that have not run for a while: config.operations.tasks.send_codes",)),
        (box_fault, ("The pickup box needs a look: 1",)),
    ],
)
def test_start_page_names_what_needs_a_look(
    desk: Client,
    visit: Appointment,
    happens: Callable[[Appointment], None],
    words: tuple[str, ...],
) -> None:
    happens(visit)
    shown = alarms(desk)
    for each in words:
        assert each in shown

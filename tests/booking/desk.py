"""Signed-in members of staff and their pages, for the tests of the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from booking.models import Appointment
from config.foundation.office import Office
from config.foundation.optimistic_lock import REVISION
from config.foundation.staff import Staff
from tests.booking.visitors import hidden_fields
from tests.factories import MONDAY, TUESDAY_NINE, AppointmentFactory, SlotFactory, StaffFactory

APPOINTMENTS = "/admin/booking/appointment/"


def signed_in(role: str = "caseworker", **columns: object) -> Client:
    """A browser of somebody with this role, who reads English."""
    person: Staff = StaffFactory(language="en", **columns)
    if role:
        person.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(person)
    return client


def caseworker(**columns: object) -> Staff:
    """Somebody who may act for people."""
    person: Staff = StaffFactory(language="en", **columns)
    person.groups.add(Group.objects.get(name="caseworker"))
    return person


def revision_of(client: Client, page: str) -> dict[str, str]:
    """The hidden revision that the change page of a row shows."""
    form = client.get(page).context["adminform"].form
    return {REVISION: form[REVISION].value()}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Tuesday, nine o'clock."""
    with time_machine.travel(TUESDAY_NINE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def catalogue(magdeburg: Office) -> None:
    """The papers of the shipped catalogue, in force since the day before."""
    with time_machine.travel(MONDAY, tick=False):
        call_command("load_catalogue", verbosity=0)


@pytest.fixture
def desk(magdeburg: Office, clock: object, catalogue: None) -> Client:
    """A caseworker's browser."""
    return signed_in(username="kurz")


@pytest.fixture
def visit(desk: Client) -> Appointment:
    """Booked for nine o'clock, which it is."""
    return AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE))


@pytest.fixture
def later(desk: Client) -> Appointment:
    """Booked for ten o'clock by somebody who reads English."""
    starts_at = TUESDAY_NINE + timedelta(hours=1)
    return AppointmentFactory(slot=SlotFactory(starts_at=starts_at), applicant__language="en")


def fields(desk: Client, path: str) -> dict[str, str]:
    """The hidden fields of the form of a page."""
    return hidden_fields(desk.get(path).content.decode(), path, at=path) or {}


def url(row: Appointment, action: str) -> str:
    return f"{APPOINTMENTS}{row.pk}/{action}/"

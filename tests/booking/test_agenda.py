"""The appointments as an agenda, and free times that every list offers alike."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from booking.models import Appointment, Slot
from booking.states import Status
from config.foundation.staff import Staff
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, visit
from tests.booking.test_walk_ins import EXPIRED, check
from tests.factories import (
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    CounterFactory,
    QuotaFactory,
    SlotFactory,
    StaffFactory,
)

__all__ = ["catalogue", "clock", "desk", "visit"]
BY_PHONE = f"{APPOINTMENTS}by-phone/"
WALK_IN = f"{APPOINTMENTS}walk-in/"
HOUR = timedelta(hours=1)


@pytest.fixture
def free(visit: Appointment) -> Slot:
    """A free time an hour from now."""
    slot: Slot = SlotFactory(starts_at=TUESDAY_NINE + HOUR, counter=visit.slot.counter)
    return slot


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def offered(page: str) -> list[int]:
    """The times of a page that lead to a booking by phone."""
    return [int(pk) for pk in re.findall(r"by-phone/\?slot=(\d+)", page)]


def chosen(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'<option value="(\d+)" selected', page)]


def test_every_list_offers_the_same_free_times(desk: Client, free: Slot) -> None:
    at = {"counter": free.counter}
    SlotFactory(starts_at=TUESDAY_NINE + 2 * HOUR, quota=QuotaFactory(), **at)
    resting = TUESDAY_NINE + timedelta(minutes=5)
    SlotFactory(starts_at=TUESDAY_NINE + 3 * HOUR, bookable_from=resting, **at)
    today, listed = text(desk, "/admin/"), text(desk, APPOINTMENTS)
    by_phone = re.findall(r'<option value="(\d+)"[^>]*>\w+, 24', text(desk, BY_PHONE))
    assert offered(today) == offered(listed) == [int(pk) for pk in by_phone] == [free.pk]
    for page in (today, listed):
        assert "free again in a few minutes" in page
        assert page.count("1 free appointment") == 2


def test_no_list_ends_before_the_last_free_time(desk: Client, visit: Appointment) -> None:
    minutes = [timedelta(minutes=10 * number) for number in range(1, 71)]
    slots = [SlotFactory(starts_at=TUESDAY_NINE + each) for each in minutes]
    page = text(desk, BY_PHONE)
    assert all(f'<option value="{slot.pk}"' in page for slot in slots)


def test_free_time_that_was_pressed_is_chosen(desk: Client, free: Slot) -> None:
    earlier = SlotFactory(starts_at=free.starts_at - timedelta(minutes=30))
    assert chosen(text(desk, f"{BY_PHONE}?slot={free.pk}")) == [free.pk]
    page = text(desk, f"{BY_PHONE}?slot={free.pk + 999}")
    assert "no longer free" in page
    assert chosen(page) == []
    assert f'<option value="{earlier.pk}"' in page
    assert desk.get(f"{BY_PHONE}?slot=x").status_code == 200


def test_free_time_that_was_pressed_goes_along_for_somebody_who_is_here(
    desk: Client, free: Slot
) -> None:
    SlotFactory(starts_at=free.starts_at - timedelta(minutes=30))
    assert f'name="slot" value="{free.pk}"' in text(desk, f"{WALK_IN}?slot={free.pk}")
    answered = check(desk, EXPIRED | {"slot": str(free.pk)}).content.decode()
    assert f'name="slot" value="{free.pk}"' in answered
    press = EXPIRED | {"slot": str(free.pk), "start": "yes"}
    page = desk.post(f"{BY_PHONE}details/", press).content.decode()
    assert chosen(page)[-1] == free.pk
    assert 'name="slot"' not in text(desk, f"{WALK_IN}?slot=x")


def test_agenda_has_a_heading_for_each_day(desk: Client, free: Slot) -> None:
    AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=1)))
    headings = re.findall(r"<h2>([^<]+) <span", text(desk, APPOINTMENTS))
    assert headings == ["Tuesday, 24.11.2026", "Wednesday, 25.11.2026"]


def test_agenda_begins_now(desk: Client, visit: Appointment) -> None:
    before = SlotFactory(starts_at=TUESDAY_NINE - HOUR)
    gone = AppointmentFactory(slot=before, status=Status.NO_SHOW, ended_at=TUESDAY_NINE)
    name = gone.applicant.desk_name
    assert name not in text(desk, APPOINTMENTS)
    assert visit.applicant.desk_name in text(desk, APPOINTMENTS)
    assert name in text(desk, f"{APPOINTMENTS}?day=today")
    assert name in text(desk, f"{APPOINTMENTS}?day=2026-11-24")


def test_agenda_shows_a_cancelled_appointment_only_to_who_asks(
    desk: Client, visit: Appointment
) -> None:
    slot = SlotFactory(starts_at=TUESDAY_NINE + HOUR)
    who = ApplicantFactory(family_name="Fuchs")
    AppointmentFactory(slot=slot, applicant=who, cancelled=True)
    assert "FUCHS" not in text(desk, APPOINTMENTS)
    assert "FUCHS" in text(desk, f"{APPOINTMENTS}?status__exact=cancelled")


def test_agenda_shows_free_times_alone_or_not_at_all(desk: Client, free: Slot) -> None:
    name = Appointment.objects.get().applicant.desk_name
    alone = text(desk, f"{APPOINTMENTS}?status__exact=free")
    assert offered(alone) == [free.pk]
    assert name not in alone
    assert offered(text(desk, f"{APPOINTMENTS}?status__exact=booked")) == []
    assert offered(text(desk, f"{APPOINTMENTS}?category=expired")) == []
    other = SlotFactory(starts_at=free.starts_at, counter=CounterFactory(slug="other"))
    at_other = f"{APPOINTMENTS}?slot__counter__id__exact={other.counter_id}"
    assert offered(text(desk, at_other)) == [other.pk]


def test_agenda_lets_only_those_book_who_may(desk: Client, free: Slot) -> None:
    reader: Staff = StaffFactory(language="en")
    reader.user_permissions.add(Permission.objects.get(codename="view_appointment"))
    client = Client()
    client.force_login(reader)
    page = text(client, APPOINTMENTS)
    assert "1 free appointment" in page
    assert offered(page) == []


def test_page_of_the_agenda_has_what_is_free_between_its_people(
    desk: Client, visit: Appointment
) -> None:
    for number in range(1, 56):
        slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10 * number))
        AppointmentFactory(slot=slot)
    last = SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=12))
    first = SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=5))
    # 50 people stand on the first page, with the visit: a hole before the first of the second
    between = SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10 * 49 + 5))
    assert offered(text(desk, APPOINTMENTS)) == [first.pk, between.pk]
    assert offered(text(desk, f"{APPOINTMENTS}?p=2")) == [last.pk]


def test_counters_stand_side_by_side_when_asked_for(desk: Client, free: Slot) -> None:
    other = CounterFactory(slug="other", group=free.counter.group)
    nine = Appointment.objects.get().slot.starts_at
    AppointmentFactory(slot=SlotFactory(starts_at=nine, counter=other))
    page = text(desk, f"{APPOINTMENTS}?view=counters")
    table = page.partition("desk-beside")[2].partition("</table>")[0]
    assert table.count('<th scope="col">') == 3  # the time and two counters
    first = re.findall(r"<tr><th scope=\"row\">.*?</tr>", table, re.DOTALL)[0]
    assert first.count("/change/") == 2  # both in the row of their time
    assert offered(table) == [free.pk]
    assert "view=counters" in re.findall(r'href="([^"]*day=tomorrow[^"]*)"', page)[0]


def test_list_tells_how_long_people_wait(desk: Client, visit: Appointment) -> None:
    Appointment.objects.filter(pk=visit.pk).update(
        status=Status.CHECKED_IN, checked_in_at=TUESDAY_NINE - timedelta(minutes=14)
    )
    for path in (APPOINTMENTS, "/admin/", f"{APPOINTMENTS}at-counter/{visit.slot.counter_id}/"):
        assert "waiting for 14 min" in text(desk, path), path


def test_time_that_somebody_may_still_accept_is_on_the_list_of_the_day(
    desk: Client, visit: Appointment
) -> None:
    until = TUESDAY_NINE + timedelta(minutes=30)
    slot = SlotFactory(starts_at=TUESDAY_NINE + HOUR, counter=visit.slot.counter)
    offered = AppointmentFactory(offered=True, slot=slot, held_until=until, free_from=until)
    page = text(desk, "/admin/")
    row = page.partition(f'id="a{offered.pk}"')[2].partition("</tr>")[0]
    assert offered.applicant.desk_name in row
    assert "answer by 09:30" in row
    assert "<button" not in row  # nobody has arrived for it
    assert "0 of 1 done" in page  # who has no time yet is not counted
    waiting = text(desk, "/admin/booking/waitingentry/")
    assert "answer by 09:30" in waiting
    Appointment.objects.filter(pk=offered.pk).update(
        held_until=TUESDAY_NINE, free_from=TUESDAY_NINE
    )
    assert f'id="a{offered.pk}"' not in text(desk, "/admin/")

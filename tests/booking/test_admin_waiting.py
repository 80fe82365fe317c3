"""Those who wait and those who look like somebody else, through the pages of the desk."""

from __future__ import annotations

import re
from datetime import timedelta

import time_machine
from django.test import Client
from django.utils.html import strip_tags

from booking.models import Applicant, Appointment, Slot, WaitingEntry
from booking.states import Status
from config.foundation.audit import AccessRecord
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, fields, signed_in, url, visit
from tests.factories import (
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    SlotFactory,
    WaitingEntryFactory,
)

__all__ = ["catalogue", "clock", "desk", "visit"]


def test_waiting_person_stands_in(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    entry = WaitingEntryFactory()
    clock.move_to(TUESDAY_NINE + timedelta(minutes=5))
    desk.post(url(visit, "no-show"), {"version": 1})
    stand_in = f"/admin/booking/waitingentry/{entry.pk}/stand-in/"
    shown = fields(desk, stand_in)
    assert desk.post(stand_in, shown | {"slot": "0"}).status_code == 409
    WaitingEntry.objects.update(version=2)
    assert desk.post(stand_in, shown).status_code == 409
    assert not Appointment.objects.filter(applicant=entry.applicant).exists()
    shown = fields(desk, stand_in)
    for _press in range(2):
        assert desk.post(stand_in, shown)["Location"] == "/admin/"
    assert "has not come." not in desk.get("/admin/").content.decode()
    served = Appointment.objects.get(applicant=entry.applicant)
    assert (served.status, served.slot_id) == (Status.CHECKED_IN, visit.slot_id)


def test_offer_is_accepted_on_the_phone(desk: Client) -> None:
    slot: Slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=2))
    until = slot.starts_at - timedelta(hours=1)
    offered = AppointmentFactory(offered=True, slot=slot, held_until=until, free_from=until)
    accept = f"/admin/booking/waitingentry/{offered.entry_id}/accept/"
    shown = fields(desk, accept)
    page = f"{APPOINTMENTS}{offered.pk}/change/"
    assert [desk.post(accept, shown)["Location"] for _press in range(2)] == [page, page]
    offered.refresh_from_db()
    assert offered.status == Status.BOOKED
    assert "no open offer" not in desk.get(page).content.decode()
    # for somebody else there is nothing left to accept
    assert "/waitingentry/" in signed_in("caseworker").post(accept, shown)["Location"]


def test_offer_that_is_not_the_one_on_the_page_is_not_accepted(desk: Client) -> None:  # T-B12
    later = TUESDAY_NINE + timedelta(days=2)
    common = {"held_until": later, "free_from": later}
    slots = [SlotFactory(starts_at=later + timedelta(hours=hour)) for hour in (2, 3)]
    first = AppointmentFactory(offered=True, slot=slots[0], **common)
    accept = f"/admin/booking/waitingentry/{first.entry_id}/accept/"
    shown = fields(desk, accept)
    Appointment.objects.update(
        status=Status.EXPIRED, held_until=None, free_from=None, ended_at=TUESDAY_NINE
    )
    second = AppointmentFactory(
        offered=True, slot=slots[1], entry=first.entry, applicant=first.applicant, **common
    )
    answer = desk.post(accept, shown)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()
    for stale in ({}, shown | {"version": "9"}, shown | {"subject": first.applicant.subject}):
        assert desk.post(accept, stale).status_code == 409
    second.refresh_from_db()
    assert second.status == Status.OFFERED
    desk.post(accept, fields(desk, accept))
    second.refresh_from_db()
    assert second.status == Status.BOOKED


def test_namesake_is_allowed_once_seen(desk: Client, visit: Appointment) -> None:
    person = visit.applicant
    same = {name: getattr(person, name) for name in ("family_name", "given_names", "birth_date")}
    second = ApplicantFactory(**same, flagged_at=TUESDAY_NINE)
    page = f"/admin/booking/applicant/{second.pk}/"
    assert visit.reference in desk.get(f"{page}change/").content.decode()
    shown = fields(desk, f"{page}namesake/")
    Applicant.objects.filter(pk=second.pk).update(version=2)
    assert desk.post(f"{page}namesake/", shown).status_code == 409
    second.refresh_from_db()
    assert second.namesake_number == 0
    desk.post(f"{page}namesake/", fields(desk, f"{page}namesake/"))
    second.refresh_from_db()
    assert (second.namesake_number, second.flagged_at) == (1, None)


def test_list_shows_both_appointments_and_what_to_decide(desk: Client, visit: Appointment) -> None:
    person = visit.applicant
    same = {name: getattr(person, name) for name in ("family_name", "given_names", "birth_date")}
    second = ApplicantFactory(**same, flagged_at=TUESDAY_NINE)
    people = "/admin/booking/applicant/"
    page = desk.get(people).content.decode()
    assert visit.reference in page
    assert f'href="{people}{second.pk}/namesake/"' in page
    settle = f"{people}{second.pk}/settle/"
    assert f'href="{settle}">Same person<' in page
    shown = fields(desk, settle)
    Appointment.objects.update(
        status=Status.CANCELLED, ended_at=TUESDAY_NINE, cancel_reason="office"
    )
    page = desk.get(people).content.decode()
    assert f'href="{settle}">Settled<' in page
    assert f"{people}{second.pk}/namesake/" not in page
    assert desk.post(settle, shown | {"version": "9"}).status_code == 409
    desk.post(settle, shown)
    second.refresh_from_db()
    assert (second.namesake_number, second.flagged_at) == (0, None)
    assert settle not in desk.get(people).content.decode()
    assert AccessRecord.objects.filter(subject=f"{second.subject} settled").exists()


def waiting_rows(desk: Client) -> list[str]:
    """The words of each row of the list."""
    page = desk.get("/admin/booking/waitingentry/").content.decode()
    rows = re.findall(r"<tr.*?</tr>", page.partition("<tbody>")[2], re.DOTALL)
    return [" ".join(strip_tags(row.replace("<", " <")).split()) for row in rows]


def test_each_row_has_its_place_and_the_one_thing_to_do(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    first = WaitingEntryFactory(priority=0, applicant__phone="+49 391 5550177")
    second = WaitingEntryFactory()
    told = waiting_rows(desk)
    assert [row.split()[0] for row in told] == ["1", "2"]
    assert "lost a time to a closure" in told[0]
    assert "+49 391" in told[0]
    assert "/stand-in/" not in desk.get("/admin/booking/waitingentry/").content.decode()
    until = TUESDAY_NINE + timedelta(days=1)
    offered = AppointmentFactory(
        offered=True,
        entry=second,
        applicant=second.applicant,
        slot=SlotFactory(starts_at=until + timedelta(days=1)),
        held_until=until,
        free_from=until,
    )
    clock.move_to(TUESDAY_NINE + timedelta(minutes=6))
    desk.post(url(visit, "no-show"), fields(desk, url(visit, "no-show")))
    page = desk.get("/admin/booking/waitingentry/").content.decode()
    assert f"/{first.pk}/stand-in/" in page
    assert f"/{offered.entry_id}/accept/" in page
    assert f"/{offered.entry_id}/stand-in/" not in page

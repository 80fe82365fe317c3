"""What the start page of the desk asks somebody to look at."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from booking.actions import offers
from booking.actions.undelivered_offers import end_undelivered_offer
from booking.models import Applicant, Appointment, PhoneCall
from booking.states import Status
from config.celery import app
from config.foundation.office import ServiceStatus, current_office, forget_memory
from config.foundation.outbox import Notification, enqueue
from config.foundation.sweeps import record_sweep
from documents.actions import copy_to_draft
from documents.models import CatalogueVersion
from pickup_box.models import Alarm
from tests.booking.desk import caseworker, catalogue, clock, desk, signed_in
from tests.factories import (
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    InvitedFactory,
    ServiceWindowFactory,
    SlotFactory,
    WaitingEntryFactory,
)
from tests.pickup_box.making import make_box

__all__ = ["catalogue", "clock", "desk"]
NOW = TUESDAY_NINE


def to_do(desk: Client) -> str:
    """The words of what is to be done, on one line."""
    page = desk.get("/admin/").content.decode()
    _before, found, after = page.partition('<section class="desk-todo"')
    assert found
    return " ".join(strip_tags(after.partition("</section>")[0].partition(">")[2]).split())


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
    assert to_do(desk) == "To do Nothing."


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (letter_refused, ("please phone", "قاسم", "+49 391 5550123")),
        (letter_late, ("please phone", "قاسم")),
        (mistake, ("A mistake in name or date of birth is reported", "قاسم")),
        (second_address, ("1 People who asked for a second appointment from another address.",)),
        (offer_undelivered, ("no letter could tell of have passed on: please phone", "KANINCHEN")),
        (displaced, ("1 People who lost a time to a closure and still wait.",)),
        (silent_job, ("Jobs that have not run for a while: config.operations.tasks.send_codes",)),
        (box_fault, ("1 Alarms of the pickup box.",)),
    ],
)
def test_start_page_names_what_needs_a_look(
    desk: Client,
    visit: Appointment,
    happens: Callable[[Appointment], None],
    words: tuple[str, ...],
) -> None:
    happens(visit)
    shown = to_do(desk)
    for each in words:
        assert each in shown


# --- what else is to be done ----------------------------------------------------------------------


def lost_without_address(visit: Appointment) -> None:
    person = ApplicantFactory(family_name="Fuchs", email="", phone="+49 391 5550199")
    slot = SlotFactory(starts_at=NOW + timedelta(days=1))
    AppointmentFactory(applicant=person, slot=slot, status=Status.DISPLACED, ended_at=NOW)
    WaitingEntryFactory(applicant=person, displaced=True)


def letter_refused_without_phone(visit: Appointment) -> None:
    letter_refused(visit)
    Applicant.objects.update(phone="")


def offer_to_read_out(visit: Appointment) -> None:
    person = ApplicantFactory(family_name="Dachs", email="", phone="+49 391 5550177")
    slot = SlotFactory(starts_at=NOW + timedelta(days=2))
    until = NOW + timedelta(hours=4)
    AppointmentFactory(offered=True, applicant=person, slot=slot, held_until=until, free_from=until)


def never_closed(visit: Appointment) -> None:
    AppointmentFactory(slot=SlotFactory(starts_at=NOW - timedelta(days=1)))


def test_invited_person_who_lost_a_time_is_phoned_until_another_is_chosen(
    desk: Client, visit: Appointment
) -> None:
    person = InvitedFactory(
        family_name="Marder", given_names="Eva", email="", phone="+49 391 5550188"
    )
    invitation = person.invitation
    assert invitation is not None
    mine: dict[str, Any] = {"applicant": person, "invitation": invitation, "category": ""}
    times = [
        SlotFactory(quota=invitation.quota, starts_at=NOW + timedelta(days=days)) for days in (1, 2)
    ]
    AppointmentFactory(**mine, situation={}, slot=times[0], status=Status.DISPLACED, ended_at=NOW)
    shown = to_do(desk)
    assert "no letter tells them in time: please phone" in shown
    assert "MARDER Eva +49 391 5550188" in shown
    AppointmentFactory(**mine, situation={}, slot=times[1])
    assert "MARDER" not in to_do(desk)


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (
            letter_refused_without_phone,
            ("within 24 hours. caseworkers", "قاسم Layla No phone number: tell them when"),
        ),
        (lost_without_address, ("no letter tells them in time: please phone", "FUCHS", "5550199")),
        (offer_to_read_out, ("please read them out", "DACHS", "by: Tue, 24.11.2026, 13:00")),
        (never_closed, ("1 Visits of the last 7 days that were never closed. caseworkers",)),
    ],
)
def test_start_page_says_what_who_and_by_when(
    desk: Client,
    visit: Appointment,
    happens: Callable[[Appointment], None],
    words: tuple[str, ...],
) -> None:
    happens(visit)
    shown = to_do(desk)
    for each in words:
        assert each in shown


def test_call_with_a_result_is_done(desk: Client, visit: Appointment) -> None:
    lost_without_address(visit)
    row = Appointment.objects.get(status=Status.DISPLACED)
    note = {"appointment": row, "called_by": caseworker(), "called_at": NOW}
    again = {"result": PhoneCall.Result.AGAIN, "again_at": NOW + timedelta(hours=2)}
    PhoneCall.objects.create(**note, **again, number=1)
    assert "FUCHS" in to_do(desk)
    PhoneCall.objects.create(**note, result=PhoneCall.Result.NOT_REACHED, number=2)
    assert "FUCHS" not in to_do(desk)


def test_team_lead_learns_of_old_drafts_and_missing_translations(
    desk: Client, visit: Appointment
) -> None:
    copy_to_draft(CatalogueVersion.objects.latest("pk"), name="Entwurf", valid_from=NOW.date())
    ServiceStatus.objects.update_or_create(defaults={"notice": {"de": "Geänderte Zeiten"}})
    forget_memory()
    lead = signed_in("team lead")
    assert "older than 7 days" not in to_do(lead)
    CatalogueVersion.objects.drafts().update(created_at=NOW - timedelta(days=8))
    shown = to_do(lead)
    assert "1 Drafts of the catalogue older than 7 days" in shown
    assert "The public notice is not translated: English" in shown
    assert "Drafts" not in to_do(desk)
    assert "not translated" not in to_do(desk)


def test_nobody_gets_a_link_that_answers_403(desk: Client, visit: Appointment) -> None:
    for happens in (lost_without_address, offer_to_read_out, never_closed, letter_refused):
        happens(visit)
    box_fault(visit)
    ServiceStatus.objects.update_or_create(defaults={"state": "paused"})
    forget_memory()
    for client in (desk, signed_in("team lead"), signed_in("ops")):
        page = client.get("/admin/").content.decode()
        links = set(re.findall(r'href="(/admin/[^"#]*)"', page))
        assert links
        refused = {link for link in links if client.get(unescape(link)).status_code == 403}
        assert refused == set()


# --- the day --------------------------------------------------------------------------------------


def test_free_times_stand_between_the_people(desk: Client, visit: Appointment) -> None:
    for minutes in (10, 20, 40):
        at = visit.slot.starts_at + timedelta(minutes=minutes)
        SlotFactory(counter=visit.slot.counter, starts_at=at)
    (counter,) = desk.get("/admin/").context["today"].counters
    assert [each.time for each in counter.entries] == ["14:00", "14:10–14:30", "14:40–14:50"]
    assert [each.count for each in counter.free] == [2, 1]


def test_next_person_stands_out_and_the_past_is_folded(desk: Client, visit: Appointment) -> None:
    counter = visit.slot.counter
    for minutes in (0, 10, 20):
        slot = SlotFactory(counter=counter, starts_at=NOW - timedelta(minutes=60 - minutes))
        AppointmentFactory(slot=slot, completed=True)
    (shown,) = desk.get("/admin/").context["today"].counters
    assert [line.time for line in shown.earlier] == ["08:00"]
    assert [line.is_over for line in shown.entries] == [True, True, False]
    assert [line.row for line in shown.lines if line.is_next] == [visit]


def test_nobody_is_to_note_a_call_to_a_person_without_a_number(
    desk: Client, visit: Appointment
) -> None:
    letter_refused_without_phone(visit)
    other = ApplicantFactory(family_name="Igel", given_names="Jo", phone="+49 391 5550123")
    slot = SlotFactory(starts_at=NOW + timedelta(hours=6))
    letter_refused(AppointmentFactory(applicant=other, slot=slot))
    page = desk.get("/admin/").content.decode().partition('<section class="desk-todo"')[2]
    assert f"/{visit.pk}/change/" in page
    assert f"/{visit.pk}/call/" not in page
    shown = to_do(desk)
    assert shown.index("IGEL") < shown.index("قاسم")  # whoever can be phoned comes first


def test_page_of_a_call_says_that_there_is_no_number(desk: Client, visit: Appointment) -> None:
    page = f"/admin/booking/appointment/{visit.pk}/call/"
    assert "no call is possible" not in desk.get(page).content.decode()
    Applicant.objects.update(phone="")
    assert "no call is possible" in desk.get(page).content.decode()

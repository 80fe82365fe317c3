"""The one note of a visit: at the desk, in the export of a person, and gone with them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client

from booking import actions
from booking.actions.desk_refusals import NoteChanged
from booking.actions.erasure import forget_applicant
from booking.actions.refusals import EntriesChanged
from booking.models import Appointment, AppointmentEvent, VisitNote
from config.operations.data_subject_requests import export_person
from config.operations.retention import forget_due
from tests.booking.desk import (
    APPOINTMENTS,
    caseworker,
    catalogue,
    clock,
    desk,
    fields,
    signed_in,
    url,
    visit,
)
from tests.factories import TUESDAY_NINE, StaffFactory, WaitingEntryFactory
from tests.invariants import assert_invariants

__all__ = ["catalogue", "clock", "desk", "visit"]


def note_of(visit: Appointment) -> VisitNote:
    return VisitNote.objects.select_related("written_by").get(appointment=visit)


def test_note_is_dated_signed_and_read_at_the_desk(desk: Client, visit: Appointment) -> None:
    answer = desk.post(
        url(visit, "note"), fields(desk, url(visit, "note")) | {"text": "Kommt  mit\r\nAnwältin"}
    )
    assert answer.status_code == 302
    note = note_of(visit)
    assert (note.text, note.written_by.username) == ("Kommt mit Anwältin", "kurz")
    assert note.written_at == TUESDAY_NINE
    page = desk.get(f"{APPOINTMENTS}{visit.pk}/change/").content.decode()
    assert "Kommt mit Anwältin" in page
    assert "Tue, 24.11.2026, 09:00, kurz" in page
    assert_invariants(TUESDAY_NINE, without=("I16",))  # a factory writes no letter


def test_press_is_answered_with_person_and_time(desk: Client, visit: Appointment) -> None:
    form = fields(desk, url(visit, "note")) | {"text": "x"}
    page = desk.post(url(visit, "note"), form, follow=True).content.decode()
    assert f"{visit.applicant.desk_name}, 09:00: note saved by kurz." in page


def test_note_takes_no_version_from_the_appointment(desk: Client, visit: Appointment) -> None:
    """Who has the own page open is not thrown off it by a note of the desk."""
    desk.post(url(visit, "note"), fields(desk, url(visit, "note")) | {"text": "x"})
    visit.refresh_from_db()
    assert visit.version == 1
    assert AppointmentEvent.objects.filter(appointment=visit).count() == 1


def test_280_characters_are_the_most(desk: Client, visit: Appointment) -> None:
    form = fields(desk, url(visit, "note"))
    assert desk.post(url(visit, "note"), form | {"text": "ä" * 281}).status_code == 422
    assert not VisitNote.objects.exists()
    assert desk.post(url(visit, "note"), form | {"text": "ä" * 280}).status_code == 302


@pytest.mark.parametrize("text", ["a\u202eb", "a\u200bb", "a\x00b", "a\x07b"])
def test_what_turns_or_hides_text_is_refused(desk: Client, visit: Appointment, text: str) -> None:
    form = fields(desk, url(visit, "note"))
    assert desk.post(url(visit, "note"), form | {"text": text}).status_code == 422
    assert not VisitNote.objects.exists()


def test_second_caseworker_reads_the_newer_note_first(desk: Client, visit: Appointment) -> None:
    old = fields(desk, url(visit, "note"))
    other = signed_in(username="lang")
    other.post(url(visit, "note"), old | {"text": "first"})
    answer = desk.post(url(visit, "note"), old | {"text": "second"})
    assert answer.status_code == 409
    assert "first" in answer.content.decode()
    assert note_of(visit).text == "first"


def test_same_press_twice_is_one_note(desk: Client, visit: Appointment) -> None:
    form = fields(desk, url(visit, "note")) | {"text": "x"}
    assert [desk.post(url(visit, "note"), form).status_code for _press in range(2)] == [302, 302]
    assert note_of(visit).version == 1


def test_taken_away_note_is_no_empty_page_for_an_older_form(visit: Appointment) -> None:
    by = StaffFactory()
    for version, text in enumerate(("one", "", "three")):
        actions.write_note(appointment=visit, text=text, version=version, now=TUESDAY_NINE, by=by)
    with pytest.raises(NoteChanged):
        actions.write_note(appointment=visit, text="late", version=1, now=TUESDAY_NINE, by=by)
    assert note_of(visit).text == "three"


def test_database_keeps_one_note_for_a_visit(visit: Appointment) -> None:
    by = StaffFactory()
    note = actions.write_note(appointment=visit, text="x", version=0, now=TUESDAY_NINE, by=by)
    note.pk = None
    with pytest.raises(IntegrityError):
        note.save(force_insert=True)


def test_nothing_is_noted_about_the_forgotten(visit: Appointment) -> None:
    Appointment.objects.filter(pk=visit.pk).update(status="completed", outcome="served")
    row = Appointment.objects.select_related("applicant").get(pk=visit.pk)
    forget_applicant(row.applicant, now=TUESDAY_NINE)
    with pytest.raises(EntriesChanged):
        actions.write_note(
            appointment=row, text="x", version=0, now=TUESDAY_NINE, by=StaffFactory()
        )
    assert not VisitNote.objects.exists()


def test_note_goes_with_its_visit_though_the_person_waits_on(visit: Appointment) -> None:
    WaitingEntryFactory(applicant=visit.applicant)
    by = StaffFactory()
    actions.write_note(appointment=visit, text="x", version=0, now=TUESDAY_NINE, by=by)
    actions.assign(appointment=visit, to=caseworker(), version=0, now=TUESDAY_NINE, by=by)
    end = visit.slot.ends_at + timedelta(days=2)
    name = "P2 notes and assignments of visits"
    assert forget_due(now=end - timedelta(minutes=1), apply=True)[name] == 0
    assert forget_due(now=end, apply=False)[name] == 2
    assert VisitNote.objects.exists()
    assert forget_due(now=end, apply=True)[name] == 2
    assert not VisitNote.objects.exists()


def test_person_gets_a_copy_of_the_note_without_its_author(visit: Appointment) -> None:
    by = StaffFactory()
    actions.write_note(appointment=visit, text="Kommt", version=0, now=TUESDAY_NINE, by=by)
    found = export_person(reference=visit.reference, by=by, reason="x", now=TUESDAY_NINE)
    (note,) = [row for row in found["data"] if row.get("text") == "Kommt"]
    assert "written_by" not in note


@pytest.mark.parametrize("role", ["", "ops"])
def test_others_neither_read_nor_write(visit: Appointment, role: str) -> None:
    client = signed_in(role)
    assert client.get(url(visit, "note")).status_code == 403
    assert client.post(url(visit, "note"), {"version": 0, "text": "x"}).status_code == 403
    assert not VisitNote.objects.exists()

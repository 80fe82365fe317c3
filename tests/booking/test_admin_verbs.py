"""What a caseworker does to one appointment, through the pages of the desk."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.test import Client

import booking
from booking.admin.action_forms import CallerForm
from booking.admin.appointment_actions import ACTIONS
from booking.admin.appointment_summary import STEPS
from booking.models import Applicant, Appointment, AppointmentEvent, Slot, WaitingEntry
from booking.notifications import enqueue_confirmation
from booking.states import Status
from config.foundation.audit import AccessRecord
from config.foundation.outbox import Notification, send_next
from documents.catalogue import emergency_checklist
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, signed_in
from tests.booking.visitors import hidden_fields
from tests.factories import (
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    SlotFactory,
    WaitingEntryFactory,
)

__all__ = ["catalogue", "clock", "desk"]
DAY = date(2026, 11, 24)


@pytest.fixture
def visit(desk: Client) -> Appointment:
    """Booked for nine o'clock, which it is."""
    return AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE))


def fields(desk: Client, path: str) -> dict[str, str]:
    """The hidden fields of the form of a page."""
    return hidden_fields(desk.get(path).content.decode(), path, at=path) or {}


def url(row: Appointment, action: str) -> str:
    return f"{APPOINTMENTS}{row.pk}/{action}/"


def test_check_in_asks_first_and_then_acts(desk: Client, visit: Appointment) -> None:
    page = desk.get(url(visit, "check-in"))
    assert visit.applicant.full_name in page.content.decode()
    assert "20.11.2026" in page.content.decode()  # the date of the eligibility rule
    visit.refresh_from_db()
    assert visit.status == Status.BOOKED

    answer = desk.post(url(visit, "check-in"), {"version": 1})
    assert answer["Location"] == f"/admin/#a{visit.pk}"
    event = AppointmentEvent.objects.get(appointment=visit, action="check_in")
    assert event.by is not None
    assert event.by.username == "kurz"


def test_check_in_pressed_twice_is_a_quiet_success(desk: Client, visit: Appointment) -> None:
    answers = [desk.post(url(visit, "check-in"), {"version": 1}) for _press in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert AppointmentEvent.objects.filter(appointment=visit).count() == 2


def test_second_caseworker_sees_who_was_first_and_when(
    desk: Client, visit: Appointment
) -> None:  # T-B12, F35
    desk.post(url(visit, "check-in"), {"version": 1})
    other = signed_in(username="lang")
    answer = other.post(url(visit, "cancel"), {"version": 1, "reason": "office"})

    assert answer.status_code == 409
    text = answer.content.decode()
    assert 'role="alert"' in text
    assert "kurz" in text
    assert "09:00" in text
    visit.refresh_from_db()
    assert visit.status == Status.CHECKED_IN


def test_refusal_is_said_on_the_page(desk: Client, visit: Appointment) -> None:
    answer = desk.post(url(visit, "no-show"), {"version": 1})
    assert answer.status_code == 409
    assert "no longer possible" in answer.content.decode()


def test_cancel_needs_a_typed_reason(desk: Client, visit: Appointment) -> None:
    for reason in ("", "hold_given_up", "because"):
        answer = desk.post(url(visit, "cancel"), {"version": 1, "reason": reason})
        assert answer.status_code == 422
    desk.post(url(visit, "cancel"), {"version": 1, "reason": "wrong_office"})
    visit.refresh_from_db()
    assert (visit.status, visit.cancel_reason) == (Status.CANCELLED, "wrong_office")
    assert Notification.objects.filter(kind="booking.cancellation", subject=visit.subject).exists()


def test_complete_names_the_missing_papers(desk: Client, visit: Appointment) -> None:
    desk.post(url(visit, "check-in"), {"version": 1})
    asked = {"version": 2, "outcome": "proof_missing"}
    assert desk.post(url(visit, "complete"), asked).status_code == 422
    assert desk.post(url(visit, "complete"), asked | {"missing": ["x"]}).status_code == 422
    desk.post(url(visit, "complete"), asked | {"missing": ["passport"]})
    visit.refresh_from_db()
    assert (visit.outcome, visit.missing) == ("proof_missing", ["passport"])


def test_papers_unticked_at_check_in_are_proposed_as_missing(
    desk: Client, visit: Appointment
) -> None:
    papers = [item.id for item in emergency_checklist(category="expired", on=DAY).items]
    page = desk.get(url(visit, "check-in")).content.decode()
    assert re.findall(r'name="brought" value="([^"]+)"', page) == papers
    ticked = {"version": 1, "brought": [paper for paper in papers if paper != "passport"]}
    assert desk.post(url(visit, "check-in"), ticked | {"brought": ["x"]}).status_code == 422
    desk.post(url(visit, "check-in"), ticked)
    visit.refresh_from_db()
    assert (visit.status, visit.missing) == (Status.CHECKED_IN, ["passport"])

    form = desk.get(url(visit, "complete")).context["form"]
    assert (form["outcome"].value(), form["missing"].value()) == ("proof_missing", ["passport"])
    desk.post(url(visit, "complete"), {"version": 2, "outcome": "proof_missing", "missing": papers})
    desk.post(url(visit, "put-back"), {"version": 3})
    form = desk.get(url(visit, "complete")).context["form"]
    assert form["missing"].value() == papers  # what was written down is not asked for again
    desk.post(url(visit, "complete"), {"version": 4, "outcome": "served", "missing": papers})
    visit.refresh_from_db()
    assert (visit.outcome, visit.missing) == ("served", [])  # the proposal is no more than that


def test_check_in_without_a_tick_says_nothing_about_papers(
    desk: Client, visit: Appointment
) -> None:
    desk.post(url(visit, "check-in"), {"version": 1})
    visit.refresh_from_db()
    assert visit.missing == []
    form = desk.get(url(visit, "complete")).context["form"]
    assert (form["outcome"].value(), form["missing"].value()) == ("served", None)


def test_check_in_put_back_forgets_the_ticks(desk: Client, visit: Appointment) -> None:
    desk.post(url(visit, "check-in"), {"version": 1, "brought": ["passport"]})
    desk.post(url(visit, "put-back"), {"version": 2})
    visit.refresh_from_db()
    assert (visit.status, visit.missing) == (Status.BOOKED, [])


def test_missing_papers_are_named_in_words(desk: Client, visit: Appointment) -> None:
    Appointment.objects.update(missing=["passport", "gone"])
    page = desk.get(f"{APPOINTMENTS}{visit.pk}/change/").content.decode()
    (passport,) = (
        item.title.to("en")
        for item in emergency_checklist(category="expired", on=DAY).items
        if item.id == "passport"
    )
    assert f"{passport}, gone" in page


def test_put_back_from_the_list(desk: Client, visit: Appointment) -> None:
    desk.post(url(visit, "check-in"), {"version": 1})
    assert f'{url(visit, "put-back")}"' in desk.get("/admin/").content.decode()
    desk.post(url(visit, "put-back"), {"version": 2})
    visit.refresh_from_db()
    assert visit.status == Status.BOOKED


def test_rebook_offers_public_times_only(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    clock.move_to(TUESDAY_NINE - timedelta(hours=1))
    free = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=2))
    far = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=14))
    refused = desk.post(url(visit, "rebook"), {"version": 1, "slot": far.pk})
    assert refused.status_code == 422
    desk.post(url(visit, "rebook"), {"version": 1, "slot": free.pk})
    visit.refresh_from_db()
    assert (visit.slot, visit.revision) == (free, 1)


@pytest.mark.parametrize("stored", ["1985-05", "1985", "1985-05-12"])
def test_correct_person_takes_the_birth_date_as_it_was_filled_in(
    desk: Client, visit: Appointment, stored: str
) -> None:
    Applicant.objects.filter(pk=visit.applicant_id).update(birth_date=stored)
    form = desk.get(url(visit, "correct")).context["form"]
    shown = {name: form[name].value() for name in ("given_names", "birth_date")}
    answer = desk.post(url(visit, "correct"), shown | {"version": 1, "family_name": "Anders"})
    assert answer.status_code == 302
    person = Applicant.objects.get(pk=visit.applicant_id)
    assert (person.family_name, person.birth_date) == ("Anders", stored)


def test_caller_form_reads_a_phone_as_it_was_pasted(desk: Client) -> None:
    form = CallerForm({"phone": "0391\u00a0123456"}, now=TUESDAY_NINE)
    form.is_valid()
    assert form.cleaned_data["phone"] == "+49391123456"


def test_correct_person_checks_the_birth_date(desk: Client, visit: Appointment) -> None:
    person = {"family_name": "Nguyễn", "given_names": "", "birth_date": "31.12.2030"}
    assert desk.post(url(visit, "correct"), person | {"version": 1}).status_code == 422
    desk.post(url(visit, "correct"), person | {"version": 1, "birth_date": "00.05.1985"})
    visit.applicant.refresh_from_db()
    assert (visit.applicant.family_name, visit.applicant.birth_date) == ("Nguyễn", "1985-05")


HOSTILE = {
    "status": "completed",
    "slot_id": "1",
    "is_staff": "1",
    "is_superuser": "1",
    "id": "999",
    "pk": "999",
    "held_until": "2030-01-01",
    "reference": "AAAA-AAAA",
    "person_key": "x",
    "revision": "7",
    "_save": "1",
    "events-0-id": "1",
    "events-TOTAL_FORMS": "1",
}


@pytest.mark.parametrize("action", [action.name for action in ACTIONS] + ["change"])
def test_fields_nobody_asked_for_change_nothing(
    desk: Client, visit: Appointment, action: str
) -> None:  # T-C2
    before = Appointment.objects.values().get(pk=visit.pk)
    answer = desk.post(url(visit, action), HOSTILE)  # without a version: nothing is done
    assert answer.status_code in {403, 422}
    assert Appointment.objects.values().get(pk=visit.pk) == before


def test_extra_fields_do_not_ride_along(desk: Client, visit: Appointment) -> None:  # T-C2
    before = dict(Appointment.objects.values().get(pk=visit.pk))
    desk.post(url(visit, "check-in"), HOSTILE | {"version": 1})
    after = dict(Appointment.objects.values().get(pk=visit.pk))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"status", "version", "checked_in_at"}
    assert after["status"] == Status.CHECKED_IN


def test_bulk_no_show_says_what_was_done_and_what_not(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    clock.move_to(TUESDAY_NINE + timedelta(minutes=6))
    later = AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10)))
    answer = desk.post(
        f"{APPOINTMENTS}?day=today",
        {"action": "mark_not_come", "_selected_action": [visit.pk, later.pk]},
        follow=True,
    )
    text = answer.content.decode()
    assert "Done for 1 of 2." in text
    assert later.reference in text
    visit.refresh_from_db()
    assert visit.status == Status.NO_SHOW


def test_nothing_is_deleted_or_typed(desk: Client, visit: Appointment) -> None:
    root = signed_in("", is_superuser=True)
    for client in (desk, root):
        for path in (f"{visit.pk}/delete/", "add/"):
            assert client.post(f"{APPOINTMENTS}{path}", {"post": "yes"}).status_code == 403
    page = root.get(f"{APPOINTMENTS}?day=today").content.decode()
    assert "delete_selected" not in page


@pytest.mark.parametrize(
    ("path", "kind", "subject"),
    [
        ("/admin/", "list", "appointments of the day"),
        (APPOINTMENTS, "list", "appointment list"),
        (APPOINTMENTS + "{pk}/change/", "view", "appointment/{pk}"),
        (APPOINTMENTS + "{pk}/check-in/", "view", "appointment/{pk}"),
        ("/admin/day.pdf", "export", "appointments 2026-11-24"),
        ("/admin/booking/waitingentry/", "list", "waitingentry list"),
        ("/admin/booking/waitingentry/{waits}/change/", "view", "waitingentry/{waits}"),
        ("/admin/booking/applicant/", "list", "applicant list"),
        ("/admin/booking/applicant/{flagged}/change/", "view", "applicant/{flagged}"),
        ("/admin/statistics/export/", "export", "statistics"),
    ],
)
def test_every_look_at_people_is_recorded(
    desk: Client, visit: Appointment, path: str, kind: str, subject: str
) -> None:  # T-C7
    ids = {
        "pk": visit.pk,
        "waits": WaitingEntryFactory().pk,
        "flagged": ApplicantFactory(flagged_at=TUESDAY_NINE).pk,
    }
    assert desk.get(path.format(**ids)).status_code == 200
    record = AccessRecord.objects.get()
    assert (record.kind, record.subject) == (kind, subject.format(**ids))
    assert record.by.username == "kurz"


def test_a_page_that_refreshes_itself_is_one_look(desk: Client, visit: Appointment) -> None:
    for _refresh in range(3):
        desk.get("/admin/")
    assert AccessRecord.objects.count() == 1


@pytest.mark.parametrize("role", ["caseworker", "team lead", "ops"])
def test_nobody_edits_the_access_log(desk: Client, visit: Appointment, role: str) -> None:  # T-C7
    desk.get(f"{APPOINTMENTS}{visit.pk}/change/")
    record = AccessRecord.objects.get()
    client = signed_in(role)
    for path in (f"{record.pk}/change/", f"{record.pk}/delete/", "add/"):
        answer = client.post(f"/admin/foundation/accessrecord/{path}", {"subject": "x"})
        assert answer.status_code == 403
    record.refresh_from_db()
    assert record.subject == visit.subject


def test_ops_see_no_person(desk: Client, visit: Appointment) -> None:
    page = signed_in("ops").get("/admin/").content.decode()
    assert visit.applicant.full_name not in page
    assert "desk-today" not in page


def test_start_page_warns_of_letters_that_did_not_leave(desk: Client, visit: Appointment) -> None:
    Notification.objects.create(
        kind="booking.confirmation",
        subject=visit.subject,
        language="de",
        promised_at=TUESDAY_NINE - timedelta(hours=1),
        due_at=TUESDAY_NINE,
        give_up_at=TUESDAY_NINE + timedelta(hours=1),
        message_id="<1@example.org>",
    )
    page = desk.get("/admin/").content.decode()
    assert "please phone" in page
    Notification.objects.update(sent_at=TUESDAY_NINE)
    assert "please phone" not in desk.get("/admin/").content.decode()


def test_waiting_person_stands_in(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    entry = WaitingEntryFactory()
    clock.move_to(TUESDAY_NINE + timedelta(minutes=5))
    desk.post(url(visit, "no-show"), {"version": 1})
    fill_no_show_slot = f"/admin/booking/waitingentry/{entry.pk}/stand-in/"
    shown = fields(desk, fill_no_show_slot)
    assert desk.post(fill_no_show_slot, shown | {"slot": "0"}).status_code == 409
    WaitingEntry.objects.update(version=2)
    assert desk.post(fill_no_show_slot, shown).status_code == 409
    assert not Appointment.objects.filter(applicant=entry.applicant).exists()
    assert desk.post(fill_no_show_slot, fields(desk, fill_no_show_slot))["Location"] == "/admin/"
    served = Appointment.objects.get(applicant=entry.applicant)
    assert (served.status, served.slot_id) == (Status.CHECKED_IN, visit.slot_id)


def test_offer_is_accepted_on_the_phone(desk: Client) -> None:
    slot: Slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=2))
    until = slot.starts_at - timedelta(hours=1)
    offered = AppointmentFactory(offered=True, slot=slot, held_until=until, free_from=until)
    accept = f"/admin/booking/waitingentry/{offered.entry_id}/accept/"
    shown = fields(desk, accept)
    desk.post(accept, shown)
    offered.refresh_from_db()
    assert offered.status == Status.BOOKED
    assert desk.post(accept, shown)["Location"].endswith("/change/")  # nothing left to accept


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


@pytest.fixture
def later(desk: Client) -> Appointment:
    """Booked for ten o'clock by somebody who reads English."""
    starts_at = TUESDAY_NINE + timedelta(hours=1)
    return AppointmentFactory(slot=SlotFactory(starts_at=starts_at), applicant__language="en")


def test_steps_are_told_in_words(desk: Client, later: Appointment) -> None:
    answer = desk.post(url(later, "cancel"), {"version": 1, "reason": "wrong_office"})
    assert answer["Location"] == f"{APPOINTMENTS}{later.pk}/change/"  # where it can be put back
    page = desk.get(answer["Location"]).content.decode()
    assert "another office is responsible" in page
    assert ">wrong_office<" not in page
    assert 'href="../put-back/"' in page


def test_every_step_has_its_words() -> None:
    actions = Path(booking.__file__).parent / "actions"
    written = {
        action
        for file in actions.glob("*.py")
        for action in re.findall(r'action="([a-z_]+)"', file.read_text(encoding="utf-8"))
    }
    assert written
    assert written == set(STEPS)


def test_letter_and_check_in_list_the_same_papers(desk: Client, later: Appointment) -> None:
    enqueue_confirmation(later, now=TUESDAY_NINE)
    assert send_next(queue=Notification.Queue.ORDINARY, now=TUESDAY_NINE) == "sent"
    letter = str(mail.outbox[-1].body)
    form = desk.get(url(later, "check-in")).context["form"]
    titles = [title for _id, title in form.fields["brought"].choices]
    assert len(titles) >= 4
    assert [title for title in titles if f"- {title}" not in letter] == []
    page = desk.get(f"{APPOINTMENTS}{later.pk}/change/").content.decode()
    assert ", ".join(titles) in html.unescape(page)  # to be read out on the phone

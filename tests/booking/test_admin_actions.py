"""What a caseworker does to one appointment, through the pages of the desk."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client

import booking
from booking.admin.action_forms import CallerForm
from booking.admin.appointment_actions import ACTIONS
from booking.admin.appointment_summary import STEPS
from booking.models import Applicant, Appointment, AppointmentEvent
from booking.states import Status
from config.foundation.outbox import Notification, enqueue
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, later, signed_in, url, visit
from tests.factories import TUESDAY_NINE, AppointmentFactory, CounterFactory, SlotFactory

__all__ = ["catalogue", "clock", "desk", "later", "visit"]


def test_check_in_asks_first_and_then_acts(desk: Client, visit: Appointment) -> None:
    page = desk.get(url(visit, "check-in"))
    assert visit.applicant.desk_name in page.content.decode()
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


@pytest.mark.parametrize("phone", ["", "+4939112345678"])
def test_page_that_promises_a_letter_says_that_the_last_one_came_back(
    desk: Client, visit: Appointment, phone: str
) -> None:
    Applicant.objects.update(phone=phone)
    enqueue(kind="booking.confirmation", subject=visit.subject, language="de", now=TUESDAY_NINE)
    Notification.objects.update(sent_at=TUESDAY_NINE)
    assert "has not arrived" not in desk.get(url(visit, "cancel")).content.decode()
    Notification.objects.update(bounced_at=TUESDAY_NINE, bounce="5.1.1")
    page = desk.get(url(visit, "cancel")).content.decode()
    assert ("Please phone as well." in page) == bool(phone)
    assert ("the person will not learn of this" in page) != bool(phone)
    assert "has not arrived" not in desk.get(url(visit, "check-in")).content.decode()


def test_cancel_needs_a_typed_reason(desk: Client, visit: Appointment) -> None:
    for reason in ("", "hold_given_up", "because"):
        answer = desk.post(url(visit, "cancel"), {"version": 1, "reason": reason})
        assert answer.status_code == 422
    desk.post(url(visit, "cancel"), {"version": 1, "reason": "wrong_office"})
    visit.refresh_from_db()
    assert (visit.status, visit.cancel_reason) == (Status.CANCELLED, "wrong_office")
    assert Notification.objects.filter(kind="booking.cancellation", subject=visit.subject).exists()


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


def test_start_page_warns_of_letters_that_did_not_leave(desk: Client, visit: Appointment) -> None:
    Notification.objects.create(
        kind="booking.confirmation",
        subject=visit.subject,
        language="de",
        promised_at=TUESDAY_NINE - timedelta(hours=1),
        due_at=TUESDAY_NINE - timedelta(minutes=5),
        give_up_at=TUESDAY_NINE + timedelta(hours=1),
        message_id="<1@example.org>",
    )
    Applicant.objects.update(phone="+49 391 5550123")
    page = desk.get("/admin/").content.decode()
    assert "please phone" in page
    Notification.objects.update(sent_at=TUESDAY_NINE)
    assert "please phone" not in desk.get("/admin/").content.decode()


def test_steps_are_told_in_words(desk: Client, later: Appointment) -> None:
    answer = desk.post(url(later, "cancel"), {"version": 1, "reason": "wrong_office"})
    assert answer["Location"] == f"{APPOINTMENTS}{later.pk}/change/"  # where it can be put back
    page = desk.get(answer["Location"]).content.decode()
    assert "another office is responsible" in page
    assert ">wrong_office<" not in page
    assert 'action="../put-back/"' in page


def test_every_step_has_its_words() -> None:
    actions = Path(booking.__file__).parent / "actions"
    written = {
        action
        for file in actions.glob("*.py")
        for action in re.findall(r'action="([a-z_]+)"', file.read_text(encoding="utf-8"))
    }
    assert written
    assert written == set(STEPS)


def test_pages_say_how_late_somebody_is_and_which_step_is_taken_back(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(minutes=12))
    for name in ("no-show", "change"):
        assert "12 min late" in desk.get(url(visit, name)).content.decode()
    desk.post(url(visit, "check-in"), {"version": 1})
    for name in ("put-back", "change"):
        page = desk.get(url(visit, name)).content.decode()
        assert "Take back the arrival at 09:12" in page


def test_call_without_a_number_is_noted_as_not_reached(desk: Client, later: Appointment) -> None:
    later.applicant.phone = ""
    later.applicant.save()
    form = desk.get(url(later, "call")).context["form"]
    assert [value for value, _label in form.fields["result"].choices] == ["not_reached"]
    assert desk.post(url(later, "call"), {"version": 0, "result": "reached"}).status_code == 422
    assert desk.post(url(later, "call"), {"version": 0, "result": "not_reached"}).status_code == 302


def test_other_counters_that_are_not_free_are_said_to_be(desk: Client, visit: Appointment) -> None:
    other = CounterFactory(slug="second", group=visit.slot.counter.group)
    said = "No other counter is free at this time."
    assert said in desk.get(url(visit, "counter")).content.decode()
    SlotFactory(starts_at=visit.slot.starts_at, counter=other)
    assert said not in desk.get(url(visit, "counter")).content.decode()


def test_closing_says_that_there_are_no_appointments_then(desk: Client, visit: Appointment) -> None:
    asked = {"what": "days", "day": "29.11.2026", "counter": ""}
    page = desk.post("/admin/booking/closure/close/", asked).content.decode()
    assert "There are no appointments at all in this time" in page
    page = desk.post(
        "/admin/booking/closure/close/", asked | {"day": "24.11.2026"}
    ).content.decode()
    assert "There are no appointments at all in this time" not in page

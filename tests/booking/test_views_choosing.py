"""Choosing a time and reviewing it."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from booking.models import Appointment, Slot
from booking.states import Status
from config.foundation.outbox import Notification
from tests.booking.visitors import DETAILS, Visitor
from tests.corpus.flow import FOREIGN_IDS
from tests.factories import MONDAY, TUESDAY_NINE, AppointmentFactory, SlotFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots")]


def test_times_are_listed_by_day_with_opaque_values(visitor: Visitor) -> None:
    visitor.verifies()
    page = visitor.get("times/").content.decode()
    assert 'data-free="3"' in page
    assert "Tuesday, 24 November 2026" in page
    assert len(visitor.slots()) == 3
    assert not {str(pk) for pk in Slot.objects.values_list("pk", flat=True)} & set(visitor.slots())


@pytest.mark.usefixtures("office_remembered")
def test_times_written_once_hold_nothing_of_the_person_who_came_first(visitor: Visitor) -> None:
    first, second = visitor, Visitor(Client())
    first.verifies()
    second.verifies(email="olena@example.org", family_name="Шевченко")
    theirs = [first.get("times/").content.decode(), second.get("times/").content.decode()]
    values = [set(re.findall(r' value="([^"]{12,})"', page)) for page in theirs]
    assert all(len(own) >= 4 for own in values), "three times and the token of the form"
    assert not values[0] & values[1]
    assert "Nguyễn" not in theirs[1]
    assert second.send("times/", {"slot": min(values[0], key=len)}).status_code == 422
    first.post("times/", {"earliest": "1"})
    assert "Reserved for you" in first.get("times/").content.decode()
    assert "Reserved for you" not in second.get("times/").content.decode()


def test_times_after_the_need_are_marked(visitor: Visitor) -> None:
    SlotFactory(starts_at=MONDAY + timedelta(days=3))
    answers = {"departure_on": "24.11.2026", "travel_reason": "personal", "has_proof": "yes"}
    visitor.post("check/urgent_travel/", answers)
    visitor.post("details/", DETAILS)
    visitor.post("verify/", {"code": visitor.code()})
    page = visitor.get("times/").content.decode()
    assert page.count('class="late"') == 1


def test_times_without_a_free_one_lead_to_the_waiting_list(visitor: Visitor) -> None:
    Slot.objects.all().delete()
    visitor.verifies()
    page = visitor.get("times/").content.decode()
    assert 'data-free="0"' in page
    assert "/en/waiting/" in page


def test_take_the_earliest(visitor: Visitor) -> None:
    visitor.verifies()
    assert visitor.post("times/", {"earliest": "1"}) == "review/"
    assert Appointment.objects.get().slot == Slot.objects.earliest("starts_at")


def test_bad_slot_is_refused_and_nothing_is_held(visitor: Visitor) -> None:  # corpus 85, 86
    visitor.verifies()
    for value in FOREIGN_IDS:
        answer = visitor.send("times/", {"slot": value})
        assert answer.status_code == 422, value[:50]
        assert 'role="alert"' in answer.content.decode()
    assert not Appointment.objects.exists()


def test_slot_chosen_while_the_key_is_changed_is_held(visitor: Visitor, settings: Settings) -> None:
    visitor.verifies()
    value = visitor.slots()[0]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 50
    assert visitor.post("times/", {"slot": value}) == "review/"


def test_taken_slot_is_refused_with_the_fresh_list(visitor: Visitor) -> None:
    visitor.verifies()
    value = visitor.slots()[0]
    AppointmentFactory(slot=Slot.objects.earliest("starts_at"))
    answer = visitor.send("times/", {"slot": value})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert"' in page
    assert 'data-free="2"' in page


def test_slot_that_has_begun_is_refused(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:  # corpus 92
    visitor.verifies()
    value = visitor.slots()[0]
    Slot.objects.filter(starts_at=TUESDAY_NINE).update(
        starts_at=MONDAY - timedelta(hours=1), ends_at=MONDAY
    )
    assert visitor.send("times/", {"slot": value}).status_code == 409


def test_review_shows_the_end_of_the_hold(visitor: Visitor) -> None:
    visitor.holds()
    page = visitor.get("review/").content.decode()
    found = re.search(r'data-held-until="([^"]+)"', page)
    assert found
    assert datetime.fromisoformat(found[1]) == MONDAY + timedelta(minutes=10)


def test_extend_a_hold(visitor: Visitor, clock: time_machine.Traveller) -> None:
    visitor.holds()
    clock.move_to(MONDAY + timedelta(minutes=9))
    assert visitor.post("review/extend/") == "review/"
    assert Appointment.objects.get().held_until == MONDAY + timedelta(minutes=19)


def test_give_up_a_hold(visitor: Visitor) -> None:
    visitor.holds()
    assert visitor.post("review/give-up/") == "times/"
    assert Appointment.objects.get().status == Status.CANCELLED
    assert len(visitor.slots()) == 2  # the freed one rests


def test_confirm_after_the_hold_has_ended_keeps_all_and_shows_the_times(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.holds()
    clock.move_to(MONDAY + timedelta(minutes=16))
    assert visitor.get("review/")["Location"] == "/en/times/"
    answer = visitor.send("review/")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert"' in page
    assert 'data-free="3"' in page
    assert visitor.post("times/", {"slot": visitor.slots()[0]}) == "review/"
    assert visitor.post("review/") == "appointment/"


@pytest.mark.usefixtures("catalogue")
def test_confirm_twice_shows_the_same_appointment(visitor: Visitor) -> None:  # T-B6
    visitor.holds()
    assert [visitor.post("review/") for _press in range(3)] == ["appointment/"] * 3
    assert Appointment.objects.get().status == Status.BOOKED
    assert Notification.objects.filter(kind="booking.confirmation").count() == 1
    assert visitor.get("times/")["Location"] == "/en/appointment/"
    assert visitor.get("review/")["Location"] == "/en/appointment/"

"""Who is at work on a visit: taken and handed over in one press, ended by the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from booking import actions
from booking.actions.assignments import current_assignment
from booking.actions.desk_refusals import AssignmentChanged, NotAtTheDesk
from booking.actions.refusals import TransitionNotAllowed
from booking.models import Appointment, VisitAssignment
from booking.states import Status
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
from tests.factories import TUESDAY_NINE, AppointmentFactory, StaffFactory

__all__ = ["catalogue", "clock", "desk", "visit"]


def change_page(client: Client, visit: Appointment) -> str:
    return client.get(f"{APPOINTMENTS}{visit.pk}/change/").content.decode()


def take(client: Client, visit: Appointment) -> int:
    return client.post(url(visit, "take"), fields(client, url(visit, "take"))).status_code


def test_colleagues_see_who_is_at_work(desk: Client, visit: Appointment) -> None:
    assert take(desk, visit) == 302
    page = change_page(signed_in(username="lang"), visit)
    assert "In progress with" in page
    assert "<strong>kurz</strong>" in page


def test_it_ends_after_twenty_minutes_without_anybody(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    take(desk, visit)
    clock.shift(timedelta(minutes=20) - timedelta(seconds=1))
    assert "In progress with" in change_page(desk, visit)
    clock.shift(timedelta(seconds=1))
    assert "In progress with" not in change_page(desk, visit)


def test_it_locks_nobody_out(desk: Client, visit: Appointment) -> None:
    take(desk, visit)
    other = signed_in(username="lang")
    assert other.post(url(visit, "check-in"), {"version": 1}).status_code == 302
    assert take(other, visit) == 302
    assert VisitAssignment.objects.get().assignee.username == "lang"


def test_hand_over_is_one_press(desk: Client, visit: Appointment) -> None:
    to = caseworker(username="lang")
    form = fields(desk, url(visit, "hand-over")) | {"to": str(to.pk)}
    answer = desk.post(url(visit, "hand-over"), form, follow=True)
    assert "09:00: handed over by kurz" in answer.content.decode()
    row = VisitAssignment.objects.get()
    assert (row.assignee.username, row.assigned_by.username) == ("lang", "kurz")


def test_colleagues_of_one_name_are_told_apart(desk: Client, visit: Appointment) -> None:
    for login, given in (("lang", "Kim"), ("lang2", "Kim"), ("nowak", "Eva")):
        caseworker(username=login, first_name=given, last_name="Lang")
    page = change_page(desk, visit)
    for label in ("Kim Lang (lang)", "Kim Lang (lang2)", "Eva Lang"):
        assert f">{label}</option>" in page


def test_superuser_without_a_role_is_no_colleague(desk: Client, visit: Appointment) -> None:
    StaffFactory(username="root", is_superuser=True)
    caseworker(username="lang", is_superuser=True)
    page = change_page(desk, visit)
    assert ">lang</option>" in page
    assert ">root</option>" not in page


@pytest.mark.parametrize("columns", [{"is_active": False}, {}])
def test_only_who_acts_at_the_desk_gets_a_visit(
    desk: Client, visit: Appointment, columns: dict[str, object]
) -> None:
    to = caseworker(**columns) if columns else StaffFactory()
    form = fields(desk, url(visit, "hand-over")) | {"to": str(to.pk)}
    assert desk.post(url(visit, "hand-over"), form).status_code == 422
    with pytest.raises(NotAtTheDesk):
        actions.assign(appointment=visit, to=to, version=0, now=TUESDAY_NINE, by=to)


def test_two_who_take_it_at_once_learn_of_each_other(desk: Client, visit: Appointment) -> None:
    one, other = caseworker(), caseworker()
    actions.assign(appointment=visit, to=one, version=0, now=TUESDAY_NINE, by=one)
    with pytest.raises(AssignmentChanged):
        actions.assign(appointment=visit, to=other, version=0, now=TUESDAY_NINE, by=other)
    again = actions.assign(appointment=visit, to=one, version=0, now=TUESDAY_NINE, by=one)
    assert (again.version, again.assignee) == (1, one)


def test_ended_visit_is_nobodys_work(visit: Appointment) -> None:
    by = caseworker()
    actions.assign(appointment=visit, to=by, version=0, now=TUESDAY_NINE, by=by)
    actions.check_in(appointment=visit, now=TUESDAY_NINE, by=by)
    assert current_assignment(visit, now=TUESDAY_NINE) is not None
    served = Appointment.Outcome.SERVED
    actions.complete(appointment=visit, outcome=served, missing=[], now=TUESDAY_NINE, by=by)
    assert current_assignment(visit, now=TUESDAY_NINE) is None
    with pytest.raises(TransitionNotAllowed):
        actions.assign(appointment=visit, to=by, version=1, now=TUESDAY_NINE, by=by)


def test_no_button_where_nobody_is_expected(desk: Client, visit: Appointment) -> None:
    assert '"../take/"' in change_page(desk, visit)
    gone = AppointmentFactory(cancelled=True, slot__starts_at=TUESDAY_NINE + timedelta(hours=3))
    assert gone.status == Status.CANCELLED
    assert '"../take/"' not in change_page(desk, gone)

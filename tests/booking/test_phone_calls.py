"""Calls to people whom no letter reached, and when a closure is done."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError
from django.test import Client

from booking import actions
from booking.actions.desk_refusals import CallNoted, CallTimeImpossible
from booking.actions.erasure import forget_applicant
from booking.actions.refusals import TransitionNotAllowed
from booking.models import (
    Applicant,
    Appointment,
    AppointmentEvent,
    Closure,
    PhoneCall,
    WaitingEntry,
)
from booking.states import Status
from tests.booking.desk import caseworker, catalogue, clock, desk, fields, signed_in, url, visit
from tests.factories import TUESDAY_NINE, AppointmentFactory, SlotFactory
from tests.invariants import assert_invariants

__all__ = ["catalogue", "clock", "desk", "visit"]
CLOSE = "/admin/booking/closure/close/"
TEN = TUESDAY_NINE + timedelta(hours=1)
Result = PhoneCall.Result


@pytest.fixture
def displaced(desk: Client) -> Appointment:
    """Lost a time two hours from now to a closure, and waits."""
    row = AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=2)))
    Applicant.objects.update(phone="+493915401234")
    desk.post(CLOSE, {"what": "today", "counter": "", "confirm": "yes"})
    found: Appointment = Appointment.objects.select_related("applicant", "slot").get(pk=row.pk)
    return found


def note(
    row: Appointment, result: Result, *, seen: int = 0, again_at: datetime | None = None
) -> PhoneCall:
    return actions.note_call(
        appointment=row,
        result=result,
        again_at=again_at,
        seen=seen,
        now=TUESDAY_NINE,
        by=caseworker(),
    )


def closure_page(client: Client) -> str:
    closure = Closure.objects.get()
    return client.get(f"/admin/booking/closure/{closure.pk}/change/").content.decode()


def test_call_is_noted_with_its_result(desk: Client, displaced: Appointment) -> None:
    form = fields(desk, url(displaced, "call")) | {"result": "not_reached"}
    page = desk.post(url(displaced, "call"), form, follow=True).content.decode()
    assert f"{displaced.applicant.desk_name}, 09:00: call noted by kurz." in page
    assert "not reached" in page
    call = PhoneCall.objects.get()
    assert (call.number, call.called_by.username, call.again_at) == (1, "kurz", None)


def test_again_at_is_read_by_the_clock_of_the_office(desk: Client, displaced: Appointment) -> None:
    form = fields(desk, url(displaced, "call"))
    answer = desk.post(url(displaced, "call"), form | {"result": "again"})
    assert answer.status_code == 422
    desk.post(url(displaced, "call"), form | {"result": "again", "again_time": "10:00"})
    assert PhoneCall.objects.get().again_at == TEN


def test_promised_call_is_on_the_start_page_when_it_is_due(
    desk: Client, displaced: Appointment, clock: time_machine.Traveller
) -> None:
    said = "Calls that were to be made again"
    note(displaced, Result.AGAIN, again_at=TEN)
    assert said not in desk.get("/admin/").content.decode()
    clock.shift(timedelta(hours=1))
    other = signed_in(username="lang")
    assert said in other.get("/admin/").content.decode()
    note(displaced, Result.REACHED, seen=1)
    assert said not in other.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("result", "again_at"),
    [
        (Result.AGAIN, None),
        (Result.AGAIN, TUESDAY_NINE),
        (Result.AGAIN, TUESDAY_NINE + timedelta(days=15)),
        (Result.REACHED, TEN),
    ],
)
def test_time_of_the_next_call_goes_with_its_result(
    displaced: Appointment, result: Result, again_at: datetime | None
) -> None:
    with pytest.raises(CallTimeImpossible):
        note(displaced, result, again_at=again_at)
    assert not PhoneCall.objects.exists()


def test_database_keeps_time_and_result_together(displaced: Appointment) -> None:
    columns = {"appointment": displaced, "called_by": caseworker(), "called_at": TUESDAY_NINE}
    with pytest.raises(IntegrityError, match=r"call_again_at_iff_again"):
        PhoneCall.objects.create(number=1, result="again", **columns)


def test_database_numbers_each_call_once(displaced: Appointment) -> None:
    call = note(displaced, Result.REACHED)
    call.pk = None
    with pytest.raises(IntegrityError, match=r"call_one_per_number|phonecall.appointment_id"):
        call.save(force_insert=True)


def test_two_calls_at_once_are_not_both_the_next(displaced: Appointment) -> None:
    note(displaced, Result.NOT_REACHED)
    with pytest.raises(CallNoted):
        note(displaced, Result.REACHED)
    assert PhoneCall.objects.count() == 1


def test_same_press_twice_is_one_call(desk: Client, displaced: Appointment) -> None:
    form = fields(desk, url(displaced, "call")) | {"result": "reached"}
    assert {desk.post(url(displaced, "call"), form).status_code for _press in range(2)} == {302}
    assert PhoneCall.objects.count() == 1
    assert_invariants(TUESDAY_NINE, without=("I16",))


def test_undelivered_offer_is_a_reason_to_call(desk: Client) -> None:
    row = AppointmentFactory(expired=True)
    assert desk.get(url(row, "call")).content.decode().count('name="result"') == 0
    with pytest.raises(TransitionNotAllowed):
        note(row, Result.REACHED)
    AppointmentEvent.objects.create(
        appointment=row,
        version=2,
        action="undelivered",
        from_status="offered",
        to_status="expired",
        slot=row.slot,
        actor="system",
        at=TUESDAY_NINE,
    )
    note(row, Result.REACHED)
    assert PhoneCall.objects.count() == 1


@pytest.mark.parametrize("trait", ["completed", "no_show", "cancelled", "declined"])
def test_nobody_else_is_called(desk: Client, trait: str) -> None:
    with pytest.raises(TransitionNotAllowed):
        note(AppointmentFactory(**{trait: True}), Result.REACHED)


def test_closure_is_done_when_each_has_a_result(desk: Client, displaced: Appointment) -> None:
    assert 'data-calls="open"' in closure_page(desk)
    note(displaced, Result.AGAIN, again_at=TEN)
    assert 'data-calls="open"' in closure_page(desk)  # put off is no result
    note(displaced, Result.NOT_REACHED, seen=1)
    page = closure_page(desk)
    assert 'data-calls="done"' in page
    assert "All were reached" not in page
    note(displaced, Result.REACHED, seen=2)
    assert "All were reached" in closure_page(desk)


def test_closure_asks_only_for_those_whom_a_letter_may_miss(desk: Client) -> None:
    late = TUESDAY_NINE + timedelta(hours=4)
    AppointmentFactory(slot=SlotFactory(starts_at=late))
    desk.post(CLOSE, {"what": "today", "counter": "", "confirm": "yes"})
    assert "data-calls" not in closure_page(desk)


def test_closure_remembers_whom_it_left_to_be_phoned(
    desk: Client, displaced: Appointment, clock: time_machine.Traveller
) -> None:
    """The list of calls is no shorter in the afternoon because the times have passed."""
    clock.shift(timedelta(hours=6))
    assert 'data-calls="open"' in closure_page(signed_in(username="lang"))


def test_whoever_waits_no_more_need_not_be_phoned(desk: Client, displaced: Appointment) -> None:
    AppointmentFactory(
        applicant=displaced.applicant, slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=2))
    )
    assert "data-calls" not in closure_page(desk)


def test_calls_go_with_their_person(displaced: Appointment) -> None:
    note(displaced, Result.REACHED)
    WaitingEntry.objects.update(status="left", ended_at=TUESDAY_NINE)
    forget_applicant(displaced.applicant, now=TUESDAY_NINE)
    assert not PhoneCall.objects.exists()


@pytest.mark.parametrize("role", ["", "ops"])
def test_others_note_no_call(displaced: Appointment, role: str) -> None:
    assert displaced.status == Status.DISPLACED
    client = signed_in(role)
    answer = client.post(url(displaced, "call"), {"version": 0, "result": "reached"})
    assert answer.status_code == 403
    assert not PhoneCall.objects.exists()

"""Forms of the waiting list that were opened a while ago."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from booking.actions.expiry import expire_due_holds
from booking.actions.offers import offer_slots
from booking.models import Appointment, WaitingEntry
from booking.models.applicants import Token, mint_token
from booking.states import Status, WaitingStatus
from tests.booking.form_cases import has_an_offer, waits, would_join
from tests.booking.holding import end_of
from tests.booking.visitors import DETAILS, Visitor, form_in
from tests.factories import MONDAY, AppointmentFactory, SlotFactory, WaitingEntryFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots", "catalogue")]


def _next_offer(first: Appointment) -> Appointment:
    first.refresh_from_db()
    return AppointmentFactory(
        slot=SlotFactory(),
        offered=True,
        entry=first.entry,
        applicant=first.applicant,
        person_key=first.person_key,
    )


@pytest.mark.parametrize("path", ["waiting/accept/", "waiting/decline/", "waiting/swap/"])
def test_old_page_of_a_lapsed_offer_answers_no_other(
    visitor: Visitor, clock: time_machine.Traveller, path: str
) -> None:
    has_an_offer(visitor)
    first = Appointment.objects.get()
    page = visitor.form(path)
    data = {"slot": visitor.slots(path)[-1]} if path == "waiting/swap/" else {}
    expire_due_holds(now=end_of(first))
    second = _next_offer(first)
    answer = visitor.press(path, page, **data)
    assert answer.status_code == 409
    assert 'data-offer="open"' in answer.content.decode()
    assert Appointment.objects.get(pk=second.pk).version == 1
    assert Appointment.objects.get(pk=first.pk).status == Status.EXPIRED


def test_accept_of_a_page_from_before_a_swap_is_refused(visitor: Visitor) -> None:
    has_an_offer(visitor)
    page = visitor.form("waiting/accept/")
    visitor.post("waiting/swap/", {"slot": visitor.slots("waiting/swap/")[0]})
    answer = visitor.press("waiting/accept/", page)
    assert answer.status_code == 409
    assert Appointment.objects.get().status == Status.OFFERED
    again = form_in(answer, "waiting/accept/")
    assert visitor.press("waiting/accept/", again)["Location"] == "/en/appointment/"


def test_leave_names_whom_it_is_for_and_ends_that_place_alone(visitor: Visitor) -> None:
    entries = [WaitingEntryFactory(), WaitingEntryFactory()]
    secrets = [
        mint_token(purpose=Token.Purpose.WAITING, subject=row.subject, now=MONDAY)
        for row in entries
    ]
    visitor.get(f"waiting/{secrets[0]}/")
    shown = visitor.get("waiting/").content.decode()
    assert entries[0].applicant.full_name in shown
    page = visitor.form("waiting/leave/")
    visitor.get(f"waiting/{secrets[1]}/")
    assert entries[1].applicant.full_name in visitor.get("waiting/").content.decode()
    assert visitor.press("waiting/leave/", page).status_code == 303
    assert visitor.press("waiting/leave/", page).status_code == 303
    for row in entries:
        row.refresh_from_db()
    assert [row.status for row in entries] == [WaitingStatus.LEFT, WaitingStatus.WAITING]


def test_leave_on_a_page_without_the_offer_passes_no_offer_on(visitor: Visitor) -> None:
    waits(visitor)
    page = visitor.form("waiting/leave/")
    SlotFactory()
    assert offer_slots(now=MONDAY) == 1
    answer = visitor.press("waiting/leave/", page)
    assert answer.status_code == 409
    assert 'data-offer="open"' in answer.content.decode()
    assert Appointment.objects.get().status == Status.OFFERED
    assert WaitingEntry.objects.get().status == WaitingStatus.WAITING


def test_offer_accepted_instead_of_a_later_time_twice_is_one_answer(visitor: Visitor) -> None:
    has_an_offer(visitor)
    offered = Appointment.objects.get()
    late = AppointmentFactory(
        slot=SlotFactory(starts_at=MONDAY + timedelta(days=5)),
        applicant=offered.applicant,
        person_key=offered.person_key,
    )
    page = visitor.form("waiting/accept/")
    for _press in range(2):
        assert visitor.press("waiting/accept/", page)["Location"] == "/en/appointment/"
    late.refresh_from_db()
    assert (late.slot_id, late.revision) == (offered.slot_id, 1)


def test_joining_shows_the_place_that_was_joined(visitor: Visitor) -> None:
    other = WaitingEntryFactory()
    would_join(visitor)
    page = visitor.form("waiting/")
    secret = mint_token(purpose=Token.Purpose.WAITING, subject=other.subject, now=MONDAY)
    visitor.get(f"waiting/{secret}/")
    assert visitor.press("waiting/", page).status_code == 303
    assert DETAILS["family_name"] in visitor.get("waiting/").content.decode()

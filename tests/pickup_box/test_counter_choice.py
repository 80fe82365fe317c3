"""Box or counter: the offer in the message, the choice, and what becomes of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from booking import actions
from booking.models import Appointment, Invitation, Quota, Slot
from booking.states import InvitationState
from config.foundation.office import ServiceStatus
from config.foundation.outbox import Notification
from config.foundation.staff import Staff
from pickup_box.actions import deposits, recalls
from pickup_box.actions.counter_choice import (
    TRIES_PER_CONTACT,
    TRIES_PER_VISITOR,
    NoCounterTimes,
    TooManyCodes,
)
from pickup_box.actions.visits import WrongPickupCode
from pickup_box.models import Alarm, Box, Deposit, WrongTry
from pickup_box.states import Status
from pickup_box.terminals import COOKIE, enrol
from tests.booking.desk import signed_in
from tests.booking.visitors import Visitor
from tests.invariants import assert_invariants
from tests.pickup_box import making
from tests.pickup_box.counter import choose, make_counter_times
from tests.pickup_box.making import (
    BORN,
    CONTACT,
    NOW,
    collect,
    make_loaded,
    make_notified,
    messages,
    newest_code,
    send_all,
    wrong,
)

MAIL = "holder@example.org"
INVITED = "Bitte wählen Sie einen Termin aus"
OFFERED = "Would you rather collect it at the counter? Book an appointment with this code:"


@pytest.fixture
def times(db: None) -> Quota:
    return make_counter_times()


@pytest.fixture
def waiting(times: Quota, box: Box, staff: Staff) -> tuple[Deposit, str]:
    """A document whose holder has the message, at an e-mail address."""
    return make_notified(box, staff, contact=MAIL, language="en")


def told(deposit: Deposit) -> Deposit:
    deposit.refresh_from_db()
    return deposit


def test_choice_sends_the_document_to_the_recall_list_and_invites(
    waiting: tuple[Deposit, str], times: Quota, box: Box, staff: Staff
) -> None:
    deposit, code = waiting
    mail.outbox.clear()
    reference = choose(deposit, code)
    row = Invitation.objects.get(reference=reference)
    assert told(deposit).status == Status.WITHDRAWN
    assert [each.pk for each in Deposit.objects.to_recall()] == [deposit.pk]
    assert (row.quota, row.issued_by) == (times, None)
    person = row.applicant
    assert (row.case_reference, person.birth_date) == (deposit.case_reference, BORN)
    assert (person.email, person.full_name) == (MAIL, "Öztürk Çağla")
    with pytest.raises(WrongPickupCode):
        collect(deposit, code)
    send_all()
    assert [message.subject for message in mail.outbox] == [INVITED]
    recalls.recall(deposit=deposit, by=staff, now=NOW)
    recalls.remove(deposit=told(deposit), by=staff, now=NOW)
    assert told(deposit).status == Status.REMOVED
    assert_invariants(NOW)


@pytest.mark.parametrize("slip", ["code", "birth_date", "contact"])
def test_each_of_the_three_things_counts(slip: str, waiting: tuple[Deposit, str]) -> None:
    deposit, code = waiting
    other = {"birth_date": "1987-03-10"} if slip == "birth_date" else {}
    other |= {"contact": "other@example.org"} if slip == "contact" else {}
    with pytest.raises(WrongPickupCode):
        choose(deposit, wrong(code) if slip == "code" else code, **other)
    assert told(deposit).status == Status.NOTIFIED
    assert not Invitation.objects.exists()


def test_guesses_from_afar_neither_void_the_code_nor_pause_the_box(
    waiting: tuple[Deposit, str],
) -> None:
    deposit, code = waiting
    for _each in range(TRIES_PER_CONTACT):
        with pytest.raises(WrongPickupCode):
            choose(deposit, wrong(code))
    with pytest.raises(TooManyCodes):
        choose(deposit, code)
    assert (told(deposit).wrong_tries, WrongTry.objects.count()) == (0, 0)
    assert not Alarm.objects.exists()
    assert collect(deposit, code).deposit_id == deposit.pk


def test_one_place_can_not_try_many_contacts(waiting: tuple[Deposit, str]) -> None:
    deposit, code = waiting
    for number in range(TRIES_PER_VISITOR):
        with pytest.raises(WrongPickupCode):
            choose(deposit, code, contact=f"somebody{number}@example.org")
    with pytest.raises(TooManyCodes):
        choose(deposit, code)


@pytest.mark.parametrize("why", ["full", "no quota", "out of service", "restricted"])
def test_without_a_time_nothing_changes_and_the_code_works(
    why: str, waiting: tuple[Deposit, str], times: Quota
) -> None:
    deposit, code = waiting
    if why == "full":
        Slot.objects.update(quota=None)
    elif why == "no quota":
        Quota.objects.update(collects=False)
    elif why == "out of service":
        Quota.objects.update(in_service=False)
    else:
        ServiceStatus.objects.update(state=ServiceStatus.State.RESTRICTED)
    with pytest.raises(NoCounterTimes):
        choose(deposit, code)
    assert told(deposit).status == Status.NOTIFIED
    assert not Invitation.objects.exists()
    assert not deposit.events.filter(action="choose_counter").exists()
    assert collect(deposit, code).deposit_id == deposit.pk


def test_same_press_twice_is_one_choice(waiting: tuple[Deposit, str]) -> None:
    deposit, code = waiting
    assert choose(deposit, code) == choose(deposit, code)
    assert deposit.events.filter(action="choose_counter").count() == 1
    assert Notification.objects.filter(kind="booking.invitation").count() == 1
    with pytest.raises(WrongPickupCode):
        choose(deposit, wrong(code))


def test_withdrawn_by_the_office_is_no_choice(waiting: tuple[Deposit, str], staff: Staff) -> None:
    deposit, code = waiting
    deposits.withdraw(deposit=deposit, by=staff, reason="asked for", now=NOW)
    with pytest.raises(WrongPickupCode):
        choose(deposit, code)
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("booked", [False, True])
def test_two_documents_of_one_file_are_one_appointment(
    booked: bool, waiting: tuple[Deposit, str], box: Box, staff: Staff, times: Quota
) -> None:
    first, code = waiting
    second, other_code = make_notified(
        box,
        staff,
        contact=MAIL,
        case_reference=first.case_reference,
        document_type="travel_document",
    )
    reference = choose(first, code)
    row = Invitation.objects.get(reference=reference)
    if booked:
        slot = Slot.objects.of_quota(times)[0]
        held = actions.hold(applicant=row.applicant, slot_id=slot.pk, now=NOW)
        actions.book(appointment=held, now=NOW)
    assert choose(second, other_code, family_name="Oeztuerk") == reference
    assert Invitation.objects.count() == 1
    assert {told(first).status, told(second).status} == {Status.WITHDRAWN}
    assert_invariants(NOW)


def test_somebody_else_of_the_same_file_has_an_invitation_of_their_own(
    waiting: tuple[Deposit, str], box: Box, staff: Staff
) -> None:
    parent, code = waiting
    child, other_code = make_notified(
        box,
        staff,
        contact=MAIL,
        case_reference=parent.case_reference,
        document_type="travel_document",
        holder_birth_date="1999-01-02",
    )
    assert choose(parent, code) != choose(child, other_code)
    assert Invitation.objects.count() == 2


# --- messages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("supply", ["none", "full", "free"])
def test_message_offers_what_there_is(supply: str, box: Box, staff: Staff) -> None:
    if supply != "none":
        make_counter_times(2 if supply == "free" else 0)
    make_notified(box, staff, contact=MAIL, language="en")
    text = str(mail.outbox[-1].body)
    address = f"/en/box/{box.slug}/counter/"
    assert (OFFERED in text, address in text) == (supply == "free", supply != "none")
    assert ("is available at the moment. You can look again later" in text) == (supply == "full")
    assert ("Would you rather collect it at the counter, or do" in text) == (supply == "none")


def test_short_message_has_the_address_and_the_invitation_comes_by_short_message(
    times: Quota, box: Box, staff: Staff, settings: Settings
) -> None:
    settings.SMS_URL = "https://sms.example.org/"
    deposit, code = make_notified(box, staff, language="en")
    assert f"Or at the counter: http://testserver/en/box/{box.slug}/counter/" in messages()[-1]
    making.SENT.clear()
    reference = choose(deposit, code, language="en")
    send_all()
    assert len(making.SENT) == 1
    assert reference in making.SENT[0]
    assert "http://testserver/en/invitation/" in making.SENT[0]
    assert "Öztürk" not in making.SENT[0]
    person = Invitation.objects.get().applicant
    assert (person.phone, person.email, person.takes_texts) == (CONTACT, "", True)
    assert mail.outbox == []


def test_reminder_of_a_chosen_counter_leaves_no_more(
    waiting: tuple[Deposit, str], times: Quota
) -> None:
    deposit, code = waiting
    mail.outbox.clear()
    due = told(deposit).remind_at
    assert due is not None
    recalls.remind(now=due)
    choose(deposit, code)
    send_all()
    send_all(due)
    assert {message.subject for message in mail.outbox} == {INVITED, f"Erinnerung: {INVITED}"}


# --- pages ----------------------------------------------------------------------------------------


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def typed(code: str, **other: str) -> dict[str, str]:
    return {
        "contact": MAIL,
        "pickup_code": code,
        "birth_date": "09.03.1987",
        "family_name": "Öztürk",
        "given_names": "Çağla",
        **other,
    }


def test_box_or_counter_from_the_message_to_the_visit(
    waiting: tuple[Deposit, str], box: Box, clock: time_machine.Traveller
) -> None:
    """The whole procedure: ready, rather at the counter, chosen, come and served."""
    call_command("load_catalogue", verbosity=0)
    deposit, code = waiting
    found = re.search(r"http://testserver(/en/box/[\w-]+/counter/)", str(mail.outbox[-1].body))
    assert found
    client = Client()
    assert "Collect at the counter" in client.get(found[1]).content.decode()
    answer = client.post(found[1], typed(code))
    assert (answer.status_code, answer["Location"]) == (303, found[1])
    page = client.get(found[1]).content.decode()
    row = Invitation.objects.get()
    assert row.reference in page
    assert "/en/invitation/" in page
    assert "another code" in page
    assert 'name="pickup_code"' in client.get(f"{found[1]}?more=1").content.decode()

    desk = signed_in(username="kurz")
    recall = desk.get(f"/admin/pickup_box/box/{box.pk}/recall/").content.decode()
    assert "to the counter" in recall
    shown = desk.get(f"/admin/pickup_box/deposit/{deposit.pk}/change/").content.decode()
    assert "person chose the counter" in shown
    figures = desk.get("/admin/statistics/").content.decode()
    assert re.search(r"Counter chosen instead.{0,200}?1", figures, re.DOTALL | re.IGNORECASE)

    visitor = Visitor(Client())
    visitor.post("invitation/", {"reference": row.reference, "birth_date": "09.03.1987"})
    visitor.post("times/", {"earliest": "1"})
    visitor.post("review/")
    visit = Appointment.objects.get()
    clock.move_to(visit.slot.starts_at)
    worker = Staff.objects.get(username="kurz")
    actions.check_in(appointment=visit, now=visit.slot.starts_at, by=worker)
    visit.refresh_from_db()
    actions.complete(
        appointment=visit,
        outcome=Appointment.Outcome.SERVED,
        missing=[],
        now=visit.slot.starts_at,
        by=worker,
    )
    assert row.state_at(visit.slot.starts_at) == InvitationState.USED
    assert_invariants(visit.slot.starts_at)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"pickup_code": "000000"}, 422),
        ({"pickup_code": "x"}, 422),
        ({"family_name": ""}, 422),
        ({"birth_date": "09.03.2999"}, 422),
    ],
)
def test_page_says_what_is_wrong(
    changes: dict[str, str],
    status: int,
    waiting: tuple[Deposit, str],
    box: Box,
    clock: time_machine.Traveller,
) -> None:
    answer = Client().post(f"/en/box/{box.slug}/counter/", typed(waiting[1]) | changes)
    assert answer.status_code == status
    assert 'role="alert"' in answer.content.decode()
    assert not Invitation.objects.exists()


def test_page_without_times_says_so(
    waiting: tuple[Deposit, str], box: Box, clock: time_machine.Traveller
) -> None:
    address = f"/en/box/{box.slug}/counter/"
    Slot.objects.all().delete()
    page = Client().get(address).content.decode()
    assert "No appointment at the counter is available at the moment." in page
    assert 'name="pickup_code"' not in page
    answer = Client().post(address, typed(waiting[1]))
    assert answer.status_code == 409
    assert "your code still works" in answer.content.decode()
    Quota.objects.update(collects=False)
    assert "an appointment to collect here" in Client().get(address).content.decode()


def test_screen_of_the_box_asks_for_no_name(
    times: Quota, box: Box, clock: time_machine.Traveller
) -> None:
    client = Client()
    page = client.get(f"/en/box/{box.slug}/").content.decode()
    assert f"/en/box/{box.slug}/counter/" in page
    response = HttpResponse()
    enrol(response, box)
    client.cookies[COOKIE] = response.cookies[COOKIE].value
    leads = client.get(f"/en/box/{box.slug}/counter/")
    assert leads["Location"] == f"/en/box/{box.slug}/"
    assert "on your own phone" in client.get(f"/en/box/{box.slug}/").content.decode()


def test_times_before_the_horizon_alone_count(box: Box, staff: Staff) -> None:
    make_counter_times(1)
    later = NOW + timedelta(days=60)
    Slot.objects.update(starts_at=later, ends_at=later + timedelta(minutes=20))
    make_notified(box, staff, contact=MAIL, language="en")
    assert OFFERED not in str(mail.outbox[-1].body)


def test_loaded_document_has_no_choice_yet(times: Quota, box: Box, staff: Staff) -> None:
    deposit = make_loaded(box, staff, contact=MAIL)
    with pytest.raises(WrongPickupCode):
        choose(deposit, "123456")
    send_all()
    assert choose(deposit, newest_code())


def test_message_offers_nothing_in_restricted_operation(
    times: Quota, box: Box, staff: Staff
) -> None:
    ServiceStatus.objects.update(state=ServiceStatus.State.RESTRICTED)
    make_notified(box, staff, contact=MAIL, language="en")
    text = str(mail.outbox[-1].body)
    assert "/counter/" not in text
    assert "Would you rather collect it at the counter, or do you need help?" in text

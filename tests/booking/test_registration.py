"""Special hours: another service registers people, sees its own and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.utils import timezone

from booking import actions
from booking.actions.desk_refusals import (
    AllGivenOut,
    AlreadyInvited,
    CapReached,
    NoTimesLeft,
    NotYourHours,
    Restricted,
)
from booking.actions.invitations import Invitee
from booking.actions.registration import registrars
from booking.models import Appointment, Invitation, Quota, Slot
from booking.states import Status
from config.accounts.admin import AccountForm
from config.accounts.roles import CASEWORKER, REGISTRAR
from config.foundation.audit import AccessRecord
from config.foundation.contacts import Link
from config.foundation.office import Office, ServiceStatus
from config.foundation.outbox import Notification, send_due
from config.foundation.staff import Staff
from tests.booking.inviting import invitee
from tests.booking.visitors import Visitor, link_in_letter
from tests.factories import MONDAY, TUESDAY_NINE, QuotaFactory, SlotFactory, StaffFactory
from tests.invariants import assert_invariants

PAGE = "/register/"
DAY = timedelta(days=1)
ANH = invitee()
TYPED = {
    "family_name": "Nguyễn",
    "given_names": "Thị Ánh",
    "birth_date": "12.05.1985",
    "email": "anh@example.org",
    "language": "en",
}
Maker = Callable[..., Staff]


@pytest.fixture
def hours(magdeburg: Office) -> Quota:
    """Three times on Tuesday afternoon."""
    quota: Quota = QuotaFactory(
        slug="semester", name={"de": "Semesterbeginn", "en": "Start of the semester"}
    )
    for number in range(3):
        SlotFactory(quota=quota, starts_at=TUESDAY_NINE + timedelta(hours=5, minutes=20 * number))
    return quota


@pytest.fixture
def registrar(hours: Quota) -> Maker:
    """Somebody of another service who registers people for these hours."""

    def make(username: str = "international", **columns: object) -> Staff:
        person: Staff = StaffFactory(username=username, language="en", is_staff=False, **columns)
        person.groups.add(Group.objects.get(name=REGISTRAR))
        hours.registrars.add(person)
        return person

    return make


def browser(person: Staff) -> Client:
    client = Client()
    client.force_login(person)
    return client


def register(by: Staff, hours: Quota, person: Invitee = ANH, now: datetime = MONDAY) -> Invitation:
    return actions.register(quota=hours, person=person, now=now, by=by)


def other(number: int) -> Invitee:
    return replace(ANH, family_name=f"Kaya {number}", email=f"kaya{number}@example.org")


def test_registered_person_is_invited(registrar: Maker, hours: Quota) -> None:
    by = registrar()
    row = register(by, hours)
    assert (row.quota, row.issued_by, row.case_reference) == (hours, by, "")
    assert Notification.objects.filter(kind="booking.invitation", subject=row.subject).exists()
    assert_invariants(MONDAY)


def test_own_person_gets_the_letter_again_and_counts_once(registrar: Maker, hours: Quota) -> None:
    by = registrar()
    hours.per_week = 1
    hours.save()
    first = register(by, hours)
    moved = replace(ANH, email="anh.new@example.org")
    again = register(by, hours, moved, MONDAY + timedelta(minutes=5))
    assert again == first
    assert again.applicant.email == "anh.new@example.org"
    assert Notification.objects.filter(kind="booking.invitation").count() == 2


@pytest.mark.parametrize("case", ["", "4711/26"])
def test_nobody_is_registered_whom_another_invited(
    case: str, registrar: Maker, hours: Quota
) -> None:
    by, desk = registrar(), StaffFactory()
    invited = replace(ANH, case_reference=case)
    row = actions.invite(
        quota=hours, people=[invited], valid_until=None, quiet=False, now=MONDAY, by=desk
    )[0]
    elsewhere = replace(ANH, email="somebody.else@example.org")
    with pytest.raises(AlreadyInvited):
        register(by, hours, elsewhere)
    row.applicant.refresh_from_db()
    assert row.applicant.email == "anh@example.org"
    assert Invitation.objects.count() == 1


def test_nobody_is_registered_who_has_chosen(registrar: Maker, hours: Quota) -> None:
    by = registrar()
    row = register(by, hours)
    held = actions.hold(
        applicant=row.applicant, slot_id=Slot.objects.of_quota(hours)[0].pk, now=MONDAY
    )
    with pytest.raises(AlreadyInvited):
        register(by, hours)
    actions.book(appointment=held, now=MONDAY)
    with pytest.raises(AlreadyInvited):
        register(by, hours)


def test_cap_counts_this_account_in_these_hours_since_monday(
    registrar: Maker, hours: Quota
) -> None:
    hours.per_week = 1
    hours.save()
    by, colleague = registrar(), registrar("service")
    sunday = register(by, hours, other(0), MONDAY - timedelta(hours=9))
    register(colleague, hours, other(1))
    row = register(by, hours, other(2))
    with pytest.raises(CapReached):
        register(by, hours, other(3))
    actions.withdraw_invitation(invitation=row, revision=0, now=MONDAY, by=colleague)
    with pytest.raises(CapReached):
        register(by, hours, other(3))
    actions.withdraw_invitation(invitation=sunday, revision=0, now=MONDAY, by=colleague)
    for number in range(2):
        SlotFactory(quota=hours, starts_at=TUESDAY_NINE + 7 * DAY + timedelta(hours=number))
    assert register(by, hours, other(3), MONDAY + 7 * DAY - timedelta(hours=8)).pk


def test_refused_attempts_count_nothing(registrar: Maker, hours: Quota) -> None:
    hours.per_week = 4
    hours.save()
    by = registrar()
    for number in range(3):
        register(by, hours, other(number))
    with pytest.raises(AllGivenOut):
        register(by, hours, other(3))
    SlotFactory(quota=hours, starts_at=TUESDAY_NINE + timedelta(hours=7))
    assert register(by, hours, other(4)).pk


@pytest.mark.parametrize("end", ["not theirs", "out of service", "restricted"])
def test_hours_that_are_not_theirs_take_nobody(end: str, registrar: Maker, hours: Quota) -> None:
    by = registrar()
    refusal: type[Exception] = NotYourHours
    if end == "not theirs":
        hours.registrars.clear()
    elif end == "out of service":
        Quota.objects.update(in_service=False)
        refusal = NoTimesLeft
    else:
        ServiceStatus.objects.update(state=ServiceStatus.State.RESTRICTED)
        refusal = Restricted
    with pytest.raises(refusal):
        register(by, hours)
    assert not Invitation.objects.exists()


# --- the page -------------------------------------------------------------------------------------


@pytest.fixture
def clock() -> object:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def test_page_registers_and_shows_own_people_only(
    registrar: Maker, hours: Quota, clock: object
) -> None:
    by = registrar()
    register(registrar("service"), hours, other(1))
    QuotaFactory(slug="others", name={"de": "Sonstiges", "en": "Something else"})
    client = browser(by)
    page = client.get(PAGE).content.decode()
    assert "Start of the semester" in page
    assert "Appointments that can still be given: 2. You can register this week: 20." in page
    assert "Something else" not in page
    answer = client.post(PAGE, {"quota": str(hours.pk), **TYPED})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    row = Invitation.objects.get(issued_by=by)
    page = client.get(PAGE).content.decode()
    assert row.reference in page
    assert "NGUYỄN Thị Ánh" in page
    assert "Kaya" not in page
    assert "You can register this week: 19." in page
    assert AccessRecord.objects.filter(by=by, kind="view", subject=row.subject).exists()


def test_list_forgets_after_thirty_days(registrar: Maker, hours: Quota, clock: object) -> None:
    by = registrar()
    row = register(by, hours, now=MONDAY)
    Invitation.objects.update(issued_at=MONDAY - 30 * DAY + timedelta(hours=1))
    assert row.reference in browser(by).get(PAGE).content.decode()
    Invitation.objects.update(issued_at=MONDAY - 30 * DAY)
    client = browser(by)
    assert row.reference not in client.get(PAGE).content.decode()
    assert client.get(f"{PAGE}{row.pk}/sheet/").status_code == 404


def test_sheet_of_ones_own_people_only(registrar: Maker, hours: Quota, clock: object) -> None:
    mine, theirs = registrar(), registrar("service")
    row = register(mine, hours, replace(ANH, email=""))
    sheet = browser(mine).get(f"{PAGE}{row.pk}/sheet/")
    assert sheet["Content-Type"] == "application/pdf"
    assert AccessRecord.objects.filter(by=mine, kind="export", subject=row.subject).exists()
    stranger = browser(theirs)
    other_sheet, none = stranger.get(f"{PAGE}{row.pk}/sheet/"), stranger.get(f"{PAGE}0/sheet/")
    assert (other_sheet.status_code, none.status_code) == (404, 404)
    assert other_sheet.content == none.content


@pytest.mark.parametrize(
    "wrong", [{"family_name": ""}, {"birth_date": "31.12.2999"}, {"email": "x"}, {"quota": "0"}]
)
def test_page_refuses_what_makes_no_sense(
    wrong: dict[str, str], registrar: Maker, hours: Quota, clock: object
) -> None:
    answer = browser(registrar()).post(PAGE, {"quota": str(hours.pk), **TYPED, **wrong})
    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_hours_of_others_can_not_be_named(registrar: Maker, hours: Quota, clock: object) -> None:
    foreign = QuotaFactory(slug="others")
    SlotFactory(quota=foreign, starts_at=TUESDAY_NINE + timedelta(hours=8))
    answer = browser(registrar()).post(PAGE, {"quota": str(foreign.pk), **TYPED})
    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_sign_in_leads_to_the_page_and_nothing_to_the_desk(
    registrar: Maker, hours: Quota, clock: object
) -> None:
    by = registrar()
    by.set_password("eine lange Losung 47")
    by.save()
    client = Client()
    assert client.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"
    entries = {"login": by.username, "password": "eine lange Losung 47"}
    assert client.post("/accounts/login/", entries)["Location"] == PAGE
    page = client.get(PAGE).content.decode()
    assert not re.findall(r'href="(/admin/[^"]*)"', page)
    assert client.get("/admin/").status_code != 200


def test_without_any_hours_the_page_says_whom_to_ask(
    registrar: Maker, hours: Quota, clock: object
) -> None:
    by = registrar()
    hours.registrars.clear()
    page = browser(by).get(PAGE).content.decode()
    assert "There are no hours for which you register people" in page
    assert "<form" not in page.split("content-main")[1].split("footer")[0]


# --- accounts -------------------------------------------------------------------------------------


def test_team_lead_chooses_among_accounts_of_other_services(registrar: Maker) -> None:
    by = registrar()
    registrar("gone", is_active=False)
    desk = StaffFactory(username="desk")
    desk.groups.add(Group.objects.get(name=CASEWORKER))
    both = registrar("both")
    Staff.objects.filter(pk=both.pk).update(is_staff=True)
    assert list(registrars()) == [by]


@pytest.mark.parametrize(
    ("roles", "columns", "may"),
    [
        ([REGISTRAR], {}, True),
        ([REGISTRAR], {"is_staff": True}, False),
        ([REGISTRAR], {"is_superuser": True}, False),
        ([REGISTRAR, CASEWORKER], {}, False),
        ([CASEWORKER], {"is_staff": True}, True),
    ],
)
def test_registrar_has_no_desk(
    roles: list[str], columns: dict[str, bool], may: bool, db: None
) -> None:
    person = StaffFactory()
    groups = [Group.objects.get(name=role).pk for role in roles]
    entries = {"username": "x", "language": "de", "date_joined": "2026-11-23", "groups": groups}
    form = AccountForm(entries | columns, instance=person)
    form.is_valid()
    assert ("groups" not in form.errors) == may


# --- the whole procedure --------------------------------------------------------------------------


def test_semester_hours_of_three_hundred_people_for_forty_times(
    registrar: Maker, hours: Quota, clock: object
) -> None:
    """Nobody twice, 40 invited who choose 40 times, 260 told honestly."""
    Slot.objects.all().delete()
    for number in range(40):
        SlotFactory(quota=hours, starts_at=TUESDAY_NINE + timedelta(hours=5, minutes=5 * number))
    hours.per_week = 200
    hours.save()
    Link.objects.create(
        slug="semester",
        kind=Link.Kind.MAILBOX,
        name={"de": "Postfach"},
        address="semester@example.org",
        is_confirmed=True,
        places="contact",
    )
    clients = [browser(registrar(f"service{number}")) for number in range(3)]
    answers = []
    for number in range(300):
        person = {
            "family_name": f"Kaya {'abcdefghij'[number % 10]}{'abcdefghij'[number // 10 % 10]}",
            "given_names": "Deniz",
            "birth_date": f"0{1 + number // 100}.05.1999",
            "email": f"student{number}@example.org",
            "language": "en",
        }
        client = clients[number % 3]
        answers.append(client.post(PAGE, {"quota": str(hours.pk), **person}))
        if number < 5:  # the next service has the same student in front of it
            twice = clients[(number + 1) % 3].post(PAGE, {"quota": str(hours.pk), **person})
            assert "is invited to these hours already" in twice.content.decode()
    told = [answer.content.decode() for answer in answers if answer.status_code == 409]
    assert [answer.status_code for answer in answers] == [302] * 40 + [409] * 260
    assert len(told) == 260
    assert all("All appointments of these hours are given out" in page for page in told)
    assert all("semester@example.org" in page for page in told)
    assert Invitation.objects.count() == 40

    while send_due(queue=Notification.Queue.ORDINARY, now=timezone.now()):
        pass
    assert len(mail.outbox) == 40
    for number in range(40):
        visitor = Visitor(Client())
        visitor.get(link_in_letter(number))
        visitor.post("times/", {"earliest": "1"})
        visitor.post("review/")
    booked = Appointment.objects.filter(status=Status.BOOKED)
    assert booked.values("person_key").distinct().count() == 40
    assert booked.values("slot").distinct().count() == 40
    assert_invariants()

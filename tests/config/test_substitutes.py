"""A substitute has a right of the team lead, from its handing on to the end of its last day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, transaction
from django.test import Client

from config.accounts.roles import HANDED_ON, OPS, ROLES, TEAM_LEAD
from config.accounts.substitutes import (
    LastDayImpossible,
    NoSubstitute,
    RightNotYours,
    end_substitution,
    hand_on,
    permissions_handed_on,
)
from config.foundation.office import Office
from config.foundation.staff import Staff
from config.foundation.substitutions import Substitution
from config.operations.retention import forget_due
from tests.factories import TUESDAY_NINE, StaffFactory

TODAY = date(2026, 11, 24)
FRIDAY = date(2026, 11, 27)
HAND_ON = "/admin/foundation/substitution/hand-on/"
HOURS = Substitution.Right.HOURS
PERMISSION = "booking.change_counter"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("office", "clock")]


@pytest.fixture
def clock() -> object:
    """Tuesday, nine o'clock."""
    with time_machine.travel(TUESDAY_NINE, tick=False) as traveller:
        yield traveller


def of_role(role: str, **columns: object) -> Staff:
    person: Staff = StaffFactory(language="en", **columns)
    if role:
        person.groups.add(Group.objects.get(name=role))
    return person


@pytest.fixture
def lead() -> Staff:
    return of_role(TEAM_LEAD, username="lead")


@pytest.fixture
def kurz() -> Staff:
    return of_role("caseworker", username="kurz")


def give(lead: Staff, kurz: Staff, *, until: date = FRIDAY) -> Substitution:
    return hand_on(substitute=kurz, right=HOURS, until=until, now=TUESDAY_NINE, by=lead)


def again(person: Staff) -> Staff:
    """As the next request reads the person."""
    return Staff.objects.get(pk=person.pk)


def at_the_desk(person: Staff) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_right_opens_its_pages_and_no_other(lead: Staff, kurz: Staff) -> None:
    desk = at_the_desk(kurz)
    assert desk.get("/admin/booking/counter/add/").status_code == 403
    give(lead, kurz)
    assert desk.get("/admin/booking/counter/add/").status_code == 200
    assert again(kurz).get_all_permissions() == ROLES["caseworker"] | HANDED_ON["hours"]
    assert desk.get("/admin/foundation/accessrecord/").status_code == 403
    assert desk.get(HAND_ON).status_code == 403


def test_right_ends_with_its_last_day(
    lead: Staff, kurz: Staff, clock: time_machine.Traveller
) -> None:
    give(lead, kurz)
    clock.move_to(TUESDAY_NINE + timedelta(days=3, hours=14, minutes=59))  # Friday, 23:59
    assert again(kurz).has_perm(PERMISSION)
    clock.shift(timedelta(minutes=1))
    assert not again(kurz).has_perm(PERMISSION)


def test_team_lead_takes_it_back_at_once(lead: Staff, kurz: Staff) -> None:
    row = give(lead, kurz)
    at_the_desk(lead).post(f"/admin/foundation/substitution/{row.pk}/end/")
    row.refresh_from_db()
    assert (row.ended_by, row.ended_at) == (lead, TUESDAY_NINE)
    assert not again(kurz).has_perm(PERMISSION)
    end_substitution(row=row, now=TUESDAY_NINE + timedelta(hours=1), by=lead)
    row.refresh_from_db()
    assert row.ended_at == TUESDAY_NINE  # twice is a quiet success


def test_it_is_handed_on_from_its_page_and_audited(lead: Staff, kurz: Staff) -> None:
    form = {"substitute": str(kurz.pk), "rights": ["hours", "export"], "until": "27.11.2026"}
    answer = at_the_desk(lead).post(HAND_ON, form, follow=True)
    said = "Kurz, 09:00: rights handed on by lead until Fri, 27.11.2026."
    assert said in answer.content.decode()
    assert {row.right for row in Substitution.objects.all()} == {"hours", "export"}
    audited = LogEntry.objects.filter(content_type__model="substitution")
    assert {entry.actor for entry in audited} == {lead}
    assert audited.count() == 2


def test_same_press_twice_is_one_right(lead: Staff, kurz: Staff) -> None:
    assert give(lead, kurz) == give(lead, kurz)
    assert Substitution.objects.count() == 1


@pytest.mark.parametrize("until", [TODAY - timedelta(days=1), TODAY + timedelta(days=43)])
def test_last_day_is_near(lead: Staff, kurz: Staff, until: date) -> None:
    with pytest.raises(LastDayImpossible):
        give(lead, kurz, until=until)
    form = {"substitute": str(kurz.pk), "rights": ["hours"], "until": f"{until:%d.%m.%Y}"}
    assert at_the_desk(lead).post(HAND_ON, form).status_code == 409
    assert not Substitution.objects.exists()


@pytest.mark.parametrize(
    ("role", "columns"), [("", {}), (OPS, {}), ("caseworker", {"is_active": False})]
)
def test_only_the_desk_stands_in(lead: Staff, role: str, columns: dict[str, object]) -> None:
    with pytest.raises(NoSubstitute):
        give(lead, of_role(role, **columns))


def test_nobody_hands_on_to_themselves(lead: Staff) -> None:
    lead.groups.add(Group.objects.get(name="caseworker"))
    with pytest.raises(NoSubstitute):
        give(lead, lead)
    columns = {"substitute": lead, "granted_by": lead, "granted_at": TUESDAY_NINE}
    with pytest.raises(IntegrityError, match=r"substitution_to_somebody_else"):
        Substitution.objects.create(right="hours", until=FRIDAY, **columns)


def test_database_keeps_one_right_once_and_its_end_with_who(lead: Staff, kurz: Staff) -> None:
    row = give(lead, kurz)
    same = {"substitute": kurz, "right": HOURS, "until": FRIDAY, "granted_by": lead}
    said = r"once_until_a_day|substitution.substitute_id"
    with pytest.raises(IntegrityError, match=said), transaction.atomic():
        Substitution.objects.create(granted_at=TUESDAY_NINE, **same)
    with pytest.raises(IntegrityError, match=r"substitution_ended_by_iff_ended"):
        Substitution.objects.filter(pk=row.pk).update(ended_at=TUESDAY_NINE)


@pytest.mark.parametrize("role", ["", "caseworker", OPS])
def test_only_the_team_lead_hands_on_and_takes_back(lead: Staff, kurz: Staff, role: str) -> None:
    row = give(lead, kurz)
    other = of_role(role)
    with pytest.raises(RightNotYours):
        give(other, kurz)
    with pytest.raises(RightNotYours):
        end_substitution(row=row, now=TUESDAY_NINE, by=other)
    for page in (HAND_ON, f"/admin/foundation/substitution/{row.pk}/end/"):
        assert at_the_desk(other).post(page).status_code == 403
    row.refresh_from_db()
    assert row.ended_at is None


def test_substitute_hands_nothing_on(lead: Staff, kurz: Staff) -> None:
    give(lead, kurz)
    with pytest.raises(RightNotYours):
        give(kurz, of_role("caseworker"))
    for permissions in HANDED_ON.values():
        assert "foundation.hand_on_rights" not in permissions
        assert permissions <= ROLES[TEAM_LEAD]


def test_nobody_keeps_a_right_of_who_lost_it(lead: Staff, kurz: Staff) -> None:
    give(lead, kurz)
    lead.groups.clear()
    assert permissions_handed_on(kurz, now=TUESDAY_NINE) == set()
    lead.groups.add(Group.objects.get(name=TEAM_LEAD))
    assert PERMISSION in permissions_handed_on(kurz, now=TUESDAY_NINE)
    Staff.objects.filter(pk=lead.pk).update(is_active=False)
    assert permissions_handed_on(kurz, now=TUESDAY_NINE) == set()


def test_nobody_outside_of_the_desk_has_one(lead: Staff, kurz: Staff) -> None:
    give(lead, kurz)
    kurz.groups.set([Group.objects.get(name=OPS)])
    assert not again(kurz).has_perm(PERMISSION)


def test_inactive_account_has_none(lead: Staff, kurz: Staff) -> None:
    give(lead, kurz)
    Staff.objects.filter(pk=kurz.pk).update(is_active=False)
    assert not again(kurz).has_perm(PERMISSION)


def test_desk_without_an_office_asks_nobody(lead: Staff) -> None:
    Office.objects.all().delete()
    assert not again(lead).has_perm("foundation.add_staff")


def test_every_right_names_permissions_that_there_are() -> None:
    known = {
        f"{app}.{codename}"
        for app, codename in Permission.objects.values_list("content_type__app_label", "codename")
    }
    assert set(HANDED_ON) == set(Substitution.Right.values)
    for permissions in HANDED_ON.values():
        assert permissions <= known


def test_rows_go_a_year_after_their_last_day(lead: Staff, kurz: Staff, office: Office) -> None:
    give(lead, kurz)
    name = "P10 rights handed on"
    year = timedelta(days=365)
    friday = TUESDAY_NINE + timedelta(days=3)
    assert forget_due(now=friday + year - timedelta(days=1), apply=True)[name] == 0
    assert forget_due(now=friday + year, apply=True)[name] == 1
    assert not Substitution.objects.exists()

"""Words of the desk that told staff something wrong in German."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from booking.models import Appointment
from booking.states import Status
from config.accounts.roles import TEAM_LEAD
from config.foundation.outbox import Notification, enqueue
from config.foundation.staff import Staff
from tests.booking.desk import catalogue, clock, desk, visit
from tests.factories import TUESDAY_NINE, StaffFactory, WaitingEntryFactory

__all__ = ["catalogue", "clock", "desk", "visit"]


@pytest.fixture
def german(desk: Client) -> Client:
    """A team lead's browser, in German."""
    lead: Staff = StaffFactory(language="de")
    lead.groups.add(Group.objects.get(name=TEAM_LEAD))
    client = Client()
    client.force_login(lead)
    return client


def test_letter_that_the_server_took_is_not_called_accepted(
    visit: Appointment, german: Client
) -> None:
    enqueue(kind="booking.confirmation", subject=visit.subject, language="de", now=TUESDAY_NINE)
    Notification.objects.update(sent_at=TUESDAY_NINE)
    row = Notification.objects.get()
    listed = german.get("/admin/foundation/notification/").content.decode()
    assert ">versendet</span>" in listed
    assert "angenommen" not in listed
    page = german.get(f"/admin/foundation/notification/{row.pk}/change/").content.decode()
    assert "An den Mailserver übergeben am" in page


# what Django and the sign-in call things that have another name at the desk
OF_DJANGO = re.compile(
    r"\bBenutzer\b|Mitarbeiter-|Administrator-|Mitglied seit|Gruppen:|Zwei-Faktor|"
    r"Authentifizierung|Authenticator|Generieren|Deaktivieren"
)


@pytest.fixture
def superuser(desk: Client) -> Client:
    """The browser of somebody who manages accounts, in German."""
    client = Client()
    client.force_login(StaffFactory(language="de", is_superuser=True))
    return client


def test_account_says_whether_there_is_a_password_and_no_more(superuser: Client) -> None:
    person: Staff = StaffFactory()
    person.set_password("long enough to be one")
    person.save()
    page = superuser.get(f"/admin/foundation/staff/{person.pk}/change/").content.decode()
    assert "Ein Passwort ist gesetzt." in page
    assert "../password/" in page
    assert person.password.rpartition("$")[2][:6] not in page
    assert "md5" not in page
    person.set_unusable_password()
    person.save()
    page = superuser.get(f"/admin/foundation/staff/{person.pk}/change/").content.decode()
    assert "Ein Passwort ist gesetzt." not in page


def test_page_of_a_new_password_is_all_german(superuser: Client) -> None:
    person: Staff = StaffFactory()
    person.set_password("long enough to be one")
    person.save()
    page = superuser.get(f"/admin/foundation/staff/{person.pk}/password/").content.decode()
    assert "Passwort" in page
    assert "will be lost" not in page
    assert "das selbe" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/admin/foundation/staff/",
        "/admin/foundation/staff/add/",
        "/admin/foundation/staff/{pk}/change/",
        "/admin/foundation/staff/{pk}/password/",
        "/accounts/2fa/",
        "/accounts/password/change/",
    ],
)
def test_accounts_are_called_as_the_office_calls_them(superuser: Client, path: str) -> None:
    person: Staff = StaffFactory(first_name="Birgit", last_name="Kurz")
    person.set_password("long enough to be one")
    person.save()
    shown = superuser.get(path.format(pk=person.pk)).content.decode()
    found = OF_DJANGO.findall(re.sub(r"<(script|style).*?</\1>", "", shown, flags=re.DOTALL))
    assert found == []
    if "/password/" in path and "admin" in path:
        assert "<h1>Neues Passwort: Birgit Kurz</h1>" in shown
    assert "_addanother" not in shown


def test_locked_account_is_told_whom_to_ask(db: None) -> None:
    headers = {"accept-language": "de"}
    page = Client(headers=headers).get(reverse("account_inactive")).content.decode()
    assert "Konto gesperrt" in page
    assert "Bitte fragen Sie die Teamleitung." in page


def test_who_did_not_come_is_done_with_and_not_completed(
    visit: Appointment, german: Client
) -> None:
    Appointment.objects.update(status=Status.NO_SHOW, ended_at=TUESDAY_NINE)
    page = german.get("/admin/").content.decode()
    assert "1 von 1 erledigt" in page


def test_box_to_tick_a_row_of_the_waiting_list_is_labelled_in_german(
    desk: Client, german: Client
) -> None:
    entry = WaitingEntryFactory()
    page = german.get("/admin/booking/waitingentry/").content.decode()
    assert f"Eintrag der Warteliste {entry.pk}" in page
    assert "waiting entry" not in page

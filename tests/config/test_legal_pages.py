"""What the law asks for on imprint, privacy and accessibility: data of the office."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from config.accounts.roles import CASEWORKER, TEAM_LEAD
from config.foundation.office import LEGAL, Office, forget_memory
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db
WHERE = {
    "legal_representative": "imprint",
    "data_protection_officer": "privacy",
    "supervisory_authority": "privacy",
    "enforcement_body": "accessibility",
}
GAP = "Missing on imprint, privacy and accessibility"


@pytest.mark.parametrize(("name", "page"), WHERE.items())
def test_public_page_shows_what_the_office_entered(
    office: Office, client: Client, name: str, page: str
) -> None:
    Office.objects.update(**{name: "Frau Muster\nBüro 7"})
    forget_memory()
    assert "Frau Muster<br>Büro 7" in client.get(f"/ar/{page}/").content.decode()


def test_statement_says_its_date(office: Office, client: Client) -> None:
    assert "This statement is of" not in client.get("/en/accessibility/").content.decode()
    Office.objects.update(accessibility_stated_on=date(2026, 11, 27))
    forget_memory()
    page = client.get("/en/accessibility/").content.decode()
    assert "This statement is of 27 November 2026." in page


@pytest.mark.parametrize("page", sorted({*WHERE.values(), ""}))
def test_public_never_reads_that_something_is_missing(
    office: Office, client: Client, page: str
) -> None:
    path = f"/en/{page}/" if page else "/en/"
    text = client.get(path).content.decode()
    assert "issing" not in text
    for heading in ("Represented by", "Data protection officer", "Where to complain"):
        assert heading not in text


def test_only_contact_lists_every_mailbox(office: Office, client: Client) -> None:
    central, other = "Abh-zentrale<wbr>@ewo", "asylrecht<wbr>@ewo"
    for page in ("contact", "imprint", "privacy", "accessibility"):
        text = client.get(f"/de/{page}/").content.decode()
        assert text.count(central) == 1, page
        assert text.count(other) == (page == "contact"), page


def _start_page(role: str) -> str:
    staff = StaffFactory(language="en")
    staff.groups.set([Group.objects.get(name=role)])
    client = Client()
    client.force_login(staff)
    return client.get("/admin/").content.decode()


def test_team_lead_sees_what_is_missing_until_it_is_entered(office: Office) -> None:
    page = _start_page(TEAM_LEAD)
    assert f"{GAP}: legal representative, data protection officer" in page
    assert GAP not in _start_page(CASEWORKER)
    Office.objects.update(
        **dict.fromkeys(WHERE, "entered"), accessibility_stated_on=date(2026, 11, 27)
    )
    forget_memory()
    assert set(LEGAL) == {*WHERE, "accessibility_stated_on"}
    assert GAP not in _start_page(TEAM_LEAD)

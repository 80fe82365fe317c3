"""What can be opened for online applications: only a list whose papers are all stated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from config.accounts.roles import TEAM_LEAD
from documents.actions import copy_to_draft, publish
from documents.applications import checks
from documents.applications.actions.intakes import ListNotFinished, open_for_applications
from documents.applications.models import Intake
from documents.applications.readiness import OFFERED, has_finished_list, open_intake
from documents.catalogue import forget_memory
from documents.models import CatalogueVersion, Requirement
from tests.documents.applications.making import LONG_AGO, NOW, TODAY
from tests.factories import StaffFactory

WORK = "work"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("closed")]
OPEN = "/admin/applications/intake/open/"


def office_publishes(*, adds: bool = True, removes: bool = True) -> None:
    """The office's own version: the paper that was left to it is gone, another one is there."""
    newest = CatalogueVersion.objects.in_force(on=TODAY).get()
    draft = copy_to_draft(newest, name="Unsere Liste", valid_from=TODAY)
    papers = Requirement.objects.filter(procedure__version=draft, procedure__slug="work")
    if adds:
        contract = {"slug": "contract", "title": {"de": "Arbeitsvertrag"}, "reason": {"de": "§"}}
        Requirement.objects.create(procedure=draft.procedures.get(slug="work"), **contract)
    if removes:
        papers.filter(office_states=True).delete()
    publish(draft, by=None, now=NOW, today=TODAY)
    forget_memory()


def opened(procedure: str) -> Intake:
    """As the team lead opens it."""
    return open_for_applications(procedure=procedure, opens_at=NOW, by=StaffFactory(), now=NOW)


@pytest.fixture
def lead() -> Iterator[Client]:
    """A team lead in a browser, today."""
    with time_machine.travel(NOW, tick=False):
        staff = StaffFactory(is_staff=True)
        staff.groups.add(Group.objects.get(name=TEAM_LEAD))
        client = Client()
        client.force_login(staff)
        yield client


def test_sources_state_the_papers_of_all_but_work() -> None:
    assert [slug for slug in OFFERED if not has_finished_list(slug, on=TODAY)] == ["work"]
    for slug in ("humanitarian", "study"):
        assert opened(slug).procedure == slug
        assert open_intake(slug, now=NOW)


@pytest.mark.parametrize(("adds", "removes"), [(False, False), (True, False), (False, True)])
def test_work_stays_closed_until_the_office_has_stated_its_papers(
    adds: bool, removes: bool
) -> None:
    if adds or removes:
        office_publishes(adds=adds, removes=removes)
    with pytest.raises(ListNotFinished):
        opened("work")
    assert not Intake.objects.exists()


def test_work_opens_once_the_office_has_published_its_list() -> None:
    office_publishes()
    assert opened("work")
    with time_machine.travel(NOW, tick=False):
        assert Client().get(f"/de/apply/{WORK}/questions/").status_code == 200


def test_work_closes_when_its_list_is_no_longer_finished() -> None:
    office_publishes()
    opened("work")
    with time_machine.travel(NOW, tick=False):
        call_command("load_catalogue", "--replace", verbosity=0)
        forget_memory()
        assert open_intake("work", now=NOW) is None
        assert Client().get(f"/de/apply/{WORK}/").status_code == 404


def test_row_alone_opens_nothing() -> None:
    Intake.objects.create(procedure="work", opens_at=LONG_AGO)
    with time_machine.travel(NOW, tick=False):
        assert Client().get(f"/en/apply/{WORK}/").status_code == 404


def test_no_catalogue_is_no_list() -> None:
    CatalogueVersion.objects.all().delete()
    forget_memory()
    assert not has_finished_list("humanitarian", on=TODAY)
    with pytest.raises(ListNotFinished):
        opened("humanitarian")


# --- who is told ----------------------------------------------------------------------------------


def test_page_for_opening_says_what_is_missing_and_where(lead: Client) -> None:
    page = lead.get(OPEN).content.decode()
    assert page.count("Die Liste der Unterlagen ist nicht fertig.") == 1
    assert "Die Unterlagen, die Ihnen die Ausländerbehörde nennt" in page
    assert 'href="/admin/documents/catalogueversion/"' in page
    refused = lead.post(OPEN, {"procedure": "work"}).content.decode()
    assert "kann noch nicht geöffnet werden" in refused
    assert "in einem Entwurf des Katalogs" in refused
    assert not Intake.objects.exists()
    office_publishes()
    assert "nicht fertig" not in lead.get(OPEN).content.decode()
    assert lead.post(OPEN, {"procedure": "work"}).status_code == 302


def test_page_of_an_intake_says_why_nobody_can_apply(lead: Client) -> None:
    row = Intake.objects.create(procedure="work", opens_at=LONG_AGO)
    page = lead.get(f"/admin/applications/intake/{row.pk}/change/").content.decode()
    assert "Die Liste der Unterlagen ist nicht fertig." in page
    assert "geschlossen" in page


@pytest.mark.parametrize(("is_open", "found"), [(False, "I001"), (True, "E010")])
def test_doctor_says_that_a_list_is_not_finished(is_open: bool, found: str) -> None:
    if is_open:
        Intake.objects.create(procedure="work", opens_at=LONG_AGO)
    told = [
        one
        for one in checks.applications_can_be_taken(None)
        if one.id in ("applications.I001", "applications.E010")
    ]
    assert [one.id for one in told] == [f"applications.{found}"]
    assert "work" in told[0].msg
    assert "draft" in str(told[0].hint)
    office_publishes_today()
    assert not [one for one in checks.applications_can_be_taken(None) if "list" in str(one.msg)]


def office_publishes_today() -> None:
    """A list that holds whatever day the clock of this machine has."""
    office_publishes()
    CatalogueVersion.objects.update(valid_from=date(2020, 1, 1))
    forget_memory()

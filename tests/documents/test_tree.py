"""A version as one tree: every row a line that leads to it, with marks where it is not right."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import TimeMachineFixture

from config.accounts.roles import CASEWORKER, TEAM_LEAD
from config.foundation.staff import Staff
from documents.actions import content_of, copy_to_draft
from documents.admin.tree import Node
from documents.models import CatalogueVersion, Charge, Fee, Procedure, Question, Requirement
from tests.documents.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW, tick=False)


def reader(role: str) -> Client:
    person = Staff.objects.create(username=role, is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def lead(db: None) -> Client:
    return reader(TEAM_LEAD)


@pytest.fixture
def draft(loaded: CatalogueVersion) -> CatalogueVersion:
    return copy_to_draft(loaded, name="Entwurf", valid_from=TODAY)


def page_of(version: CatalogueVersion) -> str:
    return reverse("admin:documents_catalogueversion_change", args=[version.pk])


def nodes(client: Client, version: CatalogueVersion) -> list[Node]:
    return list(client.get(page_of(version)).context["tree"].nodes)


def test_every_row_of_a_draft_is_a_line_that_leads_to_it(
    lead: Client, draft: CatalogueVersion
) -> None:
    shown = lead.get(page_of(draft)).content.decode()
    for model in (Procedure, Question, Requirement, Charge):
        for row in model._default_manager.all():
            name = f"admin:documents_{model._meta.model_name}_change"
            assert f'href="{reverse(name, args=[row.pk])}"' in shown
    for add in re.findall(r'href="([^"]+/add/\?procedure=\d+)"', shown):
        assert lead.get(add).status_code == 200


def test_lines_say_for_whom_and_how_much(lead: Client, draft: CatalogueVersion) -> None:
    emergency = nodes(lead, draft)[0]
    about = {line.title: line.about for line in emergency.lines}
    assert about["Pass oder Passersatz"] == "für alle"
    assert about["Verlustanzeige"].startswith("nur bei: „Welcher Notfall liegt vor?")
    assert about["Fiktionsbescheinigung"].startswith("13,00 € · nicht bei:")
    assert about["Welcher Notfall liegt vor?"].startswith("Einfachauswahl · Mein Aufenthaltstitel")


def test_what_a_living_takes_is_no_fee(lead: Client, draft: CatalogueVersion) -> None:
    found = {node.own.title: node for node in nodes(lead, draft)}
    for title, kind in (("Gebühren", Fee.Kind.FEE), ("Lebensunterhalt", Fee.Kind.MEANS)):
        (branch,) = found[title].branches
        rows = Fee.objects.filter(version=draft, kind=kind)
        assert sorted(line.title for line in branch.lines) == sorted(str(row) for row in rows)
        assert branch.lines
    form = lead.get(found["Lebensunterhalt"].branches[0].add).context["adminform"].form
    assert form["kind"].value() == Fee.Kind.MEANS


def test_page_of_a_row_has_one_way_to_save_and_go_and_one_out(
    lead: Client, draft: CatalogueVersion
) -> None:
    row = Requirement.objects.filter(procedure__version=draft).first()
    assert row is not None
    page = lead.get(reverse("admin:documents_requirement_change", args=[row.pk])).content.decode()
    procedure = reverse("admin:documents_procedure_change", args=[row.procedure_id])
    assert f'<a class="closelink" href="{procedure}">' in page
    assert "_addanother" not in page


def test_missing_language_is_marked_where_it_is(lead: Client, draft: CatalogueVersion) -> None:
    assert not any(node.is_lacking or node.is_wrong for node in nodes(lead, draft))
    paper = Requirement.objects.get(title__de="Verlustanzeige")
    paper.title.pop("ar")
    paper.save()
    found = nodes(lead, draft)
    lacking = [line.lacking for node in found for line in node.lines if line.lacking]
    assert lacking == [["Arabisch"]]
    assert [node.is_lacking for node in found].count(True) == 1
    assert "fehlt in: Arabisch" in lead.get(page_of(draft)).content.decode()


def test_problem_is_marked_where_it_is(lead: Client, draft: CatalogueVersion) -> None:
    Requirement.objects.filter(title__de="Verlustanzeige").update(condition="no_such_fact")
    wrong = [line for node in nodes(lead, draft) for line in node.lines if line.problems]
    assert [line.title for line in wrong] == ["Verlustanzeige"]


def test_published_version_is_read_without_links(lead: Client, loaded: CatalogueVersion) -> None:
    found = nodes(lead, loaded)
    assert sum(len(branch.lines) for branch in found[0].branches) > 10
    assert not any(line.address for node in found for line in node.lines)
    assert not any(branch.add for node in found for branch in node.branches)


def test_whoever_only_reads_follows_no_link_that_is_refused(draft: CatalogueVersion) -> None:
    found = nodes(reader(CASEWORKER), draft)
    assert not any(line.address for node in found for line in node.lines)


def test_the_tree_asks_as_often_for_many_procedures(lead: Client, draft: CatalogueVersion) -> None:
    lead.get(page_of(draft))  # what is remembered per process is asked once
    asked = []
    for n in range(2):
        with CaptureQueriesContext(connection) as queries:
            lead.get(page_of(draft))
        asked.append(len(queries))
        for procedure in Procedure.objects.filter(version=draft):
            made = Procedure.objects.create(
                version=draft, slug=f"{procedure.slug}_{n}", title=procedure.title, position=90
            )
            Requirement.objects.create(
                procedure=made, slug="x", title=made.title, reason=made.title
            )
    assert asked[0] == asked[1]


def test_the_way_to_a_row_leads_through_its_tree(lead: Client, draft: CatalogueVersion) -> None:
    paper = Requirement.objects.select_related("procedure").order_by("pk")[0]
    page = lead.get(reverse("admin:documents_requirement_change", args=[paper.pk]))
    assert [crumb["label"] for crumb in page.context["desk_crumbs"][1:]] == [
        "Fassungen des Katalogs",
        "Entwurf",
        str(paper.procedure),
    ]
    for crumb in page.context["desk_crumbs"][1:]:
        assert lead.get(crumb["url"]).status_code == 200
    procedure = lead.get(reverse("admin:documents_procedure_change", args=[paper.procedure_id]))
    labels = [crumb["label"] for crumb in procedure.context["desk_crumbs"][1:]]
    assert labels == ["Fassungen des Katalogs", "Entwurf"]


def test_days_of_a_version_are_those_of_the_desk(lead: Client, loaded: CatalogueVersion) -> None:
    shown = lead.get(page_of(loaded)).content.decode()
    assert shown.count("Do, 13.07.2023") == 2  # above the tree and among the facts
    assert "Juli 2023" not in shown


def test_keys_of_rows_are_in_no_document(draft: CatalogueVersion) -> None:
    assert '"pk"' not in str(content_of(draft)).replace("'", '"')

"""Every page of the desk asks as many queries for a long history as for a short one.

`python -m pytest -m slow tests/look/test_desk_growth.py` tries it with 100,000 rows a table.
"""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from config.accounts.roles import CASEWORKER
from config.accounts.substitutes import hand_on
from config.foundation.audit import AccessRecord
from config.foundation.office import Office, ServiceStatus, forget_memory
from config.foundation.staff import Staff
from config.foundation.substitutions import Substitution
from documents import catalogue
from tests.growing import SET_UP, WORKED, add_invitations, add_visits, multiply
from tests.look import desk

pytestmark = pytest.mark.django_db
FEW, SOME, MANY = 10, 60, 100_000
SLOWEST = 5
# Counted as one look per quarter of an hour, whoever looks.
ONCE = "appointments of the day"


@pytest.fixture
def everything(settings: Settings, office_remembered: None, demo_day: None) -> list[desk.DeskPage]:
    """Every page of the desk, of a demo day that has a row in each table."""
    settings.OFFICE_MEMORY_SECONDS = 3600  # a busy machine takes minutes for all pages
    forget_memory()  # what the demonstration day remembered would end within a minute
    lead = Staff.objects.get(username="kurz")
    other = Staff.objects.create(username="other", is_staff=True)
    other.groups.add(Group.objects.get(name=CASEWORKER))
    right, until = Substitution.Right.HOURS, desk.DEMO_NOW.date() + timedelta(days=7)
    hand_on(substitute=other, right=right, until=until, now=desk.DEMO_NOW, by=lead)
    return list(desk.pages(desk.client_of(desk.superuser())))


def counts(pages: list[desk.DeskPage]) -> dict[str, tuple[list[str], float]]:
    """What each page asks, and for how many seconds of the processor it works."""
    found = {}
    # a session that grows old in between would be written anew
    with time_machine.travel(desk.DEMO_NOW, tick=False):
        client = desk.client_of(Staff.objects.get(username="root"))
        for page in pages:
            AccessRecord.objects.filter(subject=ONCE).delete()
            began = time.process_time()
            with CaptureQueriesContext(connection) as asked:
                assert client.get(page.path).status_code == 200, page.path
            found[page.path] = [each["sql"] for each in asked], time.process_time() - began
    return found


def queries(counted: dict[str, tuple[list[str], float]]) -> dict[str, list[str]]:
    return {path: asked for path, (asked, _seconds) in counted.items()}


def differing(few: dict[str, list[str]], many: dict[str, list[str]]) -> str:
    """The pages that ask more or less often, with everything that they ask."""
    return "\n".join(
        "\n".join([path, f"{len(few[path])}:", *few[path], f"{len(many[path])}:", *many[path]])
        for path in few
        if len(few[path]) != len(many[path])
    )


def test_every_list_is_looked_at(everything: list[desk.DeskPage]) -> None:
    lists = {
        f"admin/{model._meta.app_label}/{model._meta.model_name}/"
        for model in admin.site._registry
        if model not in {Office, ServiceStatus}  # of one row, which their list leads to
    }
    assert lists <= {page.pattern for page in everything}


def test_every_page_asks_as_much_for_few_as_for_more(everything: list[desk.DeskPage]) -> None:
    add_visits(FEW)
    add_invitations(FEW)
    multiply({**WORKED, **SET_UP}, FEW)
    counts(everything)  # what is remembered per process is asked once
    few = queries(counts(everything))
    add_visits(SOME, since=FEW)
    add_invitations(SOME, since=FEW)
    multiply({**WORKED, **SET_UP}, SOME, since=FEW)
    catalogue.forget_memory()
    catalogue.catalogue_on(desk.DEMO_NOW.date())  # a new version is parsed once per process
    different = differing(few, queries(counts(everything)))
    assert not different, different


@pytest.mark.slow
def test_every_page_asks_as_much_for_a_hundred_thousand(everything: list[desk.DeskPage]) -> None:
    add_visits(FEW)
    add_invitations(FEW)
    multiply(WORKED, FEW)
    counts(everything)
    few = counts(everything)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # references are checked at the end of the test
            cursor.execute("SET LOCAL statement_timeout = 0")
    add_visits(MANY, since=FEW)
    add_invitations(MANY, since=FEW)
    multiply(WORKED, MANY, since=FEW)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    many = counts(everything)
    for path in sorted(many, key=lambda path: many[path][1] - few[path][1])[-SLOWEST:]:
        print(f"{path} {few[path][1]:.2f} s -> {many[path][1]:.2f} s")  # noqa: T201
    different = differing(queries(few), queries(many))
    assert not different, different

"""The desk: the inbox, the review with its pages, opening and closing; who may, and who looked."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.checks import WARNING, CheckMessage
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from config.accounts.roles import CASEWORKER, OPS, TEAM_LEAD
from config.admin.start_page import application_tasks
from config.foundation.audit import AccessRecord
from config.foundation.staff import Staff
from config.foundation.subjects import subject_of
from config.operations.retention import forget_due
from config.operations.state_metrics import _applications
from documents.applications import checks, conversion, store
from documents.applications.actions.processing import process_due
from documents.applications.admin.waiting import all_waiting
from documents.applications.models import Application, File, Intake, Page
from documents.applications.states import Scan, Status
from tests.documents.applications.making import NOW, make_draft, make_person
from tests.factories import StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]
LIST = "/admin/applications/application/"


def signed_in(role: str) -> tuple[Client, Staff]:
    """Somebody of the staff in a browser."""
    staff = StaffFactory(is_staff=True)
    staff.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(staff)
    return client, staff


def step(client: Client, row: Application, name: str, **more: str) -> int:
    """Presses a button of the page as it stands."""
    row.refresh_from_db()
    data = {"subject": row.subject, "version": str(row.version)} | more
    return client.post(f"{LIST}{row.pk}/step/{name}/", data).status_code


def test_inbox_shows_what_was_sent_and_no_draft(sent: Application) -> None:
    make_person(make_draft(), family_name="Entwurf")
    client, staff = signed_in(CASEWORKER)
    page = client.get(LIST).content.decode()
    assert "RAHIMI Leila" in page
    assert "01.03.2027" in page
    assert "ENTWURF" not in page
    assert AccessRecord.objects.get(by=staff).subject == "application list"


def test_what_nobody_ever_closed_is_off_the_list_once_it_is_erased(sent: Application) -> None:
    client, _staff = signed_in(CASEWORKER)
    page = f"{LIST}{sent.pk}/change/"
    assert page in client.get(LIST).content.decode()
    assert forget_due(now=NOW + timedelta(days=365), apply=True)["P4 applications: never closed"]
    client, _staff = signed_in(CASEWORKER)
    assert page not in client.get(LIST).content.decode()
    assert client.get(page).status_code == 200
    counted = next(each for each in _applications(NOW) if each.name.endswith("_applications"))
    assert sum(sample.value for sample in counted.samples) == 0


@pytest.mark.parametrize("status", [Status.PAPERS_MISSING, Status.INVITED, Status.CLOSED])
def test_review_begins_with_what_was_sent_alone(sent: Application, status: Status) -> None:
    over = {"outcome": "granted", "ended_at": NOW} if status == Status.CLOSED else {}
    Application.objects.update(status=status, **over)
    client, _staff = signed_in(CASEWORKER)
    assert step(client, sent, "take") == 302  # no page has that button
    sent.refresh_from_db()
    assert sent.status == status


def test_review_shows_each_page_and_who_looked_is_written_down(sent: Application) -> None:
    client, staff = signed_in(CASEWORKER)
    page = Page.objects.get()
    address = f"{LIST}{sent.pk}/pages/{page.pk}/"
    shown = client.get(f"{LIST}{sent.pk}/change/").content.decode()
    assert address in shown
    assert "Mietbescheinigung" in shown
    for _twice in "ab":
        assert client.get(address).content.startswith(b"\xff\xd8\xff")
    assert [row.subject for row in AccessRecord.objects.filter(by=staff)] == [sent.subject]


def test_page_without_its_application_is_a_look_of_its_own(sent: Application) -> None:
    client, staff = signed_in(CASEWORKER)
    client.get(f"{LIST}{sent.pk}/pages/{Page.objects.get().pk}/")
    assert AccessRecord.objects.get(by=staff).subject == sent.subject


def test_page_of_another_application_is_404(sent: Application) -> None:
    client, _staff = signed_in(CASEWORKER)
    assert client.get(f"{LIST}{sent.pk + 1}/pages/{Page.objects.get().pk}/").status_code == 404


def test_review_from_begin_to_end(sent: Application) -> None:
    with time_machine.travel(NOW, tick=False):
        client, staff = signed_in(CASEWORKER)
        for name, more, status in (
            ("take", {}, Status.IN_REVIEW),
            ("close", {"outcome": "granted"}, Status.CLOSED),
            ("reopen", {}, Status.IN_REVIEW),
            ("give_back", {}, Status.SENT),
            ("withdraw", {}, Status.WITHDRAWN),
        ):
            assert step(client, sent, name, **more) == 302
            sent.refresh_from_db()
            assert sent.status == status
    assert set(sent.events.exclude(action="send").values_list("by", flat=True)) == {staff.pk}


def test_second_of_two_changes_nothing_and_is_told(sent: Application) -> None:
    first, winner = signed_in(CASEWORKER)
    second, _loser = signed_in(CASEWORKER)
    seen = {"subject": sent.subject, "version": str(sent.version)}
    first.post(f"{LIST}{sent.pk}/step/take/", seen)
    answer = second.post(f"{LIST}{sent.pk}/step/take/", seen, follow=True)
    sent.refresh_from_db()
    assert sent.taken_by == winner
    assert "zwischenzeitlich" in answer.content.decode()


def test_who_closes_sees_what_nobody_could_look_at_yet(sent: Application) -> None:
    client, _staff = signed_in(CASEWORKER)
    step(client, sent, "take")
    page = f"{LIST}{sent.pk}/change/"
    assert "Dateien werden noch aufbereitet" in client.get(page).content.decode()
    process_due(now=NOW, limit=99)
    File.objects.update(scan=Scan.CLEAN, original=None)
    assert "noch aufbereitet" not in client.get(page).content.decode()


def test_closing_needs_an_outcome_that_exists(sent: Application) -> None:
    client, _staff = signed_in(CASEWORKER)
    step(client, sent, "take")
    step(client, sent, "close", outcome="nonsense")
    sent.refresh_from_db()
    assert sent.status == Status.IN_REVIEW


def test_operations_see_no_paper(sent: Application) -> None:
    client, _staff = signed_in(OPS)
    for address in (LIST, f"{LIST}{sent.pk}/change/", f"{LIST}{sent.pk}/pages/1/"):
        assert client.get(address).status_code == 403


# --- opening and closing --------------------------------------------------------------------------

OPEN = "/admin/applications/intake/open/"


def test_team_lead_opens_and_closes(intake: Intake) -> None:
    intake.delete()
    client, staff = signed_in(TEAM_LEAD)
    assert Client().get("/de/apply/humanitarian/").status_code == 404
    assert client.post(OPEN, {"procedure": "humanitarian"}).status_code == 302
    opened = Intake.objects.get()
    assert opened.opened_by == staff
    assert Client().get("/de/apply/humanitarian/").status_code == 200
    close = f"/admin/applications/intake/{opened.pk}/close/"
    assert client.post(close, {"version": "0"}).status_code == 409
    assert client.post(close, {"version": str(opened.version)}).status_code == 302
    assert Client().get("/de/apply/humanitarian/").status_code == 404


@pytest.mark.parametrize("what", ["keys", "scanner", "procedure", "converter"])
def test_opening_tries_everything(
    intake: Intake, settings: Settings, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    intake.delete()
    procedure = "humanitarian"
    if what == "keys":
        settings.APPLICATIONS = replace(settings.APPLICATIONS, keys=())
    elif what == "scanner":
        settings.APPLICATIONS = replace(settings.APPLICATIONS, scanner_url="tcp://127.0.0.1:9")
    elif what == "procedure":
        procedure = "emergency"
    else:
        monkeypatch.setattr(conversion, "SECONDS_TO_BEGIN", 0.0)
    client, _staff = signed_in(TEAM_LEAD)
    client.post(OPEN, {"procedure": procedure})
    assert not Intake.objects.exists()


def test_caseworker_opens_nothing(intake: Intake) -> None:
    intake.delete()
    client, _staff = signed_in(CASEWORKER)
    assert client.post(OPEN, {"procedure": "humanitarian"}).status_code == 403


def wrong() -> list[CheckMessage]:
    """What the doctor wants mended."""
    return [each for each in checks.applications_can_be_taken(None) if each.level >= WARNING]


def test_doctor_names_what_an_open_intake_lacks(
    intake: Intake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wrong() == []
    settings.APPLICATIONS = replace(settings.APPLICATIONS, keys=(), is_demonstration=False)
    found = [each.msg for each in wrong()]
    assert [text.split()[0] for text in found] == [
        "FILE_KEYS",
        "SCANNER_URL",
        "Files",
        "FILE_RECOVERY_RECIPIENT",
    ]
    ids = {each.id for each in wrong()}
    assert ids == {
        "applications.E001",
        "applications.E002",
        "applications.W002",
        "applications.W003",
    }
    monkeypatch.setattr(store, "free_share", lambda: 0.05)
    settings.APPLICATIONS = replace(
        settings.APPLICATIONS, converter_socket="/run/converter/socket", recovery_recipient="age1x"
    )
    assert [each.id for each in wrong()][2:] == ["applications.W004"]
    Intake.objects.update(opens_at=None)
    assert wrong() == []
    call_command("check")


def test_inbox_is_in_the_header_with_what_waits(sent: Application) -> None:
    client, _staff = signed_in(CASEWORKER)
    page = client.get(LIST).content.decode()
    assert re.search(
        rf'href="{LIST}"[^>]*aria-current="page">[^<]+<span[^>]*><[^>]*>[^<]*</span>1<', page
    )


def test_header_counts_what_the_start_page_lists(sent: Application) -> None:
    for days in (1, 31):
        now = NOW + timedelta(days=days)
        assert all_waiting(now).count() == sum(task.count for task in application_tasks(now)) == 1
    step(signed_in(CASEWORKER)[0], sent, "take")
    assert not all_waiting(NOW).exists()
    assert application_tasks(NOW) == []


def test_inbox_says_that_nothing_is_open_and_who_opens(sent: Application) -> None:
    Intake.objects.update(opens_at=None)
    page = signed_in(CASEWORKER)[0].get(LIST).content.decode()
    assert re.search(rf'href="{LIST}"[^>]*aria-current="page"', page)
    assert 'id="closed"' in page
    assert "/admin/applications/intake/open/" not in page
    page = signed_in(TEAM_LEAD)[0].get(LIST).content.decode()
    assert "/admin/applications/intake/open/" in page


def test_application_that_waits_is_a_task_and_late_after_thirty_days(sent: Application) -> None:
    days = [application_tasks(NOW + timedelta(days=each)) for each in (1, 31)]
    assert [[(task.count, task.is_late) for task in tasks] for tasks in days] == [
        [(1, False)],
        [(1, True)],
    ]
    with time_machine.travel(NOW + timedelta(days=31)):
        client, _staff = signed_in(CASEWORKER)
        page = client.get("/admin/").content.decode()
    assert '<span class="desk-tag desk-tag--danger">1</span>' in page
    Application.objects.update(forgotten_at=NOW, sealed_key=None)
    assert application_tasks(NOW) == []


def test_demonstration_is_marked(sent: Application, settings: Settings) -> None:
    client, _staff = signed_in(CASEWORKER)
    address = f"{LIST}{sent.pk}/change/"
    assert ">Demo<" in client.get(address).content.decode()
    assert "invented people" in Client().get("/en/apply/humanitarian/").content.decode()
    real = replace(settings.APPLICATIONS, is_demonstration=False, scanner_url="tcp://scanner:3310")
    settings.APPLICATIONS = real
    assert ">Demo<" not in client.get(address).content.decode()
    assert "invented people" not in Client().get("/en/apply/humanitarian/").content.decode()


def test_access_log_finds_an_application_by_its_number(sent: Application) -> None:
    assert subject_of((sent.reference or "").lower()) == sent.subject

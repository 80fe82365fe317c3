"""From the review into the case file: a copy that is whole, a confirmation, the erasing."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import BytesIO

import pypdfium2
import pytest
import time_machine
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone
from pyrage import x25519
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from config.accounts.roles import CASEWORKER, TEAM_LEAD
from config.admin.start_page import application_tasks
from config.foundation.audit import AccessRecord
from config.foundation.outbox import Notification, send_due, waiting
from config.foundation.staff import Staff
from documents.applications import store
from documents.applications.actions import processing, reviews, transferring
from documents.applications.actions.retention import erase
from documents.applications.case_file import CopyBroken
from documents.applications.models import Application, Page, Transfer
from documents.applications.states import Outcome, Scan, Status
from documents.applications.transitions import TransitionNotAllowed
from tests.documents.applications.making import NOW, TODAY
from tests.documents.applications.test_desk import LIST, signed_in, step
from tests.documents.applications.test_supply import ask
from tests.factories import StaffFactory
from tests.invariants import assert_invariants

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def closed_one(sent: Application) -> Application:
    """An application whose files are all drawn and whose review is over."""
    while processing.process_due(now=NOW, limit=50):
        pass
    by = StaffFactory()
    reviews.take(application=sent, version=sent.version, by=by, now=NOW)
    reviews.close(application=sent, version=sent.version, outcome=Outcome.GRANTED, by=by, now=NOW)
    return sent


@pytest.fixture
def told(closed_one: Application) -> None:
    """The letters about it have left."""
    waiting().update(sent_at=NOW)


def download(client: Client, row: Application) -> dict[str, bytes]:
    """The parts of the ZIP that the desk gets, each as its hash says."""
    answer = client.get(f"{LIST}{row.pk}/export/")
    assert isinstance(answer, StreamingHttpResponse)
    assert answer["Content-Disposition"] == f'attachment; filename="{row.reference}.zip"'
    with zipfile.ZipFile(BytesIO(answer.getvalue())) as archive:
        assert archive.testzip() is None
        parts = {name: archive.read(name) for name in archive.namelist()}
    sums = dict(line.split("  ")[::-1] for line in parts["SHA512SUMS"].decode().splitlines())
    assert sums.keys() == parts.keys() - {"SHA512SUMS"}
    for name, found in sums.items():
        assert hashlib.sha512(parts[name]).hexdigest() == found
    return parts


@pytest.fixture
def lead() -> Client:
    """A team lead in a browser."""
    return signed_in(TEAM_LEAD)[0]


def test_copy_has_every_paper_and_all_that_was_said(lead: Client, closed_one: Application) -> None:
    parts = download(lead, closed_one)
    said = json.loads(parts["application.json"])
    assert said["schema"] == "soforttermin.application/1"
    assert (said["reference"], said["outcome"]) == (closed_one.reference, "granted")
    (person,) = said["people"]
    assert (person["role"], person["family_name"]) == ("applicant", "Rahimi")
    assert person["answers"]["days"] == {"title_ends_on": "2027-03-01"}
    with_file = [paper for paper in said["papers"] if "file" in paper]
    assert [paper["id"] for paper in with_file][:1] == ["passport"]
    for paper in with_file:
        assert hashlib.sha512(parts[paper["file"]]).hexdigest() == paper["sha512"]
        assert len(pypdfium2.PdfDocument(parts[paper["file"]])) == paper["pages"]
    drawn = closed_one.files.exclude(pages_count=0).values_list("paper", flat=True)
    assert {paper["id"] for paper in with_file} == set(drawn)
    absent = {paper["id"] for paper in said["papers"] if paper["said_to_be_absent"]}
    assert absent == set(closed_one.absences.values_list("paper", flat=True))
    metadata = json.loads(parts["metadata.json"])["contentStructure"]
    assert {each["filename"] for each in metadata["attachments"]} == {
        name for name in parts if name.endswith(".pdf")
    }
    copy = Transfer.objects.get()
    assert copy.sha512 == hashlib.sha512(parts["SHA512SUMS"]).hexdigest()
    assert AccessRecord.objects.filter(
        kind=AccessRecord.Kind.EXPORT, subject=closed_one.subject
    ).exists()


def test_confirmed_copy_erases_papers_and_person(
    lead: Client,
    closed_one: Application,
    told: None,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    download(lead, closed_one)
    pages = set(Page.objects.values_list("blob", flat=True))
    assert pages <= set(store.names())
    page = lead.get(f"{LIST}{closed_one.pk}/change/").content.decode()
    assert f"{closed_one.pk}/step/transfer/" in page
    step(lead, closed_one, "transfer")  # nothing was ticked
    closed_one.refresh_from_db()
    assert closed_one.forgotten_at is None
    with django_capture_on_commit_callbacks(execute=True):
        step(lead, closed_one, "transfer", arrived="on")
    closed_one.refresh_from_db()
    assert (closed_one.family_name, closed_one.sealed_key) == ("", None)
    assert not pages & set(store.names())
    assert not closed_one.files.exists()
    event = closed_one.events.last()
    copy = Transfer.objects.get()
    assert event is not None
    assert (event.action, event.detail) == ("transfer", copy.sha512[:16])
    assert copy.confirmed_at is not None
    assert lead.get(f"{LIST}{closed_one.pk}/export/").status_code == 302
    assert_invariants(LATER, app="documents.applications")


def test_nothing_is_erased_without_a_whole_copy_of_what_is_there_now(
    closed_one: Application,
) -> None:
    by = StaffFactory()

    def confirm() -> None:
        closed_one.refresh_from_db()
        transferring.confirm(application=closed_one, version=closed_one.version, by=by, now=LATER)

    with pytest.raises(transferring.NotLeft):
        confirm()
    copy = transferring.begin(application=closed_one, by=by, now=NOW)
    with pytest.raises(transferring.NotLeft):  # the line broke
        confirm()
    transferring.leave(transfer=copy, sha512="a" * 128, now=NOW)
    reviews.reopen(application=closed_one, version=closed_one.version, by=by, now=LATER, on=TODAY)
    with pytest.raises(TransitionNotAllowed):
        confirm()
    reviews.close(
        application=closed_one,
        version=closed_one.version,
        outcome=Outcome.SETTLED,
        by=by,
        now=LATER,
    )
    with pytest.raises(transferring.NotLeft):  # the copy is of before
        confirm()
    with pytest.raises(TransitionNotAllowed):  # a page that somebody left open
        transferring.confirm(application=closed_one, version=1, by=by, now=LATER)


@pytest.mark.parametrize("how", ["erased", "taken back"])
def test_copy_of_what_changes_meanwhile_has_no_end(
    lead: Client, closed_one: Application, how: str
) -> None:
    answer = lead.get(f"{LIST}{closed_one.pk}/export/")
    assert isinstance(answer, StreamingHttpResponse)
    pieces = iter(answer.streaming_content)
    next(pieces)  # one paper
    if how == "erased":
        erase(applications=[closed_one.pk], now=LATER)
    else:
        again = {"by": StaffFactory(), "now": LATER, "on": TODAY}
        reviews.reopen(application=closed_one, version=closed_one.version, **again)
    with pytest.raises(CopyBroken):
        list(pieces)
    assert Transfer.objects.get().left_at is None


def test_copy_that_nothing_opens_is_refused_with_a_sentence(
    lead: Client, closed_one: Application, settings: Settings
) -> None:
    key = str(x25519.Identity.generate())
    settings.APPLICATIONS = replace(settings.APPLICATIONS, keys=(key,))
    answer = lead.get(f"{LIST}{closed_one.pk}/export/", follow=True)
    assert "nicht möglich" in answer.content.decode()
    assert Transfer.objects.get().left_at is None


def test_second_person_confirms_where_the_office_wants_it(
    closed_one: Application, told: None, settings: Settings
) -> None:
    settings.APPLICATIONS = replace(settings.APPLICATIONS, transfer_by_two=True)
    one, other = StaffFactory(), StaffFactory()
    copy = transferring.begin(application=closed_one, by=one, now=NOW)
    transferring.leave(transfer=copy, sha512="a" * 128, now=NOW)
    confirm = partial(
        transferring.confirm, application=closed_one, version=closed_one.version, now=LATER
    )
    with pytest.raises(transferring.AnotherPerson):
        confirm(by=one)
    confirm(by=other)
    closed_one.refresh_from_db()
    assert closed_one.forgotten_at == LATER


def test_nobody_is_forgotten_before_the_letter_about_the_end_has_left(
    closed_one: Application,
) -> None:
    by = StaffFactory()
    copy = transferring.begin(application=closed_one, by=by, now=NOW)
    transferring.leave(transfer=copy, sha512="a" * 128, now=NOW)
    with pytest.raises(transferring.LetterWaits):
        transferring.confirm(application=closed_one, version=closed_one.version, by=by, now=LATER)
    closed_one.refresh_from_db()
    assert closed_one.forgotten_at is None


def test_reminder_of_a_request_that_has_ended_keeps_nothing_waiting(sent: Application) -> None:
    while processing.process_due(now=NOW, limit=50):
        pass
    ask(sent)
    by = StaffFactory()
    reviews.close(application=sent, version=sent.version, outcome=Outcome.GRANTED, by=by, now=NOW)
    tomorrow = NOW + timedelta(days=1)
    send_due(queue=Notification.Queue.ORDINARY, now=tomorrow)
    assert [each.kind for each in waiting()] == ["applications.request_reminder"]
    copy = transferring.begin(application=sent, by=by, now=tomorrow)
    transferring.leave(transfer=copy, sha512="a" * 128, now=tomorrow)
    transferring.confirm(application=sent, version=sent.version, by=by, now=tomorrow)
    sent.refresh_from_db()
    assert sent.forgotten_at == tomorrow


def test_files_that_wait_keep_the_copy_waiting(closed_one: Application, lead: Client) -> None:
    closed_one.files.filter(pages_count__gt=0).update(scan=Scan.WAITING)
    with pytest.raises(transferring.FilesWait):
        transferring.begin(application=closed_one, by=StaffFactory(), now=NOW)
    assert lead.get(f"{LIST}{closed_one.pk}/export/", follow=True).status_code == 200
    assert not Transfer.objects.exists()


@pytest.mark.parametrize("status", [Status.SENT, Status.IN_REVIEW])
def test_only_a_closed_application_is_handed_over(sent: Application, status: Status) -> None:
    if status == Status.IN_REVIEW:
        reviews.take(application=sent, version=sent.version, by=StaffFactory(), now=NOW)
    with pytest.raises(TransitionNotAllowed):
        transferring.begin(application=sent, by=StaffFactory(), now=NOW)


def test_whoever_only_asks_about_a_copy_has_none(closed_one: Application, lead: Client) -> None:
    assert lead.head(f"{LIST}{closed_one.pk}/export/").status_code == 403
    assert not Transfer.objects.exists()


def test_caseworker_hands_nothing_over(closed_one: Application) -> None:
    client, _staff = signed_in(CASEWORKER)
    assert client.get(f"{LIST}{closed_one.pk}/export/").status_code == 403
    assert step(client, closed_one, "transfer", arrived="on") == 403
    page = client.get(f"{LIST}{closed_one.pk}/change/").content.decode()
    assert "/export/" not in page


def test_copy_asks_to_sign_in_once_more(
    closed_one: Application, settings: Settings, lead: Client
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    person = Staff.objects.latest("pk")
    session = lead.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": timezone.now().timestamp() - 3600, "username": person.username}
    ]
    session.save()
    answer = lead.get(f"{LIST}{closed_one.pk}/export/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/")


def test_what_will_be_erased_unfiled_is_on_the_list(closed_one: Application) -> None:
    assert application_tasks(NOW) == []
    (task,) = application_tasks(NOW + timedelta(days=12))
    assert (task.count, task.is_late) == (1, True)


def test_names_of_who_filed_it_go_after_a_year(closed_one: Application) -> None:
    from documents.applications.actions.retention import _forget_staff

    copy = transferring.begin(application=closed_one, by=StaffFactory(), now=NOW)
    _forget_staff(NOW, apply=True)
    copy.refresh_from_db()
    assert copy.made_by is None


def test_copy_of_many_pages_is_made_paper_by_paper(closed_one: Application, lead: Client) -> None:
    answer = lead.get(f"{LIST}{closed_one.pk}/export/")
    assert isinstance(answer, StreamingHttpResponse)
    pieces = [len(piece) for piece in answer.streaming_content if isinstance(piece, bytes)]
    assert len(pieces) >= closed_one.files.values("paper").distinct().count()

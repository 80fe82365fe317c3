"""Papers sent afterwards: by the link of the letter alone, once, and at once with other steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from config.accounts.roles import CASEWORKER
from config.foundation.actions import Refused
from config.foundation.outbox import Notification, send_due
from config.operations.retention import forget_due
from documents.applications import store as blobs
from documents.applications.actions import document_requests, papers, processing, reviews, sending
from documents.applications.actions.refusals import ApplicationChanged, Incomplete
from documents.applications.invariants import INVARIANTS
from documents.applications.links import link_secret
from documents.applications.models import Application, DocumentRequest, File, Page
from documents.applications.states import Objection, Outcome, Status
from documents.applications.transitions import TransitionNotAllowed
from documents.applications.views.session import KEY, OPENED
from tests.documents.applications.hostile_files import jpeg
from tests.documents.applications.making import (
    NOW,
    TODAY,
    add_file,
    committed,
    complete,
    make_draft,
    make_person,
)
from tests.documents.applications.test_desk import LIST, signed_in
from tests.documents.applications.test_races import at_once
from tests.documents.applications.test_views import Way
from tests.factories import StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]
ASKED = {"passport": Objection.UNREADABLE, "current_title": Objection.MISSING}


def ask(row: Application) -> DocumentRequest:
    """Somebody reviews, and asks for the papers of `ASKED`."""
    by = StaffFactory()
    reviews.take(application=row, version=row.version, by=by, now=NOW)
    return document_requests.request_papers(
        application=row,
        version=row.version,
        papers=ASKED,
        due_on=TODAY + timedelta(days=14),
        by=by,
        now=NOW,
    )


def supply(row: Application, request: DocumentRequest) -> DocumentRequest:
    """Sends what is there."""
    return document_requests.supply(
        application=row, request_id=request.pk, version=row.version, arrived_at=NOW
    )


@pytest.fixture
def asked(sent: Application) -> DocumentRequest:
    """What the office has asked for."""
    return ask(sent)


@pytest.fixture
def way(sent: Application, asked: DocumentRequest) -> Iterator[Way]:
    """Somebody who has opened the link."""
    with time_machine.travel(NOW, tick=False):
        opened = Way()
        opened.get(f"application/{link_secret(sent)}/")
        yield opened


def absent(way: Way, number: int, *, status: int = 303) -> None:
    """Says that a paper is not there."""
    page = way.get(f"apply/papers/{number}/")
    form = re.search(r'<form[^>]*absent/".*?</form>', page, re.S)
    assert form
    data = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
    answer = way.client.post(f"/en/apply/papers/{number}/absent/", data)
    assert answer.status_code == status


# --- the way --------------------------------------------------------------------------------------


def test_what_was_asked_for_is_sent_once_with_a_receipt(way: Way, sent: Application) -> None:
    page = way.get("apply/papers/")
    assert re.findall(r'id="paper-(\w+)"', page) == list(ASKED)
    assert 'action="/en/application/supply/"' not in page
    assert "apply/contact/" not in page
    way.upload(1, jpeg())
    assert "page-picture" in way.page
    absent(way, 2)
    way.get("apply/papers/")
    press = way.hidden()
    page = way.send("application/supply/")
    assert "Your papers have arrived" in page
    assert "1 page" in page
    assert "not available" in page
    assert way.client.post("/en/application/supply/", press).status_code == 303
    sent.refresh_from_db()
    assert sent.status == Status.IN_REVIEW
    assert sent.taken_by is not None
    assert Notification.objects.filter(kind="applications.supplied").count() == 1
    assert way.client.get("/en/application/supplied/receipt.pdf").content.startswith(b"%PDF")
    send_due(queue=Notification.Queue.ORDINARY, now=NOW)
    assert any(each.subject == "Your papers have arrived" for each in mail.outbox)
    assert {name for name, _says, query in INVARIANTS if query(NOW)} == set()


def test_no_page_opens_what_was_sent(way: Way, sent: Application) -> None:
    before = Page.objects.get()
    assert way.client.get(f"/en/apply/pages/{before.pk}/").status_code == 404
    assert "1 page" in way.get("application/")
    way.upload(1, jpeg())
    mine = Page.objects.exclude(pk=before.pk).get()
    assert way.client.get(f"/en/apply/pages/{mine.pk}/").status_code == 200
    absent(way, 2)
    way.get("apply/papers/")
    way.send("application/supply/")
    answer = way.client.get(f"/en/apply/pages/{mine.pk}/")
    assert answer["Location"] == "/en/application/"
    assert way.client.get("/en/apply/papers/")["Location"] == "/en/application/"


def test_incomplete_or_outdated_press_sends_nothing(way: Way, sent: Application) -> None:
    asked = DocumentRequest.objects.get()
    press = {"subject": sent.subject, "version": str(sent.version), "request": str(asked.pk)}
    for change, status in (
        ({}, 422),
        ({"version": "1"}, 409),
        ({"request": "0"}, 409),
        ({"subject": "application/0"}, 409),
    ):
        answer = way.client.post("/en/application/supply/", press | change)
        # a form without its token is nobody's
        assert answer.status_code == 403
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', way.get("apply/papers/1/"))
        assert token
        more = {"csrfmiddlewaretoken": token[1]}
        answer = way.client.post("/en/application/supply/", press | change | more)
        assert answer.status_code == status
    assert not DocumentRequest.objects.get().is_supplied


def test_who_has_no_link_supplies_nothing(sent: Application, asked: DocumentRequest) -> None:
    with time_machine.travel(NOW, tick=False):
        way = Way()
        session = way.client.session
        session["application"] = sent.pk  # this browser has sent it
        session.save()
        for path in ("apply/papers/", "apply/papers/1/"):
            assert way.client.get(f"/en/{path}")["Location"] == "/en/apply/sent/"
        assert "apply/papers/" not in way.get("application/")


def test_browser_that_sent_it_neither_supplies_nor_withdraws(
    way: Way, sent: Application, asked: DocumentRequest
) -> None:
    way.upload(1, jpeg())
    absent(way, 2)
    way.get("apply/papers/")
    supplying = way.hidden()
    way.get("application/")
    withdrawing = way.hidden("withdraw")
    session = way.client.session
    del session[OPENED]
    session.save()
    assert 'id="withdraw"' not in way.get("application/")
    for path, press in (("supply", supplying), ("withdraw", withdrawing)):
        answer = way.client.post(f"/en/application/{path}/", press)
        assert answer["Location"] == "/en/application/"
    sent.refresh_from_db()
    assert sent.status == Status.PAPERS_MISSING


def test_no_page_opens_what_was_sent_at_the_moment_in_which_a_request_ends(
    way: Way, sent: Application
) -> None:
    DocumentRequest.objects.update(ended_at=NOW)  # before its application was read
    assert way.client.get(f"/en/apply/pages/{Page.objects.get().pk}/").status_code == 404


def test_file_for_what_was_sent_is_not_read(
    sent: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("documents.applications.views.papers.slow_line", None)
    with time_machine.travel(NOW, tick=False):
        client = Client()
        session = client.session
        session[KEY] = sent.pk
        session.save()
        answer = client.post("/en/apply/papers/1/", {"files": BytesIO(jpeg())})
    assert answer["Location"] == "/en/apply/sent/"


def test_sent_files_are_neither_removed_nor_moved(
    sent: Application, asked: DocumentRequest
) -> None:
    sent.refresh_from_db()
    before = sent.files.get(paper="passport")
    papers.remove_file(application=sent, file_id=before.pk, now=NOW)
    assert File.objects.filter(pk=before.pk).exists()
    with pytest.raises(ApplicationChanged):
        papers.move_file(application=sent, file_id=before.pk, now=NOW)
    with pytest.raises(ApplicationChanged):
        add_file(sent, "employment", jpeg())
    with pytest.raises(ApplicationChanged):
        papers.mark_absent(application=sent, paper="passport", absent=True, now=NOW, on=TODAY)


def test_absence_is_said_anew(sent: Application, asked: DocumentRequest) -> None:
    add_file(sent, "passport", jpeg())
    with pytest.raises(Incomplete) as refused:
        supply(sent, asked)
    assert [item.id for item in refused.value.missing] == ["current_title"]
    sent.refresh_from_db()
    papers.mark_absent(application=sent, paper="current_title", absent=True, now=NOW, on=TODAY)
    supply(sent, asked)
    assert sent.absences.filter(paper="current_title").count() == 2


# --- taking the application back -----------------------------------------------------------------


def test_person_takes_the_application_back(way: Way, sent: Application) -> None:
    way.get("application/")
    press = way.hidden("withdraw")
    assert 'data-status="withdrawn"' in way.send("application/withdraw/", "withdraw")
    assert 'id="withdraw"' not in way.page
    assert way.client.post("/en/application/withdraw/", press).status_code == 303  # twice
    sent.refresh_from_db()
    assert (sent.status, sent.ended_at) == (Status.WITHDRAWN, NOW)
    event = sent.events.last()
    assert event
    assert (event.action, str(event.actor_in_words)) == ("withdraw_online", "the person")
    assert DocumentRequest.objects.get().ended_at == NOW
    send_due(queue=Notification.Queue.ORDINARY, now=NOW)
    letters = [
        each for each in mail.outbox if each.subject == "Your online application was withdrawn"
    ]
    assert len(letters) == 1
    assert "24\xa0hours" in str(letters[0].body)
    assert forget_due(now=NOW + timedelta(hours=24), apply=True)["P4 applications: withdrawn"] == 1


def test_old_page_withdraws_nothing_and_shows_what_is_there(way: Way, sent: Application) -> None:
    way.get("application/")
    fresh = way.hidden("withdraw")
    for change in ({"version": "1"}, {"subject": "application/0"}):
        answer = way.client.post("/en/application/withdraw/", fresh | change)
        assert answer.status_code == 409
        assert 'data-status="papers_missing"' in answer.content.decode()
    sent.refresh_from_db()
    assert sent.status == Status.PAPERS_MISSING


def test_receipt_leads_to_where_the_application_stands(sent: Application) -> None:
    send_due(queue=Notification.Queue.ORDINARY, now=NOW)
    text = str(mail.outbox[-1].body)
    assert f"/en/application/{link_secret(sent)}/" in text


# --- the desk, and the end ------------------------------------------------------------------------


def test_desk_sees_new_papers_once_they_are_sent(sent: Application, asked: DocumentRequest) -> None:
    add_file(sent, "passport", jpeg())
    processing.process_due(now=NOW, limit=9)
    mine = Page.objects.get(file__document_request=asked)
    with time_machine.travel(NOW, tick=False):
        client, _staff = signed_in(CASEWORKER)
        assert client.get(f"{LIST}{sent.pk}/pages/{mine.pk}/").status_code == 404
        add_file(sent, "current_title", jpeg())
        supply(sent, asked)
        assert client.get(f"{LIST}{sent.pk}/pages/{mine.pk}/").status_code == 200
        page = client.get(f"{LIST}{sent.pk}/change/").content.decode()
        assert "Nachgereicht am 30.11.2026" in page
        assert "neue Unterlagen seit" in client.get(LIST).content.decode()


@pytest.mark.parametrize("how", ["close", "take back"])
def test_what_was_not_sent_is_deleted_with_the_end_of_the_request(
    sent: Application,
    asked: DocumentRequest,
    how: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    before = set(blobs.names())
    add_file(sent, "passport", jpeg())
    sent.refresh_from_db()
    shown: dict[str, Any] = {"application": sent, "version": sent.version}
    shown |= {"by": StaffFactory(), "now": NOW}
    act: Callable[[], object] = (
        (lambda: reviews.close(outcome=Outcome.SETTLED, **shown))
        if how == "close"
        else (lambda: document_requests.take_request_back(**shown))
    )
    committed(django_capture_on_commit_callbacks, act)
    assert set(blobs.names()) == before
    assert not File.objects.filter(document_request=asked).exists()


def test_what_was_not_sent_is_deleted_after_a_day(
    sent: Application, asked: DocumentRequest
) -> None:
    add_file(sent, "passport", jpeg(), now=NOW)
    name = "P4 applications: papers not sent"
    assert forget_due(now=NOW + timedelta(hours=23), apply=True)[name] == 0
    assert forget_due(now=NOW + timedelta(hours=24), apply=False)[name] == 1
    assert forget_due(now=NOW + timedelta(hours=24), apply=True)[name] == 1
    assert not File.objects.filter(document_request=asked).exists()


# --- at once --------------------------------------------------------------------------------------


def _ready() -> tuple[Application, DocumentRequest]:
    """Everything that was asked for is there and can be sent."""
    draft = make_draft()
    make_person(draft)
    complete(draft, jpeg())
    row = sending.send(application=draft, version=draft.version, arrived_at=NOW, on=TODAY)
    request = ask(row)
    for paper in ASKED:
        add_file(row, paper, jpeg())
    return row, request


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_presses_are_one() -> None:
    # T-U14
    row, request = _ready()
    mine = [Application.objects.get(pk=row.pk) for _each in range(20)]
    found = at_once(*[lambda one=one: supply(one, request) for one in mine])
    assert {getattr(one, "pk", type(one)) for one in found} == {request.pk}
    assert row.events.filter(action="supply").count() == 1
    assert Notification.objects.filter(kind="applications.supplied").count() == 1
    assert Application.objects.get().status == Status.IN_REVIEW


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["request", "close", "withdraw"])
def test_equal_presses_at_once_are_all_told_that_it_is_done(what: str) -> None:
    draft = make_draft()
    make_person(draft)
    complete(draft, jpeg())
    sent = sending.send(application=draft, version=draft.version, arrived_at=NOW, on=TODAY)
    by = StaffFactory()
    reviews.take(application=sent, version=sent.version, by=by, now=NOW)
    acts: dict[str, Callable[..., object]] = {
        "request": partial(
            document_requests.request_papers, papers=ASKED, due_on=TODAY + timedelta(days=14)
        ),
        "close": partial(reviews.close, outcome=Outcome.GRANTED),
        "withdraw": reviews.withdraw,
    }
    act = partial(acts[what], version=sent.version, by=by, now=NOW)
    mine = [Application.objects.get() for _each in range(8)]
    found = at_once(*[partial(act, application=one) for one in mine])
    assert not [each for each in found if isinstance(each, Refused)]
    assert sent.events.count() == 3


@pytest.mark.django_db(transaction=True)
def test_supply_and_withdrawal_at_once_are_one_of_both() -> None:
    row, request = _ready()
    one, two = Application.objects.get(), Application.objects.get()
    by = StaffFactory()
    found = at_once(
        lambda: supply(one, request),
        lambda: reviews.withdraw(application=two, version=two.version, by=by, now=NOW),
    )
    refused = [type(each) for each in found if isinstance(each, Exception)]
    assert refused in ([ApplicationChanged], [TransitionNotAllowed])
    row.refresh_from_db()
    request.refresh_from_db()
    assert request.ended_at is not None
    assert request.is_supplied == (row.status == Status.IN_REVIEW)
    assert {row.status} <= {Status.IN_REVIEW, Status.WITHDRAWN}


@pytest.mark.django_db(transaction=True)
def test_request_and_withdrawal_at_once_are_one_of_both() -> None:
    draft = make_draft()
    make_person(draft)
    complete(draft, jpeg())
    row = sending.send(application=draft, version=draft.version, arrived_at=NOW, on=TODAY)
    by = StaffFactory()
    reviews.take(application=row, version=row.version, by=by, now=NOW)
    one, two = Application.objects.get(), Application.objects.get()
    found = at_once(
        lambda: document_requests.request_papers(
            application=one,
            version=one.version,
            papers=ASKED,
            due_on=TODAY + timedelta(days=14),
            by=by,
            now=NOW,
        ),
        lambda: reviews.withdraw(application=two, version=two.version, by=by, now=NOW),
    )
    assert sum(isinstance(each, TransitionNotAllowed) for each in found) == 1
    is_open = DocumentRequest.objects.filter(ended_at=None).exists()
    assert is_open == (Application.objects.get().status == Status.PAPERS_MISSING)

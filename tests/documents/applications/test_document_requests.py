"""Papers that the office asks for again: the desk, the letters, the link, the law."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from config.accounts.roles import CASEWORKER, OPS
from config.foundation.outbox import Notification, send_due
from documents.applications.actions import document_requests, retention, reviews
from documents.applications.invariants import INVARIANTS
from documents.applications.links import application_of, link_secret
from documents.applications.models import Application, DocumentRequest, RequestedPaper
from documents.applications.states import Objection, Outcome, Status
from documents.applications.transitions import TransitionNotAllowed
from tests.documents.applications.making import NOW, TODAY, make_draft, make_person
from tests.documents.applications.test_desk import LIST, signed_in, step
from tests.factories import StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]
DUE = date(2026, 12, 14)
NEXT_MORNING = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)  # seven by the clock of the office
ASKED = {"passport": Objection.UNREADABLE, "employment": Objection.OUTDATED}


@pytest.fixture
def reviewed(sent: Application) -> Application:
    """An application that somebody reviews."""
    reviews.take(application=sent, version=sent.version, by=StaffFactory(), now=NOW)
    return sent


def ask(row: Application, version: int | None = None, **papers: Objection) -> DocumentRequest:
    """Asks for papers, both of `ASKED` unless others are named."""
    return document_requests.request_papers(
        application=row,
        version=version or row.version,
        papers=papers or ASKED,
        due_on=DUE,
        by=StaffFactory(),
        now=NOW,
    )


def letters() -> list[str]:
    """The kinds of letters that wait or have left, but for the receipt."""
    rows = Notification.objects.exclude(kind="applications.receipt").order_by("pk")
    return [row.kind.partition(".")[2] for row in rows]


# --- asking ---------------------------------------------------------------------------------------


def test_asking_twice_is_one_request_and_one_letter(reviewed: Application) -> None:
    shown = reviewed.version
    first = ask(reviewed)
    assert ask(reviewed, version=shown) == first
    assert reviewed.status == Status.PAPERS_MISSING
    assert document_requests.asked_of(first) == ASKED
    assert letters() == ["request", "request_reminder"]


def test_other_papers_from_an_old_page_are_refused(reviewed: Application) -> None:
    shown = reviewed.version
    ask(reviewed)
    with pytest.raises(TransitionNotAllowed):
        ask(reviewed, version=shown, passport=Objection.MISSING)


def test_paper_that_is_not_on_the_list_is_refused(reviewed: Application) -> None:
    with pytest.raises(TransitionNotAllowed):
        ask(reviewed, diploma=Objection.MISSING)
    assert not DocumentRequest.objects.exists()


def test_reminder_comes_only_before_the_day(reviewed: Application) -> None:
    document_requests.request_papers(
        application=reviewed,
        version=reviewed.version,
        papers=ASKED,
        due_on=TODAY + timedelta(days=7),
        by=StaffFactory(),
        now=NOW,
    )
    assert letters() == ["request"]


def test_request_taken_back_is_told_and_reminds_nobody(reviewed: Application) -> None:
    ask(reviewed)
    document_requests.take_request_back(
        application=reviewed, version=reviewed.version, by=StaffFactory(), now=NOW
    )
    assert reviewed.status == Status.IN_REVIEW
    for now in (NOW, NOW + timedelta(days=7, hours=1)):
        send_due(queue=Notification.Queue.ORDINARY, now=now)
    kinds = Notification.objects.filter(sent_at__isnull=False).values_list("kind", flat=True)
    assert set(kinds) & {"applications.request", "applications.request_reminder"} == set()
    assert "applications.request_over" in kinds


@pytest.mark.parametrize("how", ["close", "withdraw"])
def test_end_of_the_application_ends_the_request(reviewed: Application, how: str) -> None:
    ask(reviewed)
    shown: dict[str, Any] = {"application": reviewed, "version": reviewed.version}
    shown |= {"by": StaffFactory(), "now": NOW}
    if how == "close":
        reviews.close(outcome=Outcome.SETTLED, **shown)
    else:
        reviews.withdraw(**shown)
    assert DocumentRequest.objects.get().ended_at == NOW
    assert not DocumentRequest.objects.get().is_supplied


def test_database_refuses_what_must_not_be(reviewed: Application) -> None:
    request = ask(reviewed)
    for act in (
        lambda: DocumentRequest.objects.create(application=reviewed, requested_at=NOW, due_on=DUE),
        lambda: DocumentRequest.objects.update(is_supplied=True),
        lambda: request.papers.create(paper="passport", objection=Objection.MISSING),
        lambda: request.papers.create(paper="lease", objection="ugly"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_papers_are_missing_exactly_while_they_are_asked_for(reviewed: Application) -> None:
    broken = {name: query for name, _says, query in INVARIANTS}["I40"]
    ask(reviewed)
    assert broken(NOW) == []
    DocumentRequest.objects.update(ended_at=NOW)
    assert broken(NOW) == [reviewed.reference]
    DocumentRequest.objects.update(ended_at=None)
    Application.objects.update(status=Status.IN_REVIEW)
    assert broken(NOW) == [reviewed.reference]


def test_file_that_stays_behind_with_its_ended_request_is_noticed(reviewed: Application) -> None:
    broken = {name: query for name, _says, query in INVARIANTS}["I38"]
    request = ask(reviewed)
    file = reviewed.files.filter(pages_count=0).earliest("pk")
    reviewed.files.filter(pk=file.pk).update(document_request=request)
    assert broken(NOW) == []
    DocumentRequest.objects.update(ended_at=NOW)
    assert broken(NOW) == [f"file/{file.pk}"]


def test_erasing_takes_requests_along(reviewed: Application) -> None:
    ask(reviewed)
    retention.erase(applications=[reviewed.pk], now=NOW)
    assert not RequestedPaper.objects.exists()


# --- letter and link ------------------------------------------------------------------------------


def test_letter_says_how_many_and_names_no_paper(reviewed: Application) -> None:
    ask(reviewed)
    send_due(queue=Notification.Queue.ORDINARY, now=NOW)
    letter = next(each for each in mail.outbox if "needs papers" in each.subject)
    text = str(letter.body)
    assert "needs 2 papers" in text
    assert "14 December 2026" in text
    assert "asspor" not in text + letter.subject
    assert len(set(re.findall(r"/en/application/(\S+)/", text))) == 1


def test_link_shows_what_is_needed_and_no_page_of_what_was_sent(reviewed: Application) -> None:
    ask(reviewed)
    visitor = Client()
    with time_machine.travel(NOW, tick=False):
        answer = visitor.get(f"/en/application/{link_secret(reviewed)}/")
        assert (answer.status_code, answer["Location"]) == (303, "/en/application/")
        assert answer["Referrer-Policy"] == "no-referrer"
        page = visitor.get("/en/application/").content.decode()
    assert 'data-status="papers_missing"' in page
    assert 'data-due="2026-12-14"' in page
    assert set(re.findall(r'id="needed-(\w+)"', page)) == set(ASKED)
    assert "This paper can&#x27;t be read well." in page
    assert "apply/pages/" not in page
    assert "Rahimi" not in page


def test_link_is_over_once_the_application_is_erased_or_was_never_sent(
    reviewed: Application,
) -> None:
    secret = link_secret(reviewed)
    draft = make_draft()
    make_person(draft)
    assert application_of(link_secret(draft)) is None
    for wrong in (secret + "x", "1", "1.x", link_secret(draft)):
        assert Client().get(f"/en/application/{wrong}/").status_code == 404
    retention.erase(applications=[reviewed.pk], now=NOW)
    assert Client().get(f"/en/application/{secret}/").status_code == 410


def test_what_a_link_opened_closes_after_two_hours(reviewed: Application) -> None:
    visitor = Client()
    with time_machine.travel(NOW, tick=False):
        visitor.get(f"/en/application/{link_secret(reviewed)}/")
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        assert visitor.get("/en/application/").status_code == 403


def test_draft_waits_while_a_link_is_open(reviewed: Application) -> None:
    with time_machine.travel(NOW, tick=False):
        visitor = Client()
        draft = make_draft()
        session = visitor.session
        session["application"] = draft.pk
        session.save()
        visitor.get(f"/en/application/{link_secret(reviewed)}/")
        assert 'id="reference"' in visitor.get("/en/application/").content.decode()
        assert (
            "Go on with my application" in visitor.get("/en/apply/humanitarian/").content.decode()
        )
        assert visitor.session["application"] == draft.pk


# --- the desk -------------------------------------------------------------------------------------


def form_of(client: Client, row: Application, **more: str) -> int:
    """Sends the page on which papers are asked for."""
    data = {"subject": row.subject, "version": str(row.version), "due_on": DUE.isoformat()} | more
    return client.post(f"{LIST}{row.pk}/request/", data).status_code


def test_desk_asks_and_sees_whose_turn_it_is(sent: Application) -> None:
    with time_machine.travel(NOW, tick=False):
        client, _staff = signed_in(CASEWORKER)
        step(client, sent, "take")
        sent.refresh_from_db()
        page = client.get(f"{LIST}{sent.pk}/request/").content.decode()
        assert "Mietbescheinigung" in page
        assert form_of(client, sent) == 422
        assert form_of(client, sent, paper_1="ugly") == 422
        assert form_of(client, sent, paper_1="unreadable", due_on="2026-11-30") == 422
        assert form_of(client, sent, paper_1="unreadable") == 302
        assert "RAHIMI" not in client.get(LIST).content.decode()
        shown = client.get(f"{LIST}?state=papers_missing").content.decode()
        assert "14.12.2026" in shown
        assert "nicht gut lesbar" in client.get(f"{LIST}{sent.pk}/change/").content.decode()
        assert form_of(client, sent, paper_1="missing") == 409
    with time_machine.travel(NOW + timedelta(days=15), tick=False):
        client, _staff = signed_in(CASEWORKER)
        assert "RAHIMI" in client.get(LIST).content.decode()


def test_desk_takes_the_request_back(reviewed: Application) -> None:
    ask(reviewed)
    client, _staff = signed_in(CASEWORKER)
    assert step(client, reviewed, "end_request") == 302
    reviewed.refresh_from_db()
    assert reviewed.status == Status.IN_REVIEW


def test_page_to_ask_belongs_to_the_review(sent: Application) -> None:
    client, _staff = signed_in(CASEWORKER)
    assert client.get(f"{LIST}{sent.pk}/request/").status_code == 409  # nobody reviews it
    operator, _staff = signed_in(OPS)
    assert operator.get(f"{LIST}{sent.pk}/request/").status_code == 403


# --- closing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome.REFUSED, "by post or at your appointment"),
        (Outcome.NOT_RESPONSIBLE, "Another office is responsible"),
        (Outcome.DUPLICATE, "twice"),
    ],
)
def test_end_of_the_review_is_told_on_the_next_morning(
    reviewed: Application, outcome: Outcome, said: str
) -> None:
    reviews.close(
        application=reviewed, version=reviewed.version, outcome=outcome, by=StaffFactory(), now=NOW
    )
    assert Notification.objects.get(kind="applications.closed").due_at == NEXT_MORNING
    send_due(queue=Notification.Queue.ORDINARY, now=NEXT_MORNING)
    letter = next(each for each in mail.outbox if "review" in each.subject)
    assert said in str(letter.body)
    assert "14\xa0days" in str(letter.body)


def test_closing_taken_back_is_not_told(reviewed: Application) -> None:
    by = StaffFactory()
    for outcome in (Outcome.GRANTED, Outcome.SETTLED):
        reviews.close(
            application=reviewed, version=reviewed.version, outcome=outcome, by=by, now=NOW
        )
        if outcome == Outcome.GRANTED:
            reviews.reopen(application=reviewed, version=reviewed.version, by=by, now=NOW, on=TODAY)
    send_due(queue=Notification.Queue.ORDINARY, now=NEXT_MORNING)
    assert sum("review" in each.subject for each in mail.outbox) == 1

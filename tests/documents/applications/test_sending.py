"""Sending once, the steps of the desk, the end, and what the database refuses."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from config.foundation.outbox import Notification
from documents.applications import store as blobs
from documents.applications.actions import (
    drafts,
    papers,
    processing,
    retention,
    reviews,
    sending,
)
from documents.applications.actions.refusals import (
    ApplicationChanged,
    Incomplete,
    NotVerified,
)
from documents.applications.models import Absence, Application, File, Intake, Page
from documents.applications.states import TRANSITIONS, FileState, Outcome, Scan, Status
from documents.applications.transitions import TransitionNotAllowed, transition
from documents.applications.views.papers import papers_of
from tests.documents.applications.hostile_files import jpeg
from tests.documents.applications.making import (
    NOW,
    PERSON,
    TODAY,
    WANTED,
    add_file,
    committed,
    complete,
    make_person,
)
from tests.factories import StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]
Capture = DjangoCaptureOnCommitCallbacks


@pytest.fixture
def sent(draft: Application) -> Application:
    """An application that the office has; its files are not drawn yet."""
    make_person(draft)
    complete(draft, jpeg())
    return sending.send(application=draft, version=draft.version, arrived_at=NOW, on=TODAY)


# --- sending --------------------------------------------------------------------------------------


def test_incomplete_is_not_sent_and_says_what_is_missing(draft: Application) -> None:
    make_person(draft)
    with pytest.raises(Incomplete) as refused:
        sending.send(application=draft, version=draft.version, arrived_at=NOW, on=TODAY)
    assert [item.id for item in refused.value.missing] == WANTED
    assert Application.objects.get().sent_at is None


def test_refused_file_does_not_count(draft: Application) -> None:
    make_person(draft)
    complete(draft, b"no picture")
    processing.process_due(now=NOW, limit=1)
    draft.refresh_from_db()
    with pytest.raises(Incomplete) as refused:
        sending.send(application=draft, version=draft.version, arrived_at=NOW, on=TODAY)
    assert len(refused.value.missing) == 1


def test_papers_of_former_answers_are_not_sent_along(draft: Application) -> None:
    make_person(draft)
    complete(draft, jpeg())
    former = add_file(draft, WANTED[0], jpeg())
    File.objects.filter(pk=former.pk).update(paper="no-longer-asked-for")
    sending.send(application=draft, version=draft.version, arrived_at=NOW, on=TODAY)
    assert "no-longer-asked-for" not in draft.files.values_list("paper", flat=True)
    assert draft.files.exists()


def test_address_that_is_not_proved_sends_nothing(draft: Application) -> None:
    complete(draft, jpeg())
    with pytest.raises(NotVerified):
        sending.send(application=draft, version=draft.version, arrived_at=NOW, on=TODAY)


def test_sent_counts_from_when_it_came(sent: Application) -> None:
    # T-U18; F36: nothing has been drawn yet, and it was sent all the same
    assert (sent.status, sent.sent_at) == (Status.SENT, NOW)
    assert set(sent.files.values_list("state", flat=True)) == {FileState.RECEIVED}
    assert [(e.action, e.to_status) for e in sent.events.all()] == [("send", "sent")]
    assert Notification.objects.filter(kind="applications.receipt").count() == 1


def test_sending_again_is_the_same_application(sent: Application) -> None:
    # T-U14
    for _again in range(20):
        later = NOW + timedelta(hours=1)
        again = sending.send(application=sent, version=1, arrived_at=later, on=TODAY)
        assert (again.reference, again.sent_at) == (sent.reference, NOW)
    assert sent.events.count() == Notification.objects.filter(kind="applications.receipt").count()


def test_sent_application_can_not_be_changed(sent: Application) -> None:
    acts: list[Callable[[], object]] = [
        lambda: add_file(sent, "passport", jpeg()),
        lambda: papers.remove_file(application=sent, file_id=sent.files.all()[0].pk, now=NOW),
        lambda: drafts.save_person(application=sent, version=sent.version, now=NOW, **PERSON),
    ]
    before = list(sent.files.values())
    for act in acts:
        with pytest.raises(ApplicationChanged):
            act()
    drafts.end_draft(application=sent, now=NOW)
    assert list(sent.files.values()) == before


# --- the desk -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("old", "new"), list(product(Status, Status)))
def test_steps_are_those_of_the_table(sent: Application, old: Status, new: Status) -> None:
    over = old in {Status.CLOSED, Status.WITHDRAWN}
    draft = old == Status.STARTED
    Application.objects.filter(pk=sent.pk).update(
        status=old,
        outcome="settled" if old == Status.CLOSED else "",
        ended_at=NOW if over else None,
        sent_at=None if draft else NOW,
        reference=None if draft else "A-1",
    )
    sent.refresh_from_db()
    columns: dict[str, Any] = {  # of many kinds
        "outcome": "settled" if new == Status.CLOSED else "",
        "ended_at": NOW if new in {Status.CLOSED, Status.WITHDRAWN} else None,
        "sent_at": NOW,
        "reference": "A-1",
    }
    if new in TRANSITIONS[old]:
        transition(sent, new, action="test", now=NOW, **columns)
        assert sent.status == new
    else:
        with pytest.raises(TransitionNotAllowed):
            transition(sent, new, action="test", now=NOW, **columns)


def test_of_two_who_take_it_one_wins(sent: Application) -> None:
    first, second = StaffFactory(), StaffFactory()
    seen = sent.version
    reviews.take(application=sent, version=seen, by=first, now=NOW)
    reviews.take(application=sent, version=seen, by=first, now=NOW)  # twice is a quiet success
    with pytest.raises(TransitionNotAllowed):
        reviews.take(application=sent, version=seen, by=second, now=NOW)
    assert Application.objects.get().taken_by == first


def test_review_is_closed_and_reopened_on_the_same_day(sent: Application) -> None:
    staff = StaffFactory()
    reviews.take(application=sent, version=sent.version, by=staff, now=NOW)
    reviews.close(
        application=sent, version=sent.version, outcome=Outcome.SETTLED, by=staff, now=NOW
    )
    with pytest.raises(TransitionNotAllowed):
        reviews.reopen(
            application=sent,
            version=sent.version,
            by=staff,
            now=NOW,
            on=TODAY + timedelta(days=1),
        )
    reviews.reopen(application=sent, version=sent.version, by=staff, now=NOW, on=TODAY)
    reviews.give_back(application=sent, version=sent.version, by=staff, now=NOW)
    reviews.withdraw(application=sent, version=sent.version, by=staff, now=NOW)
    assert [event.action for event in sent.events.all()] == [
        *("send", "take", "close", "reopen", "give_back", "withdraw")
    ]


# --- the end --------------------------------------------------------------------------------------

PERIODS = retention.Periods(
    draft_idle=timedelta(hours=2),
    draft=timedelta(hours=24),
    withdrawn=timedelta(hours=24),
    closed=timedelta(days=14),
    open=timedelta(days=365),
    staff=timedelta(days=365),
)


def _forget(capture: Capture, *, after: timedelta) -> dict[str, int]:
    counts: dict[str, int] = {}
    with capture(execute=True):
        for name, count in retention.forget_in_batches(
            now=NOW + after, periods=PERIODS, apply=True
        ):
            counts[name] = counts.get(name, 0) + count
    return counts


def test_idle_draft_goes_with_its_papers(
    draft: Application, django_capture_on_commit_callbacks: Capture
) -> None:
    add_file(draft, "passport", jpeg())
    file = add_file(draft, "passport", jpeg())
    committed(django_capture_on_commit_callbacks, processing.process_file, file.pk, now=NOW)
    assert len(list(blobs.names())) == 2
    kept = _forget(django_capture_on_commit_callbacks, after=timedelta(minutes=119))
    assert kept["drafts"] == 0
    assert _forget(django_capture_on_commit_callbacks, after=timedelta(hours=2))["drafts"] == 1
    assert list(blobs.names()) == []
    assert not Application.objects.exists()


@pytest.mark.parametrize(
    ("end", "name", "days"), [("close", "closed", 14), ("withdraw", "withdrawn", 1)]
)
def test_ended_application_loses_key_papers_and_person(
    sent: Application,
    django_capture_on_commit_callbacks: Capture,
    end: str,
    name: str,
    days: int,
) -> None:
    # I38
    staff = StaffFactory()
    committed(django_capture_on_commit_callbacks, processing.process_due, now=NOW, limit=1)
    sent.refresh_from_db()
    reviews.take(application=sent, version=sent.version, by=staff, now=NOW)
    if end == "close":
        reviews.close(
            application=sent, version=sent.version, outcome=Outcome.GRANTED, by=staff, now=NOW
        )
    else:
        reviews.withdraw(application=sent, version=sent.version, by=staff, now=NOW)
    early = _forget(django_capture_on_commit_callbacks, after=timedelta(days=days, seconds=-1))
    assert early[name] == 0
    for expected in (1, 0):  # twice is a quiet success
        due = _forget(django_capture_on_commit_callbacks, after=timedelta(days=days))
        assert due[name] == expected
    row = Application.objects.get()
    assert row.sealed_key is None
    assert "Rahimi" not in str(Application.objects.values().get())
    assert list(blobs.names()) == []
    assert row.events.count() == 3  # what happened stays, for counts


def test_names_of_staff_go_after_a_year_and_the_steps_stay(
    sent: Application, intake: Intake, django_capture_on_commit_callbacks: Capture
) -> None:
    by = StaffFactory()
    Intake.objects.update(opened_by=by, opened_at=NOW)
    reviews.take(application=sent, version=sent.version, by=by, now=NOW)
    reviews.close(application=sent, version=sent.version, outcome=Outcome.SETTLED, by=by, now=NOW)
    year = timedelta(days=365)
    assert not _forget(django_capture_on_commit_callbacks, after=year - timedelta(seconds=1))[
        "names of staff"
    ]
    assert _forget(django_capture_on_commit_callbacks, after=year)["names of staff"] >= 3
    steps = [(str(event.actor_in_words), event.action) for event in sent.events.all()]
    assert steps == [("the person", "send"), ("the office", "take"), ("the office", "close")]
    assert not Application.objects.filter(taken_by__isnull=False).exists()
    assert Intake.objects.get().opened_by is None
    by.delete()


def test_file_that_is_taken_out_while_it_is_drawn_is_no_fault(
    draft: Application, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = add_file(draft, "passport", jpeg())

    def gone(one: File) -> bytes:
        File.objects.filter(pk=one.pk).delete()
        raise FileNotFoundError

    monkeypatch.setattr(processing, "original_content", gone)
    assert processing.process_file(file.pk, now=NOW) is None
    assert caplog.records == []


def test_birthday_after_sending_changes_no_list_of_papers(
    sent: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = []

    def facts_of(answers: Collection[str], *, born: str, on: date) -> frozenset[str]:
        days.append(on)
        return frozenset(answers)

    monkeypatch.setattr("documents.applications.actions.drafts.facts_of", facts_of)
    papers_of(sent, now=NOW + timedelta(days=300))
    sent.sent_at = None
    papers_of(sent, now=NOW + timedelta(days=300))
    assert days == [TODAY, TODAY + timedelta(days=300)]


def test_unscanned_original_goes_after_a_week(
    draft: Application, django_capture_on_commit_callbacks: Capture
) -> None:
    file = add_file(draft, "passport", jpeg())
    processing.process_file(file.pk, now=NOW)
    name = blobs.put(b"original")
    File.objects.filter(pk=file.pk).update(original=name, scan=Scan.WAITING)
    for days, gone in ((6, 0), (7, 1)):
        with django_capture_on_commit_callbacks(execute=True):
            assert processing.erase_old_originals(now=NOW + timedelta(days=days)) == gone
    assert name not in set(blobs.names())
    assert Page.objects.exists()
    assert File.objects.get(pk=file.pk).scan == Scan.OFF  # a hand-over does not wait for it


# --- what the database refuses --------------------------------------------------------------------

BROKEN: dict[str, dict[str, object]] = {
    "application_sent_iff_past_started": {"status": "sent"},
    "application_sent_only_verified": {"status": "sent", "sent_at": NOW, "reference": "A-1"},
    "application_outcome_iff_closed": {"outcome": "granted"},
    "application_ended_iff_over": {"ended_at": NOW},
    "application_key_unless_forgotten": {"sealed_key": None},
    "application_taken_pair": {"taken_at": NOW},
}


@pytest.mark.parametrize("name", BROKEN)
def test_database_refuses_what_must_never_be(draft: Application, name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Application.objects.filter(pk=draft.pk).update(**BROKEN[name])


BROKEN_FILES: dict[str, dict[str, object]] = {
    "file_refused_with_a_reason": {"state": "refused", "original": None},
    "file_ready_with_pages": {"state": "ready"},
    "file_refused_is_not_kept": {"state": "refused", "refusal": "empty"},
    "file_found_is_refused": {"scan": "found"},
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_database_refuses_files_that_must_never_be(draft: Application, name: str) -> None:
    file = add_file(draft, "passport", b"x")
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        File.objects.filter(pk=file.pk).update(**BROKEN_FILES[name])


def test_database_refuses_a_second_of_what_is_one(draft: Application) -> None:
    file = add_file(draft, "passport", b"x")
    for change in ({"position": 9}, {"upload_id": uuid.uuid4()}):
        file.pk, file.original = None, None
        for name, value in change.items():
            setattr(file, name, value)
        if "upload_id" in change:
            file.position = 1
        with pytest.raises(IntegrityError), transaction.atomic():
            file.save(force_insert=True)
    for _twice in "ab":
        rows = [Absence(application=draft, paper="passport", said_at=NOW)]
        Absence.objects.bulk_create(rows, ignore_conflicts=True)
    assert Absence.objects.count() == 1


def test_intake_does_not_close_before_it_opens(intake: Intake) -> None:
    with pytest.raises(IntegrityError, match="closes_after"), transaction.atomic():
        Intake.objects.update(opens_at=NOW, closes_at=NOW - timedelta(days=1))

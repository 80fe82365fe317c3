"""Drafts, papers, sending, review: what each step needs, refuses and leaves."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from config.foundation.outbox import Notification
from documents.answer_codes import Answers
from documents.applications import store as blobs
from documents.applications.actions import (
    drafts,
    papers,
    processing,
    retention,
    reviews,
    sending,
    verification,
)
from documents.applications.actions.blobs import BlobChanged, page_content
from documents.applications.actions.refusals import (
    ApplicationChanged,
    FileTooLarge,
    Incomplete,
    NotEligible,
    NotOpen,
    NotVerified,
    NotWhole,
    TooManyLetters,
    TooManyTries,
    TooMuch,
    WrongCode,
)
from documents.applications.conversion import ConverterBusy
from documents.applications.limits import FILE_BYTES, PAPER_FILES
from documents.applications.models import Absence, Application, File, Intake, Page
from documents.applications.states import TRANSITIONS, FileState, Outcome, Scan, Status
from documents.applications.transitions import TransitionNotAllowed, transition
from tests.documents.applications.hostile_files import CASES, jpeg, one_page, printed
from tests.documents.applications.making import (
    FACTS,
    IF_AVAILABLE,
    NOW,
    PERSON,
    TODAY,
    WANTED,
    add_file,
    committed,
    complete,
    make_draft,
    make_person,
)
from tests.factories import StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]
Capture = DjangoCaptureOnCommitCallbacks


@pytest.fixture
def draft() -> Application:
    """A draft after the questions."""
    return make_draft()


@pytest.fixture
def sent(draft: Application) -> Application:
    """An application that the office has; its files are not drawn yet."""
    make_person(draft)
    complete(draft, jpeg())
    return sending.send(application=draft, version=draft.version, arrived_at=NOW, on=TODAY)


# --- drafts ---------------------------------------------------------------------------------------


def test_nothing_begins_while_closed() -> None:
    Intake.objects.update(opens_at=None)
    with pytest.raises(NotOpen):
        make_draft()
    Intake.objects.update(opens_at=NOW - timedelta(days=1), closes_at=NOW)
    with pytest.raises(NotOpen):
        make_draft()
    assert not Application.objects.exists()


TITLES_OF_S4 = {
    *("title_22_1", "title_22_2", "title_23_1", "title_23_2", "title_23_4", "title_23a"),
    *("title_25_4_1", "title_25_4_2", "title_25_4a", "title_25_4b", "title_25_5"),
    *("title_25a_1", "title_25a_2", "title_25b_1", "title_25b_4"),
    *("title_104a_1_1", "title_104a", "title_104b", "title_104c"),
}
# S4:22, § 29 (3) sentence 3 AufenthG
FAMILY_EXCLUDED = {
    *("title_25_4_1", "title_25_4_2", "title_25_4b", "title_25_5", "title_25a_2", "title_25b_4"),
    *("title_104a_1_1", "title_104b", "title_104c"),
}
STOPS = {
    "title_25_1_to_3": "other_procedure",
    "settlement_wanted": "settlement",
    "title_24": "temporary_protection",
    "asylum_pending": "asylum",
    "other_title": "not_listed",
}


@pytest.mark.parametrize(
    ("title", "who"), list(product(sorted(TITLES_OF_S4), ["title_holder", "family_member"]))
)
def test_each_title_and_its_family(title: str, who: str) -> None:
    facts = frozenset({title, who, "extension", "valid_passport"})
    if who == "family_member" and title in FAMILY_EXCLUDED:
        with pytest.raises(NotEligible) as refused:
            make_draft(facts=facts)
        assert refused.value.stop.id == "family_excluded"
    else:
        assert make_draft(facts=facts).status == Status.STARTED


@pytest.mark.parametrize(("title", "stop"), STOPS.items())
def test_each_stop_names_the_other_way(title: str, stop: str) -> None:
    with pytest.raises(NotEligible) as refused:
        make_draft(facts=frozenset({title, "title_holder", "first", "valid_passport"}))
    assert refused.value.stop.id == stop
    assert not Application.objects.exists()


def test_answers_that_lead_elsewhere_do_not_replace_good_ones(draft: Application) -> None:
    other = Answers(frozenset({"title_24", "title_holder", "first", "valid_passport"}))
    with pytest.raises(NotEligible):
        drafts.save_answers(
            application=draft, version=draft.version, answers=other, now=NOW, on=TODAY
        )
    draft.refresh_from_db()
    assert set(draft.answers["facts"]) == FACTS


def test_older_page_changes_nothing(draft: Application) -> None:
    make_person(draft)
    with pytest.raises(ApplicationChanged):
        drafts.save_person(
            application=draft,
            version=1,
            now=NOW,
            **(PERSON | {"family_name": "Other"}),
        )
    assert Application.objects.get().family_name == "Rahimi"


def test_another_address_proves_itself_anew(draft: Application) -> None:
    make_person(draft)
    drafts.save_person(application=draft, version=draft.version, now=NOW, **PERSON)
    draft.refresh_from_db()
    assert draft.is_verified
    changed = PERSON | {"email": "other@example.org"}
    drafts.save_person(application=draft, version=draft.version, now=NOW, **changed)
    assert not Application.objects.get().is_verified


# --- the proof of the address ---------------------------------------------------------------------


def _unproved(draft: Application) -> Application:
    drafts.save_person(application=draft, version=draft.version, now=NOW, **PERSON)
    verification.request_code(application=draft, now=NOW)
    return draft


def _mint(application: Application) -> str:
    letter = Notification.objects.filter(kind="applications.code").latest("pk")
    attempt = verification.prepare_code(letter, NOW)
    assert attempt is not None
    application.refresh_from_db()
    return attempt.code


def test_code_proves_the_address(draft: Application) -> None:
    code = _mint(_unproved(draft))
    assert code not in str(Application.objects.values().get())
    verification.verify_code(application=draft, code=code, now=NOW + timedelta(minutes=29))
    assert Application.objects.get().is_verified


def test_wrong_old_and_foreign_codes_prove_nothing(draft: Application) -> None:
    code = _mint(_unproved(draft))
    other = make_draft()
    make_person(other)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for application, typed, at in (
        (draft, wrong, NOW),
        (draft, code, NOW + timedelta(minutes=31)),
        (other, code, NOW),
    ):
        with pytest.raises(WrongCode):
            verification.verify_code(application=application, code=typed, now=at)
    draft.refresh_from_db()
    assert draft.attempts == 2
    Application.objects.filter(pk=draft.pk).update(attempts=5)
    with pytest.raises(TooManyTries):
        verification.verify_code(application=draft, code=code, now=NOW)


def test_next_code_waits_a_minute(draft: Application) -> None:
    _unproved(draft)
    with pytest.raises(TooManyLetters):
        verification.request_code(application=draft, now=NOW + timedelta(seconds=59))
    verification.request_code(application=draft, now=NOW + timedelta(seconds=60))
    assert Notification.objects.filter(kind="applications.code").count() == 2


# --- papers ---------------------------------------------------------------------------------------


def test_file_is_kept_sealed_before_it_is_read(draft: Application) -> None:
    file = add_file(draft, "passport", CASES["a Word file"].content())
    assert (file.state, file.scan) == (FileState.RECEIVED, Scan.WAITING)
    assert b"word/document" not in blobs.get(file.original or "")


def test_same_upload_twice_is_one_file(draft: Application) -> None:
    # T-U14
    upload = uuid.uuid4()
    files = {add_file(draft, "passport", jpeg(), upload_id=upload).pk for _again in range(20)}
    assert len(files) == File.objects.count() == len(list(blobs.names())) == 1


def test_refused_file_leaves_no_blob(draft: Application) -> None:
    for content, refusal in ((b"", NotWhole), (bytes(FILE_BYTES + 1), FileTooLarge)):
        with pytest.raises(refusal):
            add_file(draft, "passport", content)
    with pytest.raises(ApplicationChanged):
        add_file(draft, "self_employed", jpeg())  # nobody asked for it
    with pytest.raises(ApplicationChanged):
        add_file(draft, "box_consent", jpeg())
    for _each in range(PAPER_FILES):
        add_file(draft, "passport", b"x")
    with pytest.raises(TooMuch):
        add_file(draft, "passport", b"x")
    assert len(list(blobs.names())) == PAPER_FILES == File.objects.count()


def test_file_that_comes_after_the_end_is_not_kept(draft: Application) -> None:
    drafts.end_draft(application=draft, now=NOW)
    with pytest.raises(ApplicationChanged):
        add_file(draft, "passport", jpeg())
    assert list(blobs.names()) == []


def test_photos_become_pages_in_their_order(
    draft: Application, django_capture_on_commit_callbacks: Capture
) -> None:
    first, second = (add_file(draft, "passport", jpeg()) for _each in "ab")
    papers.move_file(application=draft, file_id=second.pk, now=NOW)
    papers.move_file(application=draft, file_id=second.pk, now=NOW)
    assert [file.pk for file in draft.files.all()] == [second.pk, first.pk]
    committed(
        django_capture_on_commit_callbacks,
        papers.remove_file,
        application=draft,
        file_id=second.pk,
        now=NOW,
    )
    assert [file.pk for file in draft.files.all()] == [first.pk]
    assert list(blobs.names()) == [first.original]


def test_file_of_another_application_is_out_of_reach(draft: Application) -> None:
    # T-U20
    other = make_draft()
    file = add_file(other, "passport", jpeg())
    papers.remove_file(application=draft, file_id=file.pk, now=NOW)
    with pytest.raises(ApplicationChanged):
        papers.move_file(application=draft, file_id=file.pk, now=NOW)
    assert File.objects.get().pk == file.pk


def test_only_what_may_be_absent_can_be(draft: Application) -> None:
    for paper in WANTED:
        if paper in IF_AVAILABLE:
            papers.mark_absent(application=draft, paper=paper, absent=True, now=NOW, on=TODAY)
        else:
            with pytest.raises(ApplicationChanged):
                papers.mark_absent(application=draft, paper=paper, absent=True, now=NOW, on=TODAY)
    assert {row.paper for row in Absence.objects.all()} == IF_AVAILABLE
    add_file(draft, "current_title", jpeg())  # found after all
    assert {row.paper for row in Absence.objects.all()} == {"extension_extra"}


# --- what becomes of a file -----------------------------------------------------------------------


def test_file_becomes_pages_and_its_original_goes(
    draft: Application, django_capture_on_commit_callbacks: Capture
) -> None:
    file = add_file(draft, "passport", printed(2))
    original = file.original
    done = committed(django_capture_on_commit_callbacks, processing.process_file, file.pk, now=NOW)
    assert done is not None
    assert (done.state, done.scan, done.pages_count, done.original) == ("ready", "off", 2, None)
    assert original not in set(blobs.names())
    pages = Page.objects.select_related("file__application")
    assert [page_content(page)[:3] for page in pages] == [b"\xff\xd8\xff"] * 2


def test_unusable_file_leaves_its_reason_alone(
    draft: Application, django_capture_on_commit_callbacks: Capture
) -> None:
    file = add_file(draft, "passport", CASES["a Word file"].content())
    committed(django_capture_on_commit_callbacks, processing.process_file, file.pk, now=NOW)
    file.refresh_from_db()
    assert (file.state, file.refusal, file.original) == ("refused", "unknown_kind", None)
    assert list(blobs.names()) == []


def test_more_pages_than_a_paper_may_have(draft: Application) -> None:
    for pages, state in ((60, "ready"), (60, "refused")):
        file = add_file(draft, "passport", printed(pages))
        done = processing.process_file(file.pk, now=NOW)
        assert done is not None
        assert done.state == state
    assert Page.objects.count() == 60


def test_converter_that_is_busy_leaves_the_file_as_it_was(
    draft: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_any: object, **_more: object) -> None:
        raise ConverterBusy

    file = add_file(draft, "passport", jpeg())
    with monkeypatch.context() as patched:
        patched.setattr(processing, "convert", busy)
        processing.process_file(file.pk, now=NOW)
    file.refresh_from_db()
    assert (file.state, file.attempts, file.leased_until) == ("received", 0, None)
    assert processing.process_due(now=NOW, limit=5) == 1
    file.refresh_from_db()
    assert file.state == "ready"


def test_two_never_draw_one_file(draft: Application) -> None:
    file = add_file(draft, "passport", jpeg())
    File.objects.filter(pk=file.pk).update(leased_until=NOW + timedelta(seconds=1))
    processing.process_file(file.pk, now=NOW)
    assert processing.process_due(now=NOW, limit=5) == 0
    assert not Page.objects.exists()
    assert processing.process_due(now=NOW + timedelta(seconds=2), limit=5) == 1


def test_page_of_another_blob_is_no_page(draft: Application) -> None:
    for _each in "ab":
        processing.process_file(add_file(draft, "passport", one_page()).pk, now=NOW)
    first, second = Page.objects.select_related("file__application").order_by("pk")
    other = CASES["a JPEG"].content()
    File.objects.filter(pk=second.file_id).update(sha512="")
    processing.process_file(add_file(draft, "passport", other).pk, now=NOW)
    third = Page.objects.latest("pk")
    first.blob = third.blob
    with pytest.raises(BlobChanged):
        page_content(first)


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

"""Papers: what is taken, in which order, and what becomes of a file."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from documents.applications import store as blobs
from documents.applications.actions import (
    drafts,
    papers,
    processing,
)
from documents.applications.actions.blobs import BlobChanged, page_content
from documents.applications.actions.refusals import (
    ApplicationChanged,
    FileTooLarge,
    NotWhole,
    TooMuch,
)
from documents.applications.conversion import ConverterBusy
from documents.applications.limits import FILE_BYTES, PAPER_FILES
from documents.applications.models import Absence, Application, File, Page
from documents.applications.states import FileState, Scan
from tests.documents.applications.hostile_files import CASES, jpeg, one_page, printed
from tests.documents.applications.making import (
    IF_AVAILABLE,
    NOW,
    TODAY,
    WANTED,
    add_file,
    committed,
    make_draft,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]
Capture = DjangoCaptureOnCommitCallbacks


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

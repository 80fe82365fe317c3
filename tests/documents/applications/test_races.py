"""Several presses at once: one file, one application, nothing lost."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connections

from config.foundation.actions import Refused
from config.foundation.outbox import Notification
from documents.applications import store as blobs
from documents.applications.actions import papers, sending
from documents.applications.models import Application, File
from documents.applications.states import Status
from tests.documents.applications.hostile_files import jpeg
from tests.documents.applications.making import (
    NOW,
    TODAY,
    add_file,
    complete,
    make_draft,
    make_person,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("intake")]


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act returned or refused, begun at the same moment."""
    results: list[object] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(at: int) -> None:
        gate.wait()
        try:
            results[at] = acts[at]()
        except Refused as refusal:
            results[at] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_equal_uploads_are_one_file() -> None:
    # T-U14
    draft, upload = make_draft(), uuid.uuid4()
    found = at_once(
        *[lambda: add_file(draft, "passport", jpeg(), upload_id=upload) for _each in range(6)]
    )
    assert {getattr(file, "pk", file) for file in found} == {File.objects.get().pk}
    assert list(blobs.names()) == [File.objects.get().original]


def test_different_uploads_all_arrive_in_places_of_their_own() -> None:
    draft = make_draft()
    at_once(*[lambda: add_file(draft, "passport", jpeg()) for _each in range(6)])
    assert sorted(File.objects.values_list("position", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_sending_at_once_is_one_application() -> None:
    # T-U14
    draft = make_draft()
    make_person(draft)
    complete(draft, jpeg())
    mine = [Application.objects.get() for _each in range(6)]
    found = at_once(
        *[
            lambda one=one: sending.send(
                application=one, version=one.version, arrived_at=NOW, on=TODAY
            )
            for one in mine
        ]
    )
    sent = Application.objects.get()
    assert sent.status == Status.SENT
    assert {getattr(one, "reference", None) for one in found} <= {sent.reference, None}
    assert sent.events.count() == 1
    assert Notification.objects.filter(kind="applications.receipt").count() == 1


def test_paper_taken_away_while_sending_is_missing_or_sent_with_it() -> None:
    draft = make_draft()
    make_person(draft)
    complete(draft, jpeg())
    file = File.objects.get(paper="passport")
    one, two = Application.objects.get(), Application.objects.get()
    at_once(
        lambda: sending.send(application=one, version=one.version, arrived_at=NOW, on=TODAY),
        lambda: papers.remove_file(application=two, file_id=file.pk, now=NOW),
    )
    sent = Application.objects.get().status == Status.SENT
    assert sent == File.objects.filter(pk=file.pk).exists()

"""Nothing about anybody is left of an application that has ended, in no cell and in no file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from pytest_django import Settings

from config.foundation.outbox import Notification, send_due
from config.operations.data_subject_requests import forget_person
from config.operations.retention import forget_due
from documents.applications.actions import (
    drafts,
    papers,
    processing,
    reviews,
    sending,
    verification,
)
from documents.applications.models import Application
from documents.applications.states import Outcome
from tests.documents.applications.hostile_files import jpeg
from tests.documents.applications.making import (
    NOW,
    TODAY,
    add_file,
    make_draft,
    make_person,
)
from tests.documents.applications.test_family import ADMITTED, CHILD, add, complete_all
from tests.documents.applications.test_supply import ask
from tests.factories import StaffFactory
from tests.security.test_retention import every_cell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("intake")]
MARKS = ("Zobelmarder", "zobelmarder@example.org", "1961-02-03", "391999888")
PERSON = {
    "family_name": "Zobelmarder",
    "given_names": "Zobelmarder",
    "birth_date": "1961-02-03",
    "email": "zobelmarder@example.org",
    "phone": "+49391999888",
}


def letters_leave() -> None:
    """Whatever is promised, also the code to an address that was typed."""
    for queue in (Notification.Queue.CODE, Notification.Queue.ORDINARY):
        send_due(queue=queue, now=NOW)


def begin() -> Application:
    """Somebody has got a code and uploaded everything, for a child as well."""
    draft = make_draft(facts=ADMITTED)
    make_person(draft, now=NOW, **PERSON)
    Application.objects.update(verified_at=None)
    verification.request_code(application=draft, now=NOW)
    letters_leave()
    Application.objects.update(verified_at=NOW)
    draft.refresh_from_db()
    add(draft, CHILD | {name: PERSON[name] for name in ("family_name", "given_names")})
    draft.refresh_from_db()
    complete_all(draft)
    return draft


def went_on() -> Application:
    """It was sent, read, asked for more, and some of that has come."""
    draft = begin()
    row = sending.send(application=draft, version=draft.version, arrived_at=NOW, on=TODAY)
    ask(row)
    row.refresh_from_db()
    add_file(row, "passport", jpeg())
    papers.mark_absent(application=row, paper="current_title", absent=True, now=NOW, on=TODAY)
    while processing.process_due(now=NOW, limit=50):
        pass
    return row


def of_nobody_now(days: int = 0, hours: int = 0) -> None:
    forget_due(now=NOW + timedelta(days=days, hours=hours), apply=True)


def idle_draft() -> None:
    begin()
    of_nobody_now(hours=2)


def ended_draft() -> None:
    draft = begin()
    drafts.end_draft(application=draft, now=NOW)


def withdrawn() -> None:
    row = went_on()
    letters_leave()
    reviews.withdraw(application=row, version=row.version, by=None, now=NOW)
    letters_leave()
    of_nobody_now(hours=24)


def closed() -> Application:
    row = went_on()
    letters_leave()
    by = StaffFactory()
    reviews.close(application=row, version=row.version, outcome=Outcome.REFUSED, by=by, now=NOW)
    return row


def closed_and_kept() -> None:
    closed()
    of_nobody_now(days=14)


def asked_to_forget() -> None:
    forget_person(reference=str(closed().reference), now=NOW)


def never_closed() -> None:
    went_on()
    letters_leave()
    of_nobody_now(days=365)


@pytest.mark.parametrize(
    "end",
    [idle_draft, ended_draft, withdrawn, closed_and_kept, asked_to_forget, never_closed],
)
def test_nothing_is_left_in_any_cell_or_file(
    end: Callable[[], object], settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "config.foundation.email_files.EmailBackend"
    settings.DATA_DIR = tmp_path
    end()
    cells = every_cell()
    assert [mark for mark in MARKS if mark in cells] == []
    left = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert left == []
    assert not mail.outbox

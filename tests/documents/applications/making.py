"""Applications as people make them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.test import Client
from pyrage import x25519
from pytest_django import DjangoCaptureOnCommitCallbacks

from config.application_settings import ApplicationSettings
from documents.answer_codes import Answers
from documents.applications.actions import drafts, papers
from documents.applications.models import Application, File
from documents.applications.views.session import KEY

P = ParamSpec("P")
R = TypeVar("R")

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 30)
FACTS = frozenset(
    {"title_25_5", "title_holder", "extension", "valid_passport", "married", "employed"}
)
ANSWERS: dict[str, Any] = {  # what a form sends: a text, or several
    "title": "title_25_5",
    "who": "title_holder",
    "purpose": "extension",
    "passport": "valid_passport",
    "applies": ["married", "employed"],
    "title_ends_on": "01.03.2027",
}
# what these answers ask for
WANTED = [
    "passport",
    "current_title",
    "humanitarian_reason",
    "marriage_cert",
    "employment",
    "extension_extra",
    "rent_certificate",
]
IF_AVAILABLE = {"current_title", "extension_extra"}
PERSON = {
    "family_name": "Rahimi",
    "given_names": "Leila",
    "birth_date": "1990-02-01",
    "email": "leila@example.org",
    "phone": "",
    "language": "en",
}


def ready(folder: Path) -> ApplicationSettings:
    """Keys and a store of this test alone; no scanner, as in a demonstration."""
    return replace(
        settings.APPLICATIONS,
        folder=folder / "sealed",
        keys=(str(x25519.Identity.generate()),),
        recovery_recipient="",
        scanner_url="",
        is_demonstration=True,
    )


def make_draft(*, facts: frozenset[str] = FACTS, now: datetime = NOW) -> Application:
    """A draft after the questions."""
    return drafts.open_draft(
        procedure="humanitarian",
        answers=Answers(facts, {"title_ends_on": date(2027, 3, 1)}),
        language="en",
        visitor="192.0.2.1",
        now=now,
        on=TODAY,
    )


def make_person(application: Application, *, now: datetime = NOW, **changes: str) -> None:
    """The draft names its person, whose address is proved."""
    drafts.save_person(
        application=application,
        version=application.version,
        now=now,
        **(PERSON | changes),
    )
    Application.objects.filter(pk=application.pk).update(verified_at=now)
    application.refresh_from_db()


def add_file(
    application: Application,
    paper: str,
    content: bytes,
    *,
    upload_id: uuid.UUID | None = None,
    now: datetime = NOW,
) -> File:
    """A file of a paper, kept and not yet drawn."""
    return papers.receive_file(
        application=application,
        paper=paper,
        upload_id=upload_id or uuid.uuid4(),
        content=content,
        visitor="192.0.2.1",
        now=now,
        on=TODAY,
    )


def complete(
    application: Application,
    content: bytes,
    *,
    wanted: Collection[str] = WANTED,
    now: datetime = NOW,
) -> None:
    """Every paper is there, or said to be absent where that is enough."""
    for paper in wanted:
        if paper in IF_AVAILABLE:
            papers.mark_absent(application=application, paper=paper, absent=True, now=now, on=TODAY)
        else:
            add_file(application, paper, content, now=now)


def cookie_of(application: Application) -> str:
    """What the browser keeps whose draft this is: the value of its session's cookie."""
    client = Client()
    session = client.session
    session[KEY] = application.pk
    session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def committed(
    capture: DjangoCaptureOnCommitCallbacks, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Does `act` and what it leaves to the end of its transaction."""
    with capture(execute=True):
        return act(*args, **kwargs)

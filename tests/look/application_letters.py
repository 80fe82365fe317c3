"""Applications as the letters about them find them, one for each kind."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

from config.foundation.office import office_day
from documents.applications.models import Application, DocumentRequest, RequestedPaper
from documents.applications.states import ENDED, Objection, Outcome, Status
from documents.catalogue import version_on
from tests.factories import MONDAY

NAME = "Zahra-Lê O’Connor"
_numbers = itertools.count(1000)


def _row(language: str, status: Status, **columns: object) -> Application:
    is_sent = status != Status.STARTED
    return Application.objects.create(
        procedure="humanitarian",
        catalogue_id=version_on(office_day(MONDAY))[0],
        status=status,
        reference=f"A-TEST-{next(_numbers)}" if is_sent else None,
        sent_at=MONDAY if is_sent else None,
        ended_at=MONDAY if status in ENDED else None,
        verified_at=MONDAY if is_sent else None,
        family_name="Test",
        given_names=NAME,
        birth_date="1985-05-12",
        email=f"application-{language}@example.org",
        address_key="of the address",
        language=language,
        sealed_key=b"sealed",
        created_at=MONDAY,
        touched_at=MONDAY,
        **columns,
    )


def _subject(status: Status, **columns: object) -> Callable[[str], tuple[str, int]]:
    def make(language: str) -> tuple[str, int]:
        row = _row(language, status, **columns)
        return row.subject, row.version

    return make


def _request(
    status: Status = Status.PAPERS_MISSING, **columns: object
) -> Callable[[str], tuple[str, int]]:
    def make(language: str) -> tuple[str, int]:
        row = _row(language, status)
        request = DocumentRequest.objects.create(
            application=row,
            requested_at=MONDAY,
            due_on=office_day(MONDAY) + timedelta(days=14),
            **columns,
        )
        RequestedPaper.objects.create(
            document_request=request, paper="passport", objection=Objection.UNREADABLE
        )
        return row.subject, request.pk

    return make


# what each letter is about: its subject, and the revision by which it finds its row
APPLICATION_LETTERS: dict[str, Callable[[str], tuple[str, int]]] = {
    "applications.code": _subject(Status.STARTED),
    "applications.receipt": _subject(Status.SENT),
    "applications.link": _subject(Status.SENT),
    "applications.request": _request(),
    "applications.request_reminder": _request(),
    "applications.request_over": _request(Status.IN_REVIEW, ended_at=MONDAY),
    "applications.supplied": _request(Status.IN_REVIEW, ended_at=MONDAY, is_supplied=True),
    "applications.withdrawn": _subject(Status.WITHDRAWN),
    **{
        f"applications.closed/{outcome.value}": _subject(Status.CLOSED, outcome=outcome)
        for outcome in Outcome
    },
}

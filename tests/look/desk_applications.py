"""Online applications on the demo day of the desk, one for each thing that its pages can say."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from config.foundation.office import office_day
from config.foundation.staff import Staff
from documents.applications.actions import (
    document_requests,
    drafts,
    papers,
    processing,
    reviews,
    sending,
)
from documents.applications.actions.family import add_member
from documents.applications.models import Application, Intake
from documents.applications.states import Objection, Outcome
from tests.documents.applications.hostile_files import jpeg
from tests.documents.applications.making import make_draft, make_person
from tests.documents.applications.test_family import ADMITTED, CHILD, SPOUSE

PEOPLE = (
    ("Rahimi", "Leila", "1990-02-01"),
    ("Haddad", "Omar", "1984-11-23"),
    ("Wolańska", "Żaneta", "1979-03-08"),
    ("Phạm", "Quốc Bảo", "2001-07-09"),
)


def load(by: Staff, *, now: datetime) -> None:
    """One has just arrived, one is a family in review, one lacks papers, one is closed."""
    opened = now - timedelta(days=30)
    Intake.objects.create(procedure="humanitarian", opens_at=opened, opened_at=opened, opened_by=by)
    arrived = [_send(person, at=now - timedelta(hours=at)) for at, person in enumerate(PEOPLE)]
    processing.process_due(now=now, limit=8)  # the pages of the others are still being drawn
    for row in arrived[1:]:
        row.refresh_from_db()
        reviews.take(application=row, version=row.version, by=by, now=now)
        row.refresh_from_db()
    document_requests.request_papers(
        application=arrived[2],
        version=arrived[2].version,
        papers={"passport": Objection.UNREADABLE, "rent_certificate": Objection.OUTDATED},
        due_on=office_day(now) + timedelta(days=14),
        by=by,
        now=now,
    )
    closed = arrived[3]
    reviews.close(
        application=closed, version=closed.version, outcome=Outcome.GRANTED, by=by, now=now
    )


def _send(person: tuple[str, str, str], *, at: datetime) -> Application:
    family_name, given_names, birth_date = person
    row = make_draft(facts=ADMITTED, now=at)
    make_person(
        row,
        now=at,
        family_name=family_name,
        given_names=given_names,
        birth_date=birth_date,
        email=f"{uuid.uuid4().hex[:8]}@example.org",
    )
    if given_names == "Omar":
        for member in (SPOUSE, CHILD):
            add_member(application=row, version=row.version, now=at, **member)
            row.refresh_from_db()
    on = office_day(at)
    for paper in drafts.needed_by(row, on=on).papers:
        if paper.if_available:
            papers.mark_absent(application=row, paper=paper.id, absent=True, now=at, on=on)
        else:
            papers.receive_file(
                application=row,
                paper=paper.id,
                upload_id=uuid.uuid4(),
                content=jpeg(),
                visitor="192.0.2.1",
                now=at,
                on=on,
            )
    row.refresh_from_db()
    return sending.send(application=row, version=row.version, arrived_at=at, on=on)

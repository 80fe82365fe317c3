"""Online applications of invented people, opened and sent as real ones would."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from io import BytesIO

from django.conf import settings
from django.core.management import CommandError
from PIL import Image, ImageDraw

from config.foundation.office import office_day
from config.foundation.staff import Staff
from documents.answer_codes import Answers
from documents.applications import sealing
from documents.applications.actions import drafts, papers, processing, reviews, sending
from documents.applications.actions.intakes import (
    ListNotFinished,
    NotReady,
    open_for_applications,
)
from documents.applications.models import Application, File
from documents.applications.readiness import open_intake

HUMANITARIAN = frozenset({"title_holder", "extension", "valid_passport"})
# What is opened, and what everybody answers who applies for it.
PROCEDURES = {"humanitarian": HUMANITARIAN, "study": frozenset({"visa_needed"})}
MAILBOX = "antrag{number}@example.org"
PEOPLE = (
    ("humanitarian", "Rahimi", "Leila", "1990-02-01", {"title_25_5", "married", "employed"}),
    ("humanitarian", "Haddad", "Omar", "1984-11-23", {"title_23_1", "on_benefits"}),
    ("humanitarian", "Nguyễn", "Thị Ánh", "2001-07-09", {"title_25b_1", "apprentice"}),
    ("study", "Okafor", "Ada", "2003-05-14", {"first"}),
    ("study", "Pérez", "Mateo", "2000-03-30", {"extension", "scholarship", "box_pickup"}),
)


def fill(*, now: datetime, by: Staff) -> str:
    """Opens the intakes and sends what is not there yet; says what is there then.

    Raises CommandError unless this is a demonstration: a loopback address with DEBUG.
    """
    if not settings.APPLICATIONS.is_demonstration:
        raise CommandError("applications are shown with DEBUG on loopback alone")
    sealing.make_demo_key()
    for procedure in PROCEDURES:
        _open(procedure, now=now, by=by)
    on = office_day(now)
    sent = 0
    for number, (procedure, family_name, given_names, birth_date, facts) in enumerate(PEOPLE):
        email = MAILBOX.format(number=number)
        if Application.objects.filter(email=email).exists():
            continue
        ends_on = on + timedelta(days=20 * (number + 1))
        draft = drafts.open_draft(
            procedure=procedure,
            answers=Answers(PROCEDURES[procedure] | facts, {"title_ends_on": ends_on}),
            language="de",
            visitor="127.0.0.1",
            now=now,
            on=on,
        )
        drafts.save_person(
            application=draft,
            version=draft.version,
            family_name=family_name,
            given_names=given_names,
            birth_date=birth_date,
            email=email,
            phone="",
            language="de",
            now=now,
        )
        Application.objects.filter(pk=draft.pk).update(verified_at=now)
        _add_papers(draft, now=now, on=on)
        draft.refresh_from_db()
        sending.send(application=draft, version=draft.version, arrived_at=now, on=on)
        sent += 1
        if number == 1:
            draft.refresh_from_db()
            reviews.take(application=draft, version=draft.version, by=by, now=now)
    pages = sum(File.objects.values_list("pages_count", flat=True))
    return f"{', '.join(PROCEDURES)}: open; {sent} applications sent, {pages} pages in all."


def _open(procedure: str, *, now: datetime, by: Staff) -> None:
    if open_intake(procedure, now=now) is not None:
        return
    try:
        open_for_applications(procedure=procedure, opens_at=now, by=by, now=now)
    except NotReady as refusal:
        raise CommandError(" ".join(refusal.missing)) from None
    except ListNotFinished as refusal:
        raise CommandError(f"{procedure}: {refusal}") from None


def _add_papers(draft: Application, *, now: datetime, on: date) -> None:
    for item in drafts.needed_by(draft, on=on).papers:
        if item.if_available:
            papers.mark_absent(application=draft, paper=item.id, absent=True, now=now, on=on)
            continue
        file = papers.receive_file(
            application=draft,
            paper=item.id,
            upload_id=uuid.uuid4(),
            content=_specimen(item.title.de),
            visitor="127.0.0.1",
            now=now,
            on=on,
        )
        processing.process_file(file.pk, now=now, patience=10)


def _specimen(title: str) -> bytes:
    """A page that says what it stands for."""
    page = Image.new("RGB", (1240, 1754), "white")
    pen = ImageDraw.Draw(page)
    pen.rectangle((60, 60, 1180, 1694), outline="black", width=4)
    pen.text((120, 140), "MUSTER", fill="black", font_size=90)
    for line, at in enumerate(range(0, len(title), 40)):
        pen.text((120, 300 + 60 * line), title[at : at + 40], fill="black", font_size=44)
    for line in range(12):
        pen.line([(120, 640 + 80 * line), (1120, 640 + 80 * line)], fill="gray", width=2)
    out = BytesIO()
    page.save(out, "JPEG", quality=80)
    return out.getvalue()

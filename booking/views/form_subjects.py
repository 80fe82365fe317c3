"""What a form acts on: the row that it names, in the state in which its page showed it.

Each form that changes something carries the fields `subject` and `version` of a row. The session
only says whether this browser may change that row, never which one is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db.models import Q
from django.http import HttpRequest

from booking.actions.refusals import NotYours, PageOutdated
from booking.models import Applicant, Appointment, AppointmentEvent, WaitingEntry
from booking.views import applicant_session
from config.foundation.numbers import whole_number
from config.foundation.outbox import row_id

_SUBJECT = re.compile(r"(appointment|waitingentry|applicant)/[0-9]{1,18}")


class VersionedRow(Protocol):
    """A row that a form can name."""

    @property
    def subject(self) -> str:
        """How it is named."""

    @property
    def version(self) -> int | str:
        """In which state it was shown."""


@dataclass(frozen=True)
class SubjectToCome:
    """What stands in a form in place of a row: nobody yet, or a place to be filled later."""

    subject: str
    version: int | str


NOBODY = SubjectToCome("applicant/0", 0)  # whoever has entered nothing so far


def named(request: HttpRequest, kind: str = "") -> str:
    """The subject that a form names; raises NotYours for anything that is none of that kind."""
    subject = request.POST.get("subject", "")
    if not _SUBJECT.fullmatch(subject) or not subject.startswith(kind):
        raise NotYours
    return subject


def appointment(
    request: HttpRequest, *, now: datetime, applicant: Applicant | None = None
) -> Appointment:
    """The hold or appointment that a form names; raises NotYours."""
    rows = Appointment.objects.exclude(status__in=applicant_session.NO_APPOINTMENT)
    rows = rows.select_related("slot", "applicant")
    subject = named(request, "appointment/")
    row = applicant_session.authorized_rows(
        request, rows, subject, now=now, applicant=applicant
    ).first()
    if row is None:
        raise NotYours
    return row


def entry(request: HttpRequest, *, now: datetime) -> WaitingEntry:
    """The place on the waiting list that a form names; raises NotYours."""
    rows = WaitingEntry.objects.select_related("applicant")
    subject = named(request, "waitingentry/")
    row = applicant_session.authorized_rows(request, rows, subject, now=now).first()
    if row is None:
        raise NotYours
    return row


def offer(request: HttpRequest, *, now: datetime) -> Appointment:
    """The offer that a form names, open or not, of a place of this visit; raises NotYours."""
    rows = Appointment.objects.select_related("slot", "applicant", "entry__applicant")
    row = rows.filter(
        Q(entry__in=applicant_session.authorized_entries(request, now=now))
        | Q(applicant__in=applicant_session.applicants_of(request, now=now), entry__isnull=False),
        pk=row_id(named(request, "appointment/")),
        applicant__forgotten_at=None,
    ).first()
    if row is None:
        raise NotYours
    return row


def names(request: HttpRequest, row: VersionedRow) -> bool:
    """Whether a form names this row."""
    return request.POST.get("subject") == row.subject


def check(request: HttpRequest, row: VersionedRow) -> None:
    """Raises PageOutdated unless the form was made of the row as it was read."""
    if request.POST.get("version") != str(row.version):
        raise PageOutdated


def check_offer(request: HttpRequest, row: Appointment) -> None:
    """As `check`; that the letter about an offer has left meanwhile is no other offer."""
    sent = row.events.filter(version=row.version, action="offer_sent").exists()
    if not (sent and request.POST.get("version") == str(row.version - 1)):
        check(request, row)


def check_applicant(request: HttpRequest, present: VersionedRow, *, now: datetime) -> None:
    """Raises NotYours or PageOutdated unless the form acts on the person this browser books for."""
    subject = named(request, "applicant/")
    if subject == present.subject:
        check(request, present)
    elif subject == NOBODY.subject or applicant_session.has_booked_for(request, subject, now=now):
        raise PageOutdated
    else:
        raise NotYours


def check_draft(request: HttpRequest, draft: Applicant | None, *, now: datetime) -> None:
    """As `check_applicant`; entries whose draft is over are as good as the first ones."""
    subject = named(request, "applicant/")
    over = subject != NOBODY.subject and applicant_session.has_booked_for(request, subject, now=now)
    if draft is not None or not over:
        check_applicant(request, draft or NOBODY, now=now)


def check_choice(
    request: HttpRequest, applicant: Applicant, held: Appointment | None, *, now: datetime
) -> None:
    """Raises NotYours or PageOutdated unless the list of times showed this hold, or none."""
    subject = named(request)
    if held is None and subject.startswith("applicant/"):
        check_applicant(request, applicant, now=now)
    elif held is not None and subject == held.subject:
        check(request, held)
    elif subject != applicant.subject:
        appointment(request, now=now, applicant=applicant)
        raise PageOutdated
    else:
        raise PageOutdated


def already(request: HttpRequest, row: Appointment, *actions: str) -> AppointmentEvent | None:
    """The step that this form has made before, when it is sent once more; else None."""
    version = whole_number(request.POST.get("version", ""), digits=9)
    if version is None:
        return None
    return row.events.filter(
        version=version + 1, action__in=actions, actor=AppointmentEvent.Actor.APPLICANT
    ).first()

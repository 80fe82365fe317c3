"""The receipt on paper: when an application arrived, and what with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.foundation.dates import say_moment, show_birth_date
from config.foundation.fonts import in_line
from config.foundation.office import Office
from config.foundation.sheets import Sheet
from config.foundation.texts import GERMAN
from documents.applications.completeness import NeededPaper
from documents.applications.models import Application, FamilyMember
from documents.wording import titled


class ShownPaper(Protocol):
    """A paper with what came of it."""

    @property
    def item(self) -> NeededPaper:
        """What was asked for."""

    @property
    def pages_count(self) -> int:
        """How many pages were drawn."""

    @property
    def is_there(self) -> bool:
        """Whether a file of it came."""


def print_receipt(
    application: Application,
    papers: Sequence[ShownPaper],
    *,
    heading: str,
    arrived_at: datetime | None,
    closing: str,
    office: Office,
    language: str,
    now: datetime,
) -> bytes:
    """A PDF in the active language with reference, day and second (UTC given), person, papers."""
    sheet = Sheet(title=_("Receipt"), language=language, now=now)
    sheet.text(office.title, quiet=True)
    sheet.heading(heading)
    sheet.text(f"{_('Application number')}: {application.reference}", bold=True)
    if arrived_at:
        moment = say_moment(arrived_at, office.zone)
        seconds = f"{arrived_at.astimezone(office.zone):%S}"
        sheet.text(f"{_('Received')}: {moment}:{seconds}", bold=True)
    people: list[Application | FamilyMember] = [application, *application.members.all()]
    for person in people:
        name, born = in_line(person.full_name), show_birth_date(person.birth_date)
        sheet.text(f"{name}, {in_line(born)}")
    sheet.heading(_("Papers"), size=13)
    for paper in papers:
        spoken = language if paper.item.title.has(language) else GERMAN
        whose = f"{in_line(paper.item.called)}: " if paper.item.called else ""
        sheet.text(f"{whose}{titled(paper.item, spoken)}: {how_much(paper)}", language=spoken)
    sheet.gap(2)
    sheet.text(closing)
    return sheet.as_bytes()


def print_application_receipt(
    application: Application,
    papers: Sequence[ShownPaper],
    *,
    office: Office,
    language: str,
    now: datetime,
) -> bytes:
    """The receipt of the application itself."""
    return print_receipt(
        application,
        papers,
        heading=_("Your online application has arrived"),
        arrived_at=application.sent_at,
        closing=_(
            "The office checks your papers and then contacts you about an appointment. Please keep "
            "this letter: it shows when you applied."
        ),
        office=office,
        language=language,
        now=now,
    )


def how_much(paper: ShownPaper) -> str:
    """What came of a paper, in words."""
    if not paper.is_there:
        return _("not available")
    if not paper.pages_count:
        return _("received")
    return ngettext("%(count)s page", "%(count)s pages", paper.pages_count) % {
        "count": paper.pages_count
    }

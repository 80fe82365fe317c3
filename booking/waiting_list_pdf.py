"""Since when somebody waits, on a sheet for an employer: German, then the person's language."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from booking.models import WaitingEntry
from config.foundation.dates import say_moment, show_birth_date
from config.foundation.fonts import in_line
from config.foundation.office import Office, in_language
from config.foundation.sheets import Sheet
from config.foundation.texts import GERMAN


def print_waiting(entry: WaitingEntry, *, office: Office, language: str, now: datetime) -> bytes:
    """A PDF about a place on the waiting list; it names no matter and claims no legal effect."""
    with override(GERMAN):
        sheet = Sheet(title=_("Confirmation: waiting list"), language=GERMAN, now=now)
    _write(sheet, entry, office=office, language=GERMAN, now=now)
    if language != GERMAN:
        sheet.gap(2)
        sheet.rule()
        _write(sheet, entry, office=office, language=language, now=now)
    return sheet.as_bytes()


def _write(
    sheet: Sheet, entry: WaitingEntry, *, office: Office, language: str, now: datetime
) -> None:
    applicant, zone, own = entry.applicant, office.zone, language != GERMAN
    with override(language):
        sheet.text(in_language(office.name), language=language, quiet=True)
        sheet.heading(_("Confirmation: waiting list"), language=language, size=13 if own else 16)
        born = in_line(show_birth_date(applicant.birth_date))
        sheet.text(f"{in_line(applicant.full_name)}, {born}", language=language, bold=True)
        sheet.gap(2)
        joined = say_moment(entry.joined_at, zone)
        sheet.text(
            _("Entered on the waiting list on %(moment)s.") % {"moment": joined}, language=language
        )
        sheet.text(
            _("The waiting list is for an emergency appointment at the immigration office."),
            language=language,
        )
        sheet.gap(2)
        sheet.text(
            _(
                "This sheet only says that the person is on the waiting list. It is not a "
                "residence title or a provisional certificate (Fiktionsbescheinigung), "
                "and says nothing about the right to stay or to work."
            ),
            language=language,
        )
        sheet.gap(2)
        issued = _("As of %(moment)s.") % {"moment": say_moment(now, zone)}
        sheet.text(issued, language=language, quiet=True)

"""An invitation on paper, for somebody without an e-mail address: German, then their language."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from booking.models import Invitation
from config.foundation.dates import show_birth_date, show_day
from config.foundation.fonts import in_line
from config.foundation.office import Office, in_language
from config.foundation.passages import page_url
from config.foundation.sheets import Sheet
from config.foundation.texts import GERMAN

_MOST_OF_A_PAGE = 150  # mm


def print_invitation(invitation: Invitation, *, office: Office, now: datetime) -> bytes:
    """A PDF of an open invitation: German in front, the person's language on the other side.

    The QR codes lead to the page that asks for the reference.
    """
    language = invitation.applicant.language
    with override(GERMAN):
        sheet = Sheet(title=_("Please choose an appointment"), language=GERMAN, now=now)
    _write(sheet, invitation, office=office, language=GERMAN)
    if language != GERMAN:
        sheet.keep(_MOST_OF_A_PAGE)
        _write(sheet, invitation, office=office, language=language)
    return sheet.as_bytes()


def _write(sheet: Sheet, invitation: Invitation, *, office: Office, language: str) -> None:
    applicant, intro = invitation.applicant, invitation.quota.intro
    page = page_url("invitation/", language)
    with override(language):
        sheet.text(in_language(office.name, language), language=language, quiet=True)
        sheet.heading(_("Please choose an appointment"), language=language, size=13)
        born = in_line(show_birth_date(applicant.birth_date))
        sheet.text(f"{in_line(applicant.full_name)}, {born}", language=language, bold=True)
        sheet.gap(2)
        sheet.text(_("The office invites you to an appointment."), language=language)
        written = language if intro.get(language) else GERMAN
        sheet.text(in_language(intro, written), language=written)
        last_day = {"day": show_day(invitation.last_day(office))}
        sheet.text(_("Please choose your appointment by %(day)s.") % last_day, language=language)
        sheet.text(
            _("Open this page and enter the number and your date of birth: %(address)s")
            % {"address": in_line(page)},
            language=language,
        )
        sheet.gap(2)
        number = f"{_('Invitation number')}: {in_line(invitation.reference)}"
        sheet.text(number, language=language, size=14, bold=True)
        sheet.gap(2)
        sheet.qr(page, caption="", width=30)
        sheet.text(
            _("You can't use the internet? The office books an appointment with you: please call."),
            language=language,
        )
        if office.phone:
            sheet.text(in_line(office.phone), language=language)

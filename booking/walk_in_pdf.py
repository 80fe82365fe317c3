"""Who helps instead of an emergency appointment, on a sheet: German, then the person's language."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from config.foundation.contacts import mailboxes
from config.foundation.fonts import in_line
from config.foundation.office import Office, current_office, in_language
from config.foundation.sheets import Sheet
from config.foundation.texts import GERMAN
from eligibility.labels import REASONS, referral_at
from eligibility.rules import Decision


def print_referral(decision: Decision, *, language: str, now: datetime) -> bytes:
    """A PDF about a refusal of the check: why, who helps instead, how to reach the office."""
    office = current_office()
    with override(GERMAN):
        title = _("An emergency appointment is not possible here")
    sheet = Sheet(title=title, language=GERMAN, now=now)
    _write(sheet, decision, office=office, language=GERMAN, now=now)
    if language != GERMAN:
        sheet.gap(2)
        sheet.rule()
        _write(sheet, decision, office=office, language=language, now=now)
    return sheet.as_bytes()


def _write(
    sheet: Sheet, decision: Decision, *, office: Office, language: str, now: datetime
) -> None:
    with override(language):
        sheet.text(in_language(office.name), language=language, quiet=True)
        title = _("An emergency appointment is not possible here")
        sheet.heading(title, language=language, size=13)
        for code in decision.reasons:
            sheet.text(str(REASONS[code]), language=language)
        route = referral_at(decision.route, now=now)
        if route is not None:
            sheet.text(str(route.title), language=language, bold=True)
            sheet.text(str(route.text), language=language)
        sheet.gap(1)
        for mailbox in mailboxes():
            sheet.text(f"{in_language(mailbox.name)}: {mailbox.address}", language=language)
        if office.phone:
            sheet.text(in_line(office.phone), language=language)

"""The appointment on paper: in the person's language, the papers with the German under them."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from booking.models import Appointment
from booking.papers import papers_for
from config.foundation.dates import say_moment, show_birth_date
from config.foundation.fonts import in_line
from config.foundation.office import Office, in_language
from config.foundation.sheets import Sheet
from config.foundation.texts import GERMAN
from documents.checklist import Checklist
from documents.wording import cost, titled


def print_appointment(
    appointment: Appointment, *, office: Office, language: str, now: datetime
) -> bytes:
    """A PDF of a booked appointment in the active language; its QR code is the reference."""
    applicant, starts_at = appointment.applicant, appointment.slot.starts_at
    quota = appointment.quota
    sheet = Sheet(title=_("Your appointment"), language=language, now=now)
    sheet.text(office.title, quiet=True)
    sheet.heading(_("Your appointment"))
    if quota:
        sheet.text(in_language(quota.name, language))
    sheet.text(say_moment(starts_at, office.zone), size=14, bold=True)
    if be_there := office.be_there(starts_at):
        sheet.text(f"{_('Be there')}: {be_there}")
    sheet.gap(2)
    name = in_line(applicant.full_name)
    sheet.text(f"{name}, {in_line(show_birth_date(applicant.birth_date))}")
    reference = _("Reference: %(reference)s") % {"reference": appointment.reference}
    sheet.text(reference, bold=True)
    sheet.gap(2)
    sheet.text(office.visitor_address, language=GERMAN)
    sheet.text(in_language(appointment.slot.counter.name, language))
    sheet.text(in_language(office.directions), quiet=True)
    sheet.gap(2)
    sheet.qr(appointment.reference, caption=_("Please show this at the counter."), width=26)
    if quota and quota.intro:
        sheet.text(in_language(quota.intro, language))
    if found := papers_for(appointment):
        _papers(sheet, found, office=office, language=language)
    elif quota:
        sheet.text(_("If you are not sure what to bring, please ask the office."))
    sheet.text(_("You may bring somebody to interpret."))
    sheet.text(
        _("If you can't come, please cancel the appointment so that somebody else can have it.")
    )
    return sheet.as_bytes()


def _papers(sheet: Sheet, found: Checklist, *, office: Office, language: str) -> None:
    sheet.heading(_("Please bring"), size=13)
    for item in found.items:
        foreign = language != GERMAN and item.title.has(language)
        sheet.tick(titled(item, language), language=language if foreign else GERMAN)
        if foreign:
            sheet.under_tick(titled(item, GERMAN), language=GERMAN, quiet=True)
    sheet.keep(40)  # no line of what follows stands alone on another page
    sheet.gap(2)
    if not found.fee.lines:
        return
    payment = in_language(office.payment, language)
    cash = f" ({payment})" if payment else ""
    sheet.text(f"{_('Expected fee')}: {cost(found.fee)}{cash}")
    sheet.text(_("This is an estimate. The office decides."), quiet=True)
    sheet.gap(2)

"""The list of a day as a PDF."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from booking.admin.day_lists import day_lists
from booking.states import Status
from config.foundation.admin_bases import wall_time
from config.foundation.fonts import in_line
from config.foundation.phones import show_phone
from config.foundation.sheets import Sheet


def print_day(day: date, *, now: datetime, language: str, by_hand: bool = False) -> bytes:
    """The lists of all counters of a local day for a clipboard: a box and a line for each person.

    With `by_hand` it is for a day without the system: with contacts, and room for what happens.
    """
    (of_day,), _rows = day_lists(first=day, days=1, now=now, language=language)
    title = _("Outage list: %s") % of_day.title if by_hand else of_day.title
    sheet = Sheet(title=title, language=language, now=now, large=not by_hand)
    sheet.heading(title)
    sheet.text(_("As of %s") % wall_time(now), size=9, quiet=True)
    if not of_day.counters:
        sheet.text(_("Nobody is booked."))
    for counter in of_day.counters:
        sheet.heading(str(counter.counter), size=13)
        for line in counter.lines:
            sheet.tick(f"{line.time}  {in_line(line.name)}")
            need = _("needed by %s") % line.need_by if line.need_by else ""
            status = "" if line.row.status == Status.BOOKED else line.row.get_status_display()
            state = " ".join(filter(None, (status, "" if line.is_over else line.arrived)))
            facts = (line.born, line.row.reference, line.category, need, state)
            sheet.under_tick(" · ".join(filter(None, facts)))
            sheet.under_tick("" if line.is_over else line.papers, quiet=True)
            if by_hand:
                person = line.row.applicant
                reach = (show_phone(person.phone), person.email, person.get_language_display())
                sheet.under_tick(in_line(" · ".join(filter(None, reach))))
                sheet.under_tick(_("arrived ____:____   ended ____:____   outcome ______________"))
            sheet.gap(1)
    return sheet.as_bytes()

"""The list of a day as a PDF."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from booking.admin.start_page import day_lists
from config.foundation.fonts import in_line
from config.foundation.sheets import Sheet


def print_day(day: date, *, now: datetime, language: str) -> bytes:
    """The lists of all counters of a local day, with a box to tick for each person."""
    (of_day,), _rows = day_lists(first=day, days=1, now=now, language=language)
    sheet = Sheet(title=of_day.title, language=language, now=now)
    sheet.heading(of_day.title)
    if not of_day.counters:
        sheet.text(_("Nobody is booked."))
    for counter in of_day.counters:
        sheet.heading(counter.counter, size=13)
        for line in counter.lines:
            sheet.tick(f"{line.time}  {in_line(line.name)}")
            need = _("needed by %s") % line.need_by if line.need_by else ""
            facts = (line.born, line.row.reference, line.category, need)
            sheet.under_tick(" · ".join(filter(None, facts)))
            sheet.under_tick(line.papers, quiet=True)
            sheet.gap(1)
    return sheet.as_bytes()

"""The closed days of every year as a calendar of twelve months."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.formats import date_format

from booking.windows import local_day
from config.foundation.office import Office, current_office, days_of_a_year
from config.foundation.workdays import holiday_name

LEAP_DAY = (2, 29)


@dataclass(frozen=True, kw_only=True)
class Day:
    """One cell; `number` is 0 outside of the month."""

    number: int
    value: str
    holiday: str
    is_closed: bool


@dataclass(frozen=True, kw_only=True)
class Month:
    """Its weeks from Monday to Sunday, and what is marked in it."""

    name: str
    weeks: list[list[Day]]
    is_marked: bool


def months(closed: set[tuple[int, int]], *, year: int, state: str) -> list[Month]:
    """The twelve months of `year` with the public holidays of the federal state."""
    return [_month(closed, year=year, month=month, state=state) for month in range(1, 13)]


def _month(closed: set[tuple[int, int]], *, year: int, month: int, state: str) -> Month:
    def day(number: int) -> Day:
        if not number:
            return Day(number=0, value="", holiday="", is_closed=False)
        return Day(
            number=number,
            value=f"{number:02}.{month:02}.",
            holiday=holiday_name(date(year, month, number), state=state) or "",
            is_closed=(month, number) in closed,
        )

    weeks = [[day(n) for n in week] for week in Calendar().monthdayscalendar(year, month)]
    marked = any(each.is_closed for week in weeks for each in week)
    return Month(name=date_format(date(year, month, 1), "F Y"), weeks=weeks, is_marked=marked)


def show_closed_days(office: Office) -> str:
    """The calendar for whoever only looks."""
    year = local_day(timezone.now(), zone=office.zone).year
    shown = months(days_of_a_year(office.closed_days), year=year, state=office.state)
    return render_to_string("admin/closed_days.html", {"months": shown, "readonly": True})


class ClosedDaysWidget(forms.Widget):
    """A box to tick in every day; the value stays the text of the column, one day a line."""

    template_name = "admin/closed_days.html"
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The months of this year."""
        context = super().get_context(name, value, attrs)
        year = local_day(timezone.now(), zone=current_office().zone).year
        try:
            closed = days_of_a_year(value or "")
        except ValidationError:
            closed = set()
        context["months"] = months(closed, year=year, state=current_office().state)
        # no year but a leap year has a cell for it
        context["leap_day"] = "29.02." if LEAP_DAY in closed and year % 4 else ""
        return context

    def value_from_datadict(
        self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str
    ) -> str:
        """One day a line, as the column holds them."""
        days = data.getlist(name) if isinstance(data, MultiValueDict) else [data.get(name, "")]
        return "\n".join(days)

    def value_omitted_from_data(self, *_args: Any) -> bool:
        """No day at all is an answer."""
        return False

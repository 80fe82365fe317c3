"""Days and times at the desk: the browser's own inputs, in one manner on every page.

What they send is ISO; how it looks is up to the browser of the reader.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Unpack

from django import forms
from django.core.exceptions import ValidationError

from config.foundation.dates import DayField, parse_day
from config.foundation.field_options import FieldOptions

_YEARS = range(2000, 2101)  # what a date picker may ask for


def picked_day(typed: str | None) -> date | None:
    """The day that somebody picked; None for the name of a span and for what is no day."""
    try:
        day = date.fromisoformat(typed or "")
    except ValueError:
        return None
    return day if day.year in _YEARS else None


class DayInput(forms.DateInput):
    """A day, in the form that browsers send."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")

    def format_value(self, value: Any) -> str | None:
        """A day that was typed in another form as well; what is none stays."""
        try:
            value = parse_day(value) if isinstance(value, str) and value else value
        except ValidationError:
            return str(value)
        return super().format_value(value)


class ClockInput(forms.TimeInput):
    """A time of day, to the minute."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class MomentInput(forms.SplitDateTimeWidget):
    """A day and a time beside each other."""

    template_name = "admin/moment.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        forms.MultiWidget.__init__(self, (DayInput(), ClockInput()), attrs)


class DeskDayField(DayField):
    """A day that staff pick."""

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        super().__init__(**kwargs)
        self.widget = DayInput()  # without what a field of text says about its text


def clock_field(**kwargs: Any) -> forms.TimeField:
    """A time of day that staff pick."""
    return forms.TimeField(widget=ClockInput, **kwargs)

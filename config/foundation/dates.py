"""Local days and birth dates as people write them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo
from typing import Unpack

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from config.foundation.field_options import FieldOptions
from config.foundation.typed_text import fold_typed

EARLIEST_YEAR = 1900
LATEST_YEAR = 2100
# Django writes the days of these languages with a capital letter, which a sentence has not.
_SMALL_WEEKDAYS = {"ru", "uk"}
OLDEST = 125  # years
# Day first, as everywhere in Germany: 31.12.2026, 31/12/2026, 31 12 2026.
_DAY_FIRST = re.compile(r"(\d{1,2})(?:\. ?|/| )(\d{1,2})(?:\. ?|/| )(\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)


def _parts(text: str) -> tuple[int, int, int]:
    """(year, month, day) of `31.12.2026` or `2026-12-31`; any digits, day first."""
    text = fold_typed(text)
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(part or 0) for part in found.groups())
    elif _YEAR.fullmatch(text):
        year, month, day = int(text), 0, 0
    else:
        raise ValidationError(_("Please enter a date like 31.12.2026."), code="format")
    _check_year(year)
    return year, month, day


def _check_year(year: int) -> None:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise ValidationError(_("Please check the year."), code="year")


def check_year(day: date) -> None:
    """Raises ValidationError for a day or a moment of a year that nobody here can mean."""
    _check_year(day.year)


def parse_day(text: str) -> date:
    """The local day that `text` names; raises ValidationError with a sentence for the person."""
    year, month, day = _parts(text)
    if not month:
        raise ValidationError(
            _("Please enter day, month and year, for example 31.12.2026."), code="format"
        )
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValidationError(_("This day does not exist. Please check it."), code="day") from error


def parse_birth_date(text: str) -> str:
    """The stored form of a birth date: "1985-05-12", or "1985-05" or "1985" where no more is known.

    Raises ValidationError with a sentence for the person. Papers that give only a year or a month
    of birth are real: they print `00.00.1985`.
    """
    year, month, day = _parts(text)
    if not month:
        if day:
            raise ValidationError(_("This day does not exist. Please check it."), code="day")
        return f"{year:04}"
    try:
        date(year, month, day or 1)
    except ValueError as error:
        raise ValidationError(_("This day does not exist. Please check it."), code="day") from error
    return f"{year:04}-{month:02}-{day:02}" if day else f"{year:04}-{month:02}"


def check_birth_date(stored: str, *, today: date) -> None:
    """Raises ValidationError when a birth date in stored form is after `today` or 125 years ago."""
    if stored > today.isoformat()[: len(stored)]:
        raise ValidationError(
            _("The date of birth lies in the future. Please check it."), code="future"
        )
    if int(stored[:4]) < today.year - OLDEST:
        raise ValidationError(_("Please check the year of birth."), code="year")


def show_birth_date(stored: str) -> str:
    """A stored birth date as German papers print it: "12.05.1985", "00.05.1985", "00.00.1985"."""
    year, month, day = (*stored.split("-"), "00", "00")[:3]
    return f"{day}.{month}.{year}"


def show_day(day: date) -> str:
    """`day` in full in the active language, with its weekday; fits into any sentence."""
    weekday = date_format(day, "l")
    if get_language() in _SMALL_WEEKDAYS:
        weekday = weekday.lower()
    # Translators: a language that inflects its weekdays puts them behind: "(Thursday)"
    return gettext("%(weekday)s, %(date)s") % {
        "weekday": weekday,
        "date": _date_in_words(day),
    }


def _date_in_words(day: date) -> str:
    # no line ends within "3. Dezember"
    return re.sub(r"(?<=\d\.) ", "\u00a0", date_format(day, "DATE_FORMAT"))


def say_birth_date(stored: str) -> str:
    """A stored birth date in words of the active language, with what is known of it."""
    year, month, day = (*(int(part) for part in stored.split("-")), 0, 0)[:3]
    if day:
        return _date_in_words(date(year, month, day))
    return date_format(date(year, month, 1), "YEAR_MONTH_FORMAT") if month else str(year)


def show_short_moment(local: datetime) -> str:
    """A local time of these weeks in the active language, on one line and without its year."""
    # Translators: how a button says "Thu, 3 December, 09:20", in the letters of Django's dates
    return date_format(local, str(_("D, j E, H:i"))).replace(" ", "\N{NO-BREAK SPACE}")


def say_moment(moment: datetime, zone: tzinfo) -> str:
    """A UTC instant as people say it: the local day in full and the time on the clock."""
    local = moment.astimezone(zone)
    day, time = show_day(local.date()), f"{local:%H:%M}"
    said = gettext("%(day)s at %(time)s") % {"day": day, "time": time}
    # no line ends between a time and the word that goes with it
    return re.sub(rf"(?<!,) (?={time})|(?<={time}) ", "\u00a0", said)


def say_period(span: timedelta) -> str:
    """A span in the largest unit that says it exactly, on one line; a day is still "24 hours"."""
    return _counted(span).replace(" ", "\u00a0")


def _counted(span: timedelta) -> str:
    hours = round(span / timedelta(hours=1))
    days, rest = divmod(hours, 24)
    if rest or days == 1:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    years, rest = divmod(days, 365)
    if rest:
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    return ngettext("%(n)s year", "%(n)s years", years) % {"n": years}


class DayField(forms.CharField):
    """One text field for a day; its value is a date."""

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        super().__init__(max_length=40, **kwargs)
        self.widget.attrs.setdefault("inputmode", "text")
        self.widget.attrs.setdefault("dir", "ltr")
        self.widget.attrs.setdefault("autocomplete", "off")

    def clean(self, value: object) -> date | None:
        """The day; raises ValidationError with a sentence for the person."""
        text: str = super().clean(value)
        return parse_day(text) if text else None


class BirthDateField(forms.CharField):
    """One text field for a date of birth; its value is the stored form."""

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        super().__init__(max_length=40, **kwargs)
        self.widget.attrs.setdefault("autocomplete", "bday")
        self.widget.attrs.setdefault("dir", "ltr")

    def clean(self, value: object) -> str:
        """The stored form; raises ValidationError with a sentence for the person."""
        text: str = super().clean(value)
        return parse_birth_date(text) if text else ""

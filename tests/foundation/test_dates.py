"""Days and birth dates as people write them; the corpus has the long lists."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from config.foundation.dates import (
    EARLIEST_YEAR,
    LATEST_YEAR,
    BirthDateField,
    DayField,
    check_birth_date,
    parse_birth_date,
    parse_day,
    show_birth_date,
    show_day,
)

TODAY = date(2026, 11, 22)
DAYS = st.dates(date(EARLIEST_YEAR, 1, 1), date(LATEST_YEAR, 12, 31))


@given(DAYS)
def test_parse_day_reads_back_every_day(day: date) -> None:
    assert parse_day(f"{day:%d.%m.%Y}") == parse_day(day.isoformat()) == day


@given(DAYS)
def test_birth_date_reads_back_every_precision(day: date) -> None:
    for stored in (f"{day:%Y-%m-%d}", f"{day:%Y-%m}", f"{day:%Y}"):
        assert parse_birth_date(show_birth_date(stored)) == stored


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12/31/2026", "day"),
        ("31\\12\\2026", "format"),
        ("2026-12", "day"),
        ("morgen", "format"),
        ("2026", "format"),  # a day is needed
        ("31.12.1899", "year"),
        ("01.01.2101", "year"),
        ("29.02.2026", "day"),
        ("00.05.2026", "day"),
    ],
)
def test_parse_day_says_what_is_wrong(text: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_day(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "text", ["05.03.2026", "05/03/2026", "5 3 2026", "٥/٣/٢٠٢٦", "5. 3. 2026", "2026-03-05"]
)
def test_parse_day_reads_the_day_first(text: str) -> None:
    assert parse_day(text) == date(2026, 3, 5)


@pytest.mark.parametrize("text", ["05.00.1985", "31.02.1985", "00.13.1985"])
def test_parse_birth_date_refuses_a_day_that_is_none(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_birth_date(text)
    assert refused.value.code == "day"


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        ("2026-11-22", None),  # born today
        ("2026-11", None),
        ("2026", None),
        ("1901", None),
        ("2026-11-23", "future"),
        ("2026-12", "future"),
        ("2027", "future"),
        ("1900-12-31", "year"),
    ],
)
def test_check_birth_date_at_both_ends(stored: str, code: str | None) -> None:  # corpus 67
    try:
        check_birth_date(stored, today=TODAY)
        found = None
    except ValidationError as refused:
        found = refused.code
    assert found == code


@pytest.mark.parametrize(
    ("language", "shown"),
    [("de", "Dienstag, 24.\u00a0November 2026"), ("en", "Tuesday, 24 November 2026")],
)
def test_show_day_names_weekday_and_month_in_the_language(language: str, shown: str) -> None:
    with override(language):
        assert show_day(date(2026, 11, 24)) == shown


def test_fields_that_are_not_required_keep_nothing_as_nothing() -> None:
    assert DayField(required=False).clean("") is None
    assert BirthDateField(required=False).clean("") == ""

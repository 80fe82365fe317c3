"""The pure modules: no database, no clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from pickup_box import codes
from pickup_box.allocation import Free, choose, room
from pickup_box.contacts import normalise_contact
from pickup_box.deadlines import last_day, reminder_day
from pickup_box.preconditions import Missing, Situation, may_be_minor, missing

MON_TO_FRI = [0, 1, 2, 3, 4]
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told_on", "expected"),
    [
        (date(2026, 11, 24), date(2026, 12, 3)),
        (date(2026, 12, 23), date(2027, 1, 5)),
    ],
)
def test_last_day_counts_working_days_of_saxony_anhalt(told_on: date, expected: date) -> None:
    assert last_day(told_on, days=7, state="ST", weekdays=MON_TO_FRI) == expected


def test_last_day_counts_saturdays_where_the_setting_says_so() -> None:
    week = [0, 1, 2, 3, 4, 5]
    assert last_day(date(2026, 11, 24), days=7, state="ST", weekdays=week) == date(2026, 12, 2)


def test_reminder_day_steps_over_the_new_year() -> None:
    day = reminder_day(date(2027, 1, 5), before=2, state="ST", weekdays=MON_TO_FRI)
    assert day == date(2026, 12, 31)


@given(st.dates(date(2024, 1, 1), date(2035, 1, 1)), st.integers(1, 15))
def test_last_day_is_a_working_day_with_as_many_between(told_on: date, days: int) -> None:
    last = last_day(told_on, days=days, state="ST", weekdays=MON_TO_FRI)
    assert last.weekday() < 5
    assert (last - told_on).days >= days
    before = last_day(told_on, days=days - 1, state="ST", weekdays=MON_TO_FRI)
    assert reminder_day(last, before=1, state="ST", weekdays=MON_TO_FRI) == before or days == 1


def free(number: int, *, size: int = 1, low: bool = False, used: int | None = None) -> Free:
    used_at = None if used is None else START + timedelta(hours=used)
    return Free(pk=number, number=number, size=size, is_low=low, used_at=used_at)


def test_choose_the_smallest_that_fits() -> None:
    chosen = choose([free(1, size=3), free(2, size=2), free(3, size=1)], size=2)
    assert chosen == free(2, size=2)


def test_choose_the_one_that_rested_longest_then_the_lowest_number() -> None:
    assert choose([free(1, used=5), free(2, used=3), free(3, used=3)], size=1) == free(2, used=3)
    assert choose([free(1, used=5), free(3), free(2)], size=1) == free(2)


def test_choose_a_low_one_only_for_a_wish_or_above_the_reserve() -> None:
    cabinet = [free(1, low=True), free(2, used=9)]
    assert choose(cabinet, size=1, low=True) == free(1, low=True)
    assert choose(cabinet, size=1) == free(2, used=9)
    assert choose([free(1, low=True)], size=1, low_reserve=1) is None
    assert choose([free(1, low=True), free(2, low=True)], size=1, low_reserve=1) is not None
    assert choose([free(2)], size=1, low=True) is None
    assert room([free(1, low=True), free(2)], low_reserve=1) == 1


cabinets = st.lists(
    st.builds(
        free, st.integers(1, 999), size=st.integers(1, 3), low=st.booleans(),
        used=st.none() | st.integers(0, 50),
    ),
    unique_by=lambda each: each.number,
    max_size=40,
)  # fmt: skip


@given(cabinets, st.integers(1, 3), st.booleans(), st.integers(0, 5))
def test_choose_is_full_only_when_nothing_suitable_is_free(
    cabinet: list[Free], size: int, low: bool, reserve: int
) -> None:  # I29
    chosen = choose(cabinet, size=size, low=low, low_reserve=reserve)
    fitting = [each for each in cabinet if each.size >= size]
    suitable = [each for each in fitting if each.is_low or not low]
    if not low and sum(each.is_low for each in fitting) <= reserve:
        suitable = [each for each in suitable if not each.is_low]
    assert (chosen is None) == (not suitable)
    if chosen:
        assert chosen in suitable
        assert chosen.size == min(each.size for each in suitable)


def test_mint_gives_six_digits_with_leading_zeros() -> None:  # T-P2
    minted = [codes.mint() for _n in range(2000)]
    assert all(len(code) == 6 and code.isdigit() for code in minted)
    assert any(code.startswith("0") for code in minted)
    assert len(set(minted)) > 1950


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("123-456", "123456"),
        ("١٢٣٤٥٦", "123456"),
        ("۱۲۳۴۵۶", "123456"),
        ("12345", ""),
        ("1234567", ""),
        ("12345a", ""),
        ("¹23456", "123456"),
        ("½23456", ""),
        ("", ""),
    ],
)
def test_normalise_code_as_people_type_it(typed: str, code: str) -> None:
    assert codes.normalise(typed) == code


def test_keep_drops_the_oldest_of_four() -> None:
    kept = ""
    for new in "abcd":
        kept = codes.append_hash(kept, new)
    assert kept == "b c d"


def test_slow_hash_depends_on_text_and_salt() -> None:
    assert codes.slow_hash("a", salt="x") == codes.slow_hash("a", salt="x")
    assert len({codes.slow_hash(text, salt=salt) for text in "ab" for salt in "xy"}) == 4


@pytest.mark.parametrize(
    ("typed", "contact"),
    [
        ("0151 12345678", "+4915112345678"),
        ("+49 (151) 123 456 78", "+4915112345678"),
        ("0049151/12345678", "+4915112345678"),
        ("٠١٥١١٢٣٤٥٦٧٨", "+4915112345678"),
        ("+380 67 123 4567", "+380671234567"),
        ("Oksana@Example.ORG", "oksana@example.org"),
    ],
)
def test_normalise_contact_as_people_type_it(typed: str, contact: str) -> None:
    assert normalise_contact(typed) == contact


@pytest.mark.parametrize("typed", ["", "12", "hello", "a@", "@", "+", "0" * 40, "\x00"])
def test_normalise_contact_refuses_what_is_none(typed: str) -> None:
    with pytest.raises(ValidationError):
        normalise_contact(typed)


@pytest.mark.parametrize(
    ("birth_date", "minor"),
    [
        ("2008-11-24", False),
        ("2008-11-25", True),
        ("2008-10", False),
        ("2008-11", True),
        ("2007", False),
        ("2008", True),
        ("2008-02-29", False),
    ],
)
def test_may_be_minor_counts_an_incomplete_date_as_its_latest_day(
    birth_date: str, minor: bool
) -> None:
    assert may_be_minor(birth_date, today=date(2026, 11, 24)) is minor


SETTLED = {
    "document_type": "eat",
    "holder_birth_date": "1990-01-01",
    "has_consent": True,
    "consent_revoked": False,
    "pin_letter": "confirmed",
    "old_document": "none",
    "collector": "holder",
    "authority_seen": False,
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"has_consent": False}, [Missing.CONSENT]),
        ({"consent_revoked": True}, [Missing.CONSENT_REVOKED]),
        ({"holder_birth_date": "2015-01-01"}, [Missing.REPRESENTATIVE]),
        (
            {"holder_birth_date": "2015-01-01", "collector": "authorised"},
            [Missing.REPRESENTATIVE, Missing.AUTHORITY],
        ),
        (
            {
                "holder_birth_date": "2015-01-01",
                "collector": "representative",
                "authority_seen": True,
            },
            [],
        ),
        ({"collector": "authorised"}, [Missing.AUTHORITY]),
        ({"pin_letter": "open"}, [Missing.PIN_LETTER]),
        ({"pin_letter": "open", "document_type": "travel_document"}, []),
        ({"pin_letter": "not_needed"}, []),
        ({"old_document": "open"}, [Missing.OLD_DOCUMENT]),
        ({"old_document": "lost"}, []),
    ],
)
def test_missing_names_what_stands_in_the_way(
    changed: dict[str, object], expected: list[Missing]
) -> None:
    situation = Situation(**{**SETTLED, **changed})  # type: ignore[arg-type]  # any field
    assert missing(situation, today=date(2026, 11, 24)) == expected

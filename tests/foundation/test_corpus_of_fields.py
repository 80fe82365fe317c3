"""The corpus against the normalisers that every form uses (docs/reliability.md, section Corpus)."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.forms import Field

from config.foundation.dates import BirthDateField, DayField, check_birth_date, show_birth_date
from config.foundation.persons import AddressField, NameField, canonical_email, normalise_name
from tests.corpus import NORMALISED, OK, REFUSED, Cases, Expect
from tests.corpus.addresses import ADDRESSES, ONE_MAILBOX
from tests.corpus.dates import BIRTH_DATES, DAYS, IMPOSSIBLE_BIRTHS
from tests.corpus.names import EMPTY, LONE_SURROGATE, NAMES


def _cases(cases: Cases) -> list[object]:
    return [
        pytest.param(value, expect, id=f"{n}-{expect}") for n, (value, expect) in enumerate(cases)
    ]


def _outcome(field: Field, value: str) -> Expect:
    try:
        cleaned = str(field.clean(value))
    except ValidationError:
        return REFUSED
    shown = show_birth_date(cleaned) if isinstance(field, BirthDateField) else cleaned
    assert str(field.clean(shown)) == cleaned  # what was taken is taken again
    return OK if cleaned == value else NORMALISED


@pytest.mark.parametrize(("value", "expect"), _cases(NAMES))
def test_name_field_meets_the_corpus(value: str, expect: Expect) -> None:
    assert _outcome(NameField(), value) == expect


@pytest.mark.parametrize(("value", "expect"), _cases(ADDRESSES))
def test_address_field_meets_the_corpus(value: str, expect: Expect) -> None:
    assert _outcome(AddressField(), value) == expect


@pytest.mark.parametrize(("value", "expect"), _cases(DAYS))
def test_day_field_meets_the_corpus(value: str, expect: Expect) -> None:
    assert _outcome(DayField(), value) == expect


@pytest.mark.parametrize(("value", "expect"), _cases(BIRTH_DATES))
def test_birth_date_field_meets_the_corpus(value: str, expect: Expect) -> None:
    assert _outcome(BirthDateField(), value) == expect


@pytest.mark.parametrize("value", EMPTY)
def test_name_field_refuses_nothing_as_missing(value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        NameField().clean(value)
    assert refused.value.code == "required"
    assert NameField(required=False).clean(value) == ""


def test_lone_surrogate_is_no_name() -> None:
    with pytest.raises(ValidationError):
        normalise_name(LONE_SURROGATE)


@pytest.mark.parametrize("stored", IMPOSSIBLE_BIRTHS)
def test_birth_date_is_refused_when_impossible(stored: str) -> None:
    with pytest.raises(ValidationError):
        check_birth_date(stored, today=date(2026, 11, 22))


def test_spellings_of_one_mailbox_are_one() -> None:  # T-A2
    assert {canonical_email(AddressField().clean(text)) for text in ONE_MAILBOX} == {
        "alireza@gmail.com"
    }

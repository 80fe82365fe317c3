"""Nobody is only refused: every sentence says what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.forms import Field
from django.template.loader import render_to_string
from django.utils.translation import override

from booking.actions import refusals
from booking.actions.refusals import BookedFromOtherAddress, NotEligible
from booking.forms import DetailsForm
from config.foundation import actions
from config.foundation.actions import Refused
from config.foundation.dates import check_birth_date
from config.foundation.person_forms import CodeForm, LookupForm
from eligibility.forms import CategoryForm, QuestionsForm
from pickup_box.actions import visits
from pickup_box.forms import PickupForm
from pickup_box.views import terminal

NEXT_STEP = re.compile(r"\b(Please|You can|Try|Tell)\b", re.IGNORECASE)
# The desk's own refusals name their remedy in the words of the desk.
AT_THE_BOX = (visits.__name__, terminal.__name__, "pickup_box.transitions", actions.__name__)
BASE_FIELDS = [
    *DetailsForm.base_fields.items(),
    *CodeForm.base_fields.items(),
    *LookupForm.base_fields.items(),
    *CategoryForm.base_fields.items(),
    *QuestionsForm.base_fields.items(),
    *PickupForm.base_fields.items(),
]
# What people type wrongly, by the name of the field.
SLIPS = {
    "family_name": ["", "x" * 100, "a\nb", "123", "a\x07b"],
    "given_names": ["x" * 100, "a\nb", "123"],
    "birth_date": ["", "12/31/1985", "31.02.1985", "yesterday", "1.1.3000"],
    "email": ["", "nobody", "a" * 300 + "@example.org", "a b@example.org"],
    "phone": ["12", "abc"],
    "text_me": [],  # ticked or not
    "access_need": ["wings"],
    "code": [""],
    "reference": [""],
    "category": ["", "hunger"],
    "title_valid_until": ["", "12/31/2026", "31.02.2026", "soon", "1985"],
    "departure_on": ["", "12/31/2026", "tomorrow"],
    "has_appointment": ["", "maybe"],
    "has_proof": ["", "maybe"],
    "travel_reason": ["", "fun"],
    "lost_what": ["", "keys"],
    "contact": ["", "abc"],
    "pickup_code": ["", "12"],
}


def every_class(root: type[Refused]) -> Iterator[type[Refused]]:
    yield root
    for one in root.__subclasses__():
        yield from every_class(one)


OF_BOOKING = [
    Refused,
    *(one for one in every_class(Refused) if one.__module__ == refusals.__name__),
]


@pytest.mark.parametrize("refusal", OF_BOOKING, ids=lambda one: one.__name__)
def test_says_what_to_do_next_when_a_booking_is_refused(refusal: type[Refused]) -> None:
    with override("en"):
        assert NEXT_STEP.search(str(refusal.sentence))
    # who is sent to the office gets the way there on the page
    assert refusal.needs_office == ("contact the office" in str(refusal.sentence))


def test_says_what_to_do_next_when_the_box_refuses() -> None:
    found = [one for one in every_class(Refused) if one.__module__ in AT_THE_BOX]
    assert len(found) >= 8
    with override("en"):
        wrong = [one.__name__ for one in found if not NEXT_STEP.search(str(one.sentence))]
    assert not wrong


@pytest.mark.parametrize(("name", "field"), BASE_FIELDS, ids=[name for name, _ in BASE_FIELDS])
def test_says_what_to_do_next_when_an_entry_does_not_fit(name: str, field: Field) -> None:
    with override("en"):
        for slip in SLIPS[name]:
            with pytest.raises(ValidationError) as refused:
                field.clean(slip)
            for sentence in refused.value.messages:
                assert NEXT_STEP.search(sentence), (name, slip[:20], sentence)


def test_says_what_to_do_next_when_a_date_of_birth_can_not_be() -> None:
    for impossible in ("2090-01-01", "1800"):
        with override("en"), pytest.raises(ValidationError, match="Please check"):
            check_birth_date(impossible, today=date(2026, 11, 23))


def test_leads_from_other_answers_to_the_questions() -> None:
    with override("ar"):
        page = render_to_string("components/errors.html", {"refusal": NotEligible()})
    assert 'href="/ar/check/"' in page


@pytest.mark.parametrize("refusal", OF_BOOKING, ids=lambda one: one.__name__)
def test_calls_an_email_no_letter_on_paper(refusal: type[Refused]) -> None:
    with override("de"):
        assert "Brief" not in str(refusal.sentence)


def test_leads_from_a_refusal_to_the_office() -> None:
    """The link stands on the page wherever the sentence sends people to the office."""
    with override("ar"):
        page = render_to_string("components/errors.html", {"refusal": BookedFromOtherAddress()})
    assert 'href="/ar/contact/"' in page

"""What is typed from left to right in every language: addresses, numbers, days and codes."""

from __future__ import annotations

from tests.look.test_refusals import BASE_FIELDS

LEFT_TO_RIGHT = {
    *("birth_date", "title_valid_until", "departure_on"),
    *("email", "phone", "contact", "code", "pickup_code", "reference"),
}


def test_days_numbers_and_addresses_run_from_left_to_right() -> None:
    told = {name for name, field in BASE_FIELDS if field.widget.attrs.get("dir") == "ltr"}
    # the forms of applicants set that of the address when they are made
    assert told | {"email"} == LEFT_TO_RIGHT

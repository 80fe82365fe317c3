"""The one contact of a deposit: where the code goes, and what is typed at the box."""

from __future__ import annotations

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from config.foundation.persons import normalise_email
from config.foundation.typed_text import fold_typed

HOME = "DE"  # numbers without a country code


def is_email(contact: str) -> bool:
    """Whether a normalised contact is an e-mail address; otherwise it is a mobile number."""
    return "@" in contact


def normalise_contact(text: str) -> str:
    """`text` as "+491701234567" or as an e-mail address in lower case; raises ValidationError."""
    text = fold_typed(text)
    if is_email(text):
        return normalise_email(text).lower()
    try:
        number = phonenumbers.parse(text, HOME)
    except phonenumbers.NumberParseException as error:
        raise _no_contact() from error
    if not phonenumbers.is_valid_number(number):
        raise _no_contact()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _no_contact() -> ValidationError:
    return ValidationError(
        _("Please enter a mobile number like +49 170 1234567 or an e-mail address."),
        code="contact",
    )

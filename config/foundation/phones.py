"""Phone numbers as people type them."""

from __future__ import annotations

from typing import Unpack

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from config.foundation.field_options import FieldOptions
from config.foundation.typed_text import fold_typed


def show_phone(number: str) -> str:
    """A stored number in groups, as people read and dictate it; what is no number stays."""
    try:
        parsed = phonenumbers.parse(number, "DE")
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


class PhoneField(forms.CharField):
    """A phone number; its value is in international form. Without a country it is German."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        super().__init__(max_length=60, **kwargs)
        self.widget.attrs |= {"autocomplete": "tel", "inputmode": "tel", "dir": "ltr"}
        self.widget.input_type = "tel"

    def clean(self, value: object) -> str:
        """The number as +49…; raises ValidationError with a sentence for the person."""
        text: str = super().clean(value)
        if not text:
            return ""
        try:
            number = phonenumbers.parse(fold_typed(text), "DE")
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_valid_number(number):
            raise ValidationError(
                _("Please enter a phone number like 030 23125000 or +49 30 23125000."), code="phone"
            )
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

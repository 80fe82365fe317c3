"""What people type on their way to an appointment."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Unpack

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from booking.models import Applicant
from config.foundation.dates import BirthDateField, check_birth_date
from config.foundation.field_options import FieldOptions
from config.foundation.persons import AddressField, NameField
from config.foundation.typed_text import digits_of, fold_typed


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
                _("Please enter a phone number like 0391 123456 or +49 391 123456."), code="phone"
            )
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class DetailsForm(forms.Form):
    """Who comes; nothing that the office does not need for the appointment."""

    family_name = NameField(
        label=_("Family name"),
        help_text=_(
            "Exactly as in your residence document. If you have only one name, enter it here."
        ),
        error_messages={"required": _("Please enter the name as in your document.")},
    )
    given_names = NameField(
        label=_("Given names"),
        required=False,
        help_text=_("Exactly as in your residence document."),
    )
    birth_date = BirthDateField(
        label=_("Date of birth"),
        help_text=_(
            "For example 12.05.1985. If your document shows only the year, enter the year."
        ),
        error_messages={"required": _("Please enter the date of birth.")},
    )
    email = AddressField(
        label=_("E-mail address"),
        help_text=_("We send a code to this address. A family may use the same address."),
        error_messages={"required": _("Please enter your e-mail address.")},
    )
    phone = PhoneField(
        label=_("Phone"),
        required=False,
        help_text=_("We only use it if the office has to reach you about this appointment."),
    )
    access_need = forms.ChoiceField(
        label=_("Do you need help at the office?"),
        choices=Applicant.AccessNeed.choices,
        required=False,
        error_messages={"invalid_choice": _("Please choose one of these answers.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for name, attrs in {
            "family_name": {"autocomplete": "family-name", "autocapitalize": "words"},
            "given_names": {"autocomplete": "given-name", "autocapitalize": "words"},
            "email": {"autocomplete": "email", "dir": "ltr"},
        }.items():
            self.fields[name].widget.attrs |= {**attrs, "spellcheck": "false"}

    def clean_birth_date(self) -> str:
        """Refuses a date of birth in the future or long before anybody alive."""
        stored: str = self.cleaned_data["birth_date"]
        check_birth_date(stored, today=self.today)
        return stored


class CodeForm(forms.Form):
    """The six digits from the letter, with spaces or in Arabic digits if people like."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("The code is in our e-mail. It has six digits."),
        error_messages={"required": _("Please enter the code from the e-mail.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr"}
        ),
    )

    def clean_code(self) -> str:
        """The six digits alone."""
        text = digits_of(self.cleaned_data["code"])
        if not re.fullmatch(r"\d{6}", text, re.ASCII):
            raise ValidationError(_("The code has six digits. Please check it."), code="form")
        return text


class LookupForm(forms.Form):
    """How somebody without the link finds their appointment again."""

    reference = forms.CharField(
        label=_("Reference"),
        max_length=40,
        help_text=_("It is in your confirmation, for example 7K3F-92QX."),
        error_messages={"required": _("Please enter the reference.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "dir": "ltr"}
        ),
    )
    birth_date = BirthDateField(
        label=_("Date of birth"),
        help_text=_("For example 12.05.1985, as you entered it when booking."),
        error_messages={"required": _("Please enter the date of birth.")},
    )

    def clean_reference(self) -> str:
        """In the form in which it is stored, however it was typed."""
        text = re.sub(r"[^0-9A-Z]", "", fold_typed(self.cleaned_data["reference"]).upper())
        return f"{text[:4]}-{text[4:]}"

"""What is typed at the box."""

from __future__ import annotations

from typing import Any, Unpack

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from config.foundation.dates import BirthDateField
from config.foundation.field_options import FieldOptions
from config.foundation.person_forms import NameForm
from pickup_box import codes
from pickup_box.contacts import normalise_contact


class ContactField(forms.CharField):
    """A mobile number or an e-mail address; its value is in stored form."""

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        super().__init__(max_length=254, **kwargs)
        self.widget.attrs |= {"autocomplete": "off", "dir": "ltr", "spellcheck": "false"}

    def clean(self, value: object) -> str:
        """The contact; raises ValidationError with a sentence for the person."""
        text: str = super().clean(value)
        return normalise_contact(text) if text else ""


class PickupCodeField(forms.CharField):
    """Six digits, in any script and with spaces."""

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        super().__init__(max_length=40, **kwargs)
        self.widget.attrs |= {"autocomplete": "off", "inputmode": "numeric", "dir": "ltr"}

    def clean(self, value: object) -> str:
        """The code; raises ValidationError with a sentence for the person."""
        text: str = super().clean(value)
        code = codes.normalise(text)
        if text and not code:
            raise ValidationError(_("The code has six digits. Please check it."), code="code")
        return code


class PickupForm(forms.Form):
    """The three things that open a compartment together."""

    contact = ContactField(
        label=_("Mobile number or e-mail address"),
        help_text=_("The number or address to which we sent the code."),
        error_messages={"required": _("Please enter your mobile number or e-mail address.")},
    )
    pickup_code = PickupCodeField(
        label=_("Code"),
        help_text=_("Six digits from our message."),
        error_messages={"required": _("Please enter the code.")},
    )
    birth_date = BirthDateField(
        label=_("Date of birth"),
        help_text=_(
            "Of the person the document belongs to, for example 31.12.1990. If the "
            "document shows only a year, enter the year: 1990."
        ),
        error_messages={"required": _("Please enter the date of birth.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # nothing stays in the memory of a browser that everybody uses
        self.fields["birth_date"].widget.attrs["autocomplete"] = "off"


class CounterForm(NameForm, PickupForm):
    """The same three, on one's own phone, and who will come to the counter."""

"""What people type about themselves, in every form that asks for it in the same words."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused
from config.foundation.dates import BirthDateField, check_birth_date
from config.foundation.persons import NameField
from config.foundation.typed_text import digits_of, fold_typed

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class NameForm(forms.Form):
    """The name, as in the document."""

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
        help_text=_(
            "Exactly as in your residence document. No given names there? Leave this empty."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, usual in (("family_name", "family-name"), ("given_names", "given-name")):
            attrs = {"autocomplete": usual, "autocapitalize": "words", "spellcheck": "false"}
            self.fields[name].widget.attrs |= attrs
        # most people have some: "(optional)" would invite them to leave the names out
        given_names: Any = self.fields["given_names"]
        given_names.is_expected = True


class PersonForm(NameForm):
    """Name and date of birth."""

    birth_date = BirthDateField(
        label=_("Date of birth"),
        help_text=_(
            "For example 12.05.1985. If your document shows only the year, enter the year."
        ),
        error_messages={"required": _("Please enter the date of birth.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_birth_date(self) -> str:
        """Refuses a date of birth in the future or long before anybody alive."""
        stored: str = self.cleaned_data["birth_date"]
        check_birth_date(stored, today=self.today)
        return stored


class CaseField(forms.CharField):
    """A case reference as staff type or paste it; by it a consent, a document and a person meet."""

    def to_python(self, value: Any) -> str:
        """On one line, with plain digits and hyphens and without invisible signs."""
        return " ".join(fold_typed(super().to_python(value) or "").split())


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
    """How somebody without the link finds their appointment, or what else they have, again."""

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

    def ask_for_number(
        self, *, label: StrOrPromise, help_text: StrOrPromise, missing: StrOrPromise
    ) -> None:
        """Asks for another number than that of an appointment, in words of its own."""
        number = self.fields["reference"]
        number.label, number.help_text = label, help_text
        number.error_messages["required"] = missing
        self.fields["birth_date"].help_text = _("For example 12.05.1985, as in your document.")

    def clean_reference(self) -> str:
        """In the form in which it is stored, however it was typed."""
        text = re.sub(r"[^0-9A-Z]", "", fold_typed(self.cleaned_data["reference"]).upper())
        return f"{text[:4]}-{text[4:]}"


def say_at_first_field(form: forms.Form, refusal: Refused) -> None:
    """Has a form whose entries were looked up in vain say so as it says every other error."""
    form.add_error(next(iter(form.fields)), str(refusal.sentence))

"""What people type on their way to an appointment."""

from __future__ import annotations

from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from booking.models import Applicant
from config.foundation import sms
from config.foundation.person_forms import LookupForm, PersonForm
from config.foundation.persons import AddressField
from config.foundation.phones import PhoneField

_MOBILE = {
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
}
_NO_MOBILE = _("Please enter a mobile number (%(prefixes)s), or take away the tick for SMS.")


def _takes_texts(number: str) -> bool:
    """Whether messages go to a number in international form: a mobile one of the countries set."""
    if not number.startswith(settings.SMS_PREFIXES):
        return False
    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return kind in _MOBILE


class AsksForTexts(forms.Form):
    """A form with `phone` and `text_me`, which is asked only where messages can leave."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sms.is_configured():
            del self.fields["text_me"]

    def clean(self) -> dict[str, Any]:
        """Refuses the tick beside a number to which no message goes."""
        data = super().clean() or self.cleaned_data
        # a number that is none says so itself
        wishes = data.get("text_me") and "phone" not in self.errors
        if wishes and not _takes_texts(data["phone"]):
            prefixes = ", ".join(settings.SMS_PREFIXES)
            self.add_error("phone", _NO_MOBILE % {"prefixes": prefixes})
        return data


class DetailsForm(AsksForTexts, PersonForm):
    """Who comes; nothing that the office does not need for the appointment."""

    email = AddressField(
        label=_("E-mail address"),
        help_text=_("We send a code to this address. A family may use the same address."),
        error_messages={"required": _("Please enter your e-mail address.")},
    )
    phone = PhoneField(
        label=_("Phone number"),
        required=False,
        help_text=_("We use it only for this appointment."),
    )
    text_me = forms.BooleanField(
        label=_("Reminder by SMS as well"),
        required=False,
        help_text=_(
            "Only to a mobile number. After booking you confirm it with a code. The SMS says "
            "nothing of your name or your matter."
        ),
    )
    access_need = forms.ChoiceField(
        label=_("Do you need help at the office?"),
        choices=[
            (need.value, capfirst(need.label) if need else _("No")) for need in Applicant.AccessNeed
        ],
        required=False,
        error_messages={"invalid_choice": _("Please choose one of these answers.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attrs = {"autocomplete": "email", "dir": "ltr", "spellcheck": "false"}
        self.fields["email"].widget.attrs |= attrs


class InvitationForm(LookupForm):
    """The same for somebody whom the office has invited to choose a time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask_for_number(
            label=_("Invitation number"),
            help_text=_("It is in your invitation, for example 7K3F-92QX."),
            missing=_("Please enter the invitation number."),
        )

"""What people type for an application; files are read by `uploads`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from config.foundation.person_forms import PersonForm
from config.foundation.persons import AddressField
from config.foundation.phones import PhoneField


class ApplicantForm(PersonForm):
    """Who applies, and where the receipt goes."""

    email = AddressField(
        label=_("E-mail address"),
        help_text=_("We send a code and the receipt to this address."),
        error_messages={"required": _("Please enter your e-mail address.")},
    )
    phone = PhoneField(
        label=_("Phone number"),
        required=False,
        help_text=_("We use it only for this application."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, hint in (("birth_date", "bday"), ("email", "email")):
            self.fields[name].widget.attrs["autocomplete"] = hint


class DeclarationForm(forms.Form):
    """What has to be declared before an application is sent."""

    true = forms.BooleanField(
        label=_("All my statements are true and complete, and the papers are unchanged."),
        error_messages={"required": _("Please confirm this. Otherwise you can't apply.")},
    )

"""What people type for an application; files are read by `uploads`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from config.foundation.person_forms import LookupForm, PersonForm
from config.foundation.persons import AddressField
from config.foundation.phones import PhoneField
from documents.applications.models import FamilyMember
from documents.applications.states import Role
from documents.forms import AnswersForm

REFERENCE_LETTERS = 8


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


class LinkForm(LookupForm):
    """How somebody who has lost the link to their application asks for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask_for_number(
            label=_("Application number"),
            help_text=_("It is in the receipt, for example A-7K3F-92QX."),
            missing=_("Please enter the application number."),
        )

    def clean_reference(self) -> str:
        """In the form in which it is stored, with or without its first letter."""
        text = super().clean_reference().replace("-", "")
        text = text[1:] if len(text) == REFERENCE_LETTERS + 1 else text
        return f"A-{text[:4]}-{text[4:]}"


class MemberForm(PersonForm, AnswersForm):
    """Somebody of the family who applies, too, with their own answers."""

    field_order = ("role",)
    role = forms.ChoiceField(
        label=_("Who is this person?"),
        choices=[
            (Role.SPOUSE.value, _("My husband or my wife")),
            (Role.CHILD.value, _("My child")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one answer.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("family_name", "given_names", "birth_date"):
            self.fields[name].widget.attrs["autocomplete"] = "off"  # of somebody else


class DeclarationForm(forms.Form):
    """What has to be declared before an application is sent, by each adult for themselves."""

    def __init__(self, *args: Any, adults: Sequence[FamilyMember] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for adult in adults:
            # by the key: a tick of an old page is nobody else's
            self.fields[f"agrees_{adult.pk}"] = forms.BooleanField(
                label=_("%(name)s knows this application and agrees to it.")
                % {"name": adult.full_name},
                error_messages={
                    "required": _("Every adult has to agree. Otherwise they can't apply with you.")
                },
            )

    true = forms.BooleanField(
        label=_("All my statements are true and complete, and the papers are unchanged."),
        error_messages={"required": _("Please confirm this. Otherwise you can't apply.")},
    )

"""The forms for somebody who is here without an appointment."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from booking.admin.action_forms import CallerForm
from booking.category_names import CATEGORY_NAMES
from eligibility.rules import OTHER

CONCERNS = {**CATEGORY_NAMES, OTHER: _("Another concern")}


class WalkInForm(forms.Form):
    """What brings the person here."""

    category = forms.ChoiceField(
        choices=list(CONCERNS.items()),
        label=_("Category"),
        label_suffix="",
        widget=forms.RadioSelect,
    )


class SheetForm(forms.Form):
    """In which language, beside German."""

    language = forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language of the sheet"))


class WaiterForm(CallerForm):
    """Who waits; the time comes later."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["slot"]

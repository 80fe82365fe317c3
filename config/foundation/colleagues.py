"""The choice of a colleague in a form of the desk."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django import forms

from config.foundation.staff import Staff

if TYPE_CHECKING:
    Choice = forms.ModelChoiceField[Staff]
else:
    Choice = forms.ModelChoiceField


class ColleagueField(Choice):
    """Colleagues by name, and with the login beside it where two share a name."""

    def label_from_instance(self, obj: Staff) -> str:
        """The name, for example "Kim Lang", or "Kim Lang (lang2)"."""
        names = Counter(str(each) for each in self.queryset or ())
        return f"{obj} ({obj.get_username()})" if names[str(obj)] > 1 else str(obj)

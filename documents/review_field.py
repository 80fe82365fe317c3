"""Who has read the texts of a language and when: a line for each instead of their document."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings

from config.foundation.day_inputs import DayInput
from config.foundation.field_options import drop_json_options
from documents.catalogue_types import GERMAN

Reviews = list[dict[str, str | None]]


def _languages() -> list[tuple[str, str]]:
    return [(code, str(name)) for code, name in settings.LANGUAGES if code != GERMAN]


class ReviewsWidget(forms.MultiWidget):
    """A name and a day for each language."""

    template_name = "admin/documents/reviews.html"

    def __init__(self) -> None:
        super().__init__(
            {
                f"{code}_{what}": forms.TextInput() if what == "by" else DayInput()
                for code, _name in _languages()
                for what in ("by", "on")
            }
        )

    def decompress(self, value: Reviews | None) -> list[str]:
        """Name, day, name, day and so on."""
        known = {review.get("language"): review for review in value or []}
        pairs = [known.get(code, {}) for code, _name in _languages()]
        return [pair.get(f"reviewed_{what}") or "" for pair in pairs for what in ("by", "on")]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With the inputs of each language in one line."""
        if not value or isinstance(value[0], dict):  # as it is stored, not as it was sent
            value = self.decompress(value)
        context = super().get_context(name, value, attrs)
        inputs = context["widget"]["subwidgets"]
        lines = zip(_languages(), inputs[::2], inputs[1::2], strict=True)
        context["lines"] = [(label, by, on) for (_code, label), by, on in lines]
        return context


class ReviewsField(forms.MultiValueField):
    """The reviews of a catalogue."""

    def __init__(self, **kwargs: Any) -> None:
        drop_json_options(kwargs)
        fields: list[forms.Field] = []
        for _each in _languages():
            fields.append(forms.CharField(required=False, max_length=100))
            fields.append(forms.DateField(required=False, input_formats=["%Y-%m-%d"]))
        super().__init__(fields, require_all_fields=False, widget=ReviewsWidget(), **kwargs)

    def compress(self, data_list: list[Any]) -> Reviews:
        """One entry for each language that somebody has read."""
        found: Reviews = []
        pairs = zip(_languages(), data_list[::2], data_list[1::2], strict=False)
        for (code, _name), by, on in pairs:
            if by or on:
                day = on.isoformat() if isinstance(on, date) else None
                found.append({"language": code, "reviewed_by": by or "", "reviewed_on": day})
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares line by line."""
        return bool(self.widget.decompress(initial) != [each or "" for each in data or []])

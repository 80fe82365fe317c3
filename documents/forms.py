"""The questions of a procedure as a form, and texts in every language as one field."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from config.foundation.dates import DayField
from documents.answer_codes import Answers
from documents.catalogue_types import Procedure, Question


class AnswersForm(forms.Form):
    """One field a question; `answers` is what they amount to."""

    def __init__(
        self, *args: Any, procedure: Procedure, language: str, facts: Any = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._procedure = procedure
        for question in procedure.questions:
            self.fields[question.id] = _field(question, language, set(facts))

    def answers(self) -> Answers:
        """What the person said."""
        facts: set[str] = set()
        days = {}
        for question in self._procedure.questions:
            value: Any = self.cleaned_data.get(question.id)
            if question.kind == "many":
                facts.update(value)
            elif question.kind == "one":
                facts.add(value)
            elif value:
                days[question.id] = value
        return Answers(frozenset(facts), days)


def _field(question: Question, language: str, facts: set[str]) -> forms.Field:
    said: dict[str, Any] = {
        "label": question.title.to(language),
        "help_text": question.help.to(language),
    }
    if question.kind == "day":
        return DayField(required=False, **said)
    choices = [(option.fact, option.label.to(language)) for option in question.options]
    given = [fact for fact, _label in choices if fact in facts]
    if question.kind == "many":
        return forms.MultipleChoiceField(
            required=False,
            choices=choices,
            initial=given,
            widget=forms.CheckboxSelectMultiple,
            **said,
        )
    return forms.ChoiceField(
        choices=choices,
        initial=given[0] if given else None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one answer.")},
        **said,
    )


class TextsWidget(forms.MultiWidget):
    """One box a language, German first, each in its own direction."""

    template_name = "documents/texts_widget.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        boxes: Any = {
            code.replace("-", "_"): forms.Textarea(
                attrs={"rows": 2, "cols": 70, "lang": code, "dir": "auto", "aria-label": name}
            )
            for code, name in settings.LANGUAGES
        }
        super().__init__(boxes, attrs)

    def decompress(self, value: Any) -> list[str]:
        """The text of each box."""
        texts = json.loads(value) if isinstance(value, str) else value or {}
        return [texts.get(code, "") for code, _name in settings.LANGUAGES]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The boxes with the names of their languages."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        boxes = context["widget"]["subwidgets"]
        for box, (_code, language) in zip(boxes, settings.LANGUAGES, strict=True):
            box["language"] = language
        return context


class TextsFormField(forms.MultiValueField):
    """`{language: text}`; German is needed where the field is."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("encoder", None)
        kwargs.pop("decoder", None)
        kwargs["widget"] = TextsWidget
        boxes = [forms.CharField(required=False) for _language in settings.LANGUAGES]
        super().__init__(boxes, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[str]) -> dict[str, str]:
        """The languages that have a text."""
        codes = [code for code, _name in settings.LANGUAGES]
        return {code: text for code, text in zip(codes, data_list, strict=False) if text}
